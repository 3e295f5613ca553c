import Glibc
import Pipeline

/// Text as a field of CSV.
enum CSVText {
    private static let quote = UInt8(ascii: "\"")

    /// Writes text as a field, in quotes where it needs them.
    /// - Parameter target: Has room for twice the bytes, two quotes and the spill.
    /// - Returns: How many bytes were written; nil for text that is not UTF-8 or holds a NUL.
    @inline(__always)
    static func write(_ text: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> Int? {
        guard let start = text.baseAddress, text.count > 0 else {
            target.storeBytes(of: quote, as: UInt8.self)
            target.storeBytes(of: quote, toByteOffset: 1, as: UInt8.self)
            return 2
        }
        var next = target
        var isQuoted = edgesNeedQuotes(text)
        if isQuoted {
            next.storeBytes(of: quote, as: UInt8.self)
            next += 1
        }
        var seen: UInt64 = 0
        var index = 0
        while index < text.count {
            let word = TextWord.load(start, at: index, of: text.count)
            next.storeBytes(of: word.littleEndian, as: UInt64.self)
            seen |= word
            let marks =
                ByteWord.controls(word) | ByteWord.matches(word, quote) | ByteWord.matches(word, UInt8(ascii: ","))
            if marks == 0 {
                let length = min(8, text.count &- index)
                index &+= length
                next += length
                continue
            }
            let lead = ByteWord.lead(marks)
            let byte = start.load(fromByteOffset: index &+ lead, as: UInt8.self)
            index &+= lead &+ 1
            next += lead &+ 1
            if byte == 0 { return nil }
            guard needsQuotes(byte) else { continue }
            if !isQuoted {
                isQuoted = true
                memmove(target + 1, target, next - target)
                target.storeBytes(of: quote, as: UInt8.self)
                next += 1
            }
            if byte == quote {
                next.storeBytes(of: quote, as: UInt8.self)
                next += 1
            }
        }
        if ByteWord.nonASCII(seen) != 0, !UTF8Check.isValid(text) { return nil }
        if isQuoted {
            next.storeBytes(of: quote, as: UInt8.self)
            next += 1
        }
        return next - target
    }

    // MARK: Long text

    /// Whether it is UTF-8 and holds no NUL.
    static func canHold(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let start = text.baseAddress else { return true }
        return memchr(start, 0, text.count) == nil && UTF8Check.isValid(text)
    }

    /// Whether a field of that text needs quotes.
    /// - Parameter isTagged: A tag stands in front of it.
    static func needsQuotes(_ text: UnsafeRawBufferPointer, isTagged: Bool) -> Bool {
        guard let start = text.baseAddress, let last = text.last else { return !isTagged }
        return (isTagged ? isBlank(last) : edgesNeedQuotes(text))
            || [quote, UInt8(ascii: ","), 0x0D, 0x0A].contains { memchr(start, Int32($0), text.count) != nil }
    }

    /// Writes the inside of a field, every quote doubled.
    /// - Parameter target: Has room for twice the bytes.
    /// - Returns: How many bytes were written.
    static func writeInside(_ text: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> Int {
        var next = target
        var rest = text
        while let start = rest.baseAddress, !rest.isEmpty {
            let found = memchr(start, Int32(quote), rest.count)
            let length = found.map { UnsafeRawPointer($0) - start + 1 } ?? rest.count
            memcpy(next, start, length)
            next += length
            if found != nil {
                next.storeBytes(of: quote, as: UInt8.self)
                next += 1
            }
            rest = UnsafeRawBufferPointer(start: start + length, count: rest.count - length)
        }
        return next - target
    }

    // MARK: Bytes

    @inline(__always)
    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte == quote || byte == UInt8(ascii: ",") || byte == 0x0D || byte == 0x0A
    }

    /// Whether a field needs quotes for how it begins or ends.
    /// - Parameter text: Not empty.
    @inline(__always)
    private static func edgesNeedQuotes(_ text: UnsafeRawBufferPointer) -> Bool {
        isBlank(text[0]) || text[0] == UInt8(ascii: "#") || isBlank(text[text.count &- 1])
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
