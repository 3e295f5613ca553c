import Glibc
import Pipeline

/// Text as a string of JSON: RFC 8259, section 7.
enum JSONString {
    /// No byte becomes more.
    static let growth = 6

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// A name as a string.
    /// - Parameter name: UTF-8.
    static func string(_ name: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: growth * name.count + 2 + DumpOutput.spill) { bytes, count in
            guard let target = UnsafeMutableRawBufferPointer(bytes).baseAddress else { return }
            count = name.withUnsafeBytes { write($0, to: target) } ?? 0
        }
    }

    /// Writes text as a string.
    /// - Parameter target: Has room for `growth` times the bytes, two quotes and the spill.
    /// - Returns: How many bytes were written; nil for text that is not UTF-8.
    @inline(__always)
    static func write(_ text: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> Int? {
        target.storeBytes(of: quote, as: UInt8.self)
        let (length, isASCII) = escape(text, to: target + 1)
        guard isASCII || UTF8Check.isValid(text) else { return nil }
        target.storeBytes(of: quote, toByteOffset: 1 &+ length, as: UInt8.self)
        return length &+ 2
    }

    /// Writes the inside of a string.
    /// - Parameter target: Has room for `growth` times the bytes and the spill.
    /// - Returns: How many bytes were written, and whether all of the text is ASCII.
    @inline(__always)
    static func escape(
        _ text: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer
    ) -> (length: Int, isASCII: Bool) {
        guard let start = text.baseAddress else { return (0, true) }
        var next = target
        var seen: UInt64 = 0
        var index = 0
        while index < text.count {
            let word = TextWord.load(start, at: index, of: text.count)
            next.storeBytes(of: word.littleEndian, as: UInt64.self)
            seen |= word
            let marks =
                ByteWord.controls(word) | ByteWord.matches(word, quote) | ByteWord.matches(word, backslash)
            if marks == 0 {
                let length = min(8, text.count &- index)
                index &+= length
                next += length
                continue
            }
            let lead = ByteWord.lead(marks)
            next += lead
            next += escape(start.load(fromByteOffset: index &+ lead, as: UInt8.self), to: next)
            index &+= lead &+ 1
        }
        return (next - target, ByteWord.nonASCII(seen) == 0)
    }

    /// Writes one byte that may not stand for itself.
    @inline(__always)
    private static func escape(_ byte: UInt8, to target: UnsafeMutableRawPointer) -> Int {
        let letter: UInt8
        switch byte {
        case quote, backslash: letter = byte
        case 0x08: letter = UInt8(ascii: "b")
        case 0x09: letter = UInt8(ascii: "t")
        case 0x0A: letter = UInt8(ascii: "n")
        case 0x0C: letter = UInt8(ascii: "f")
        case 0x0D: letter = UInt8(ascii: "r")
        default:
            memcpy(target, "\\u00", 4)
            target.storeBytes(of: 48 &+ byte &>> 4, toByteOffset: 4, as: UInt8.self)
            let digit = byte & 15
            target.storeBytes(of: digit &+ (digit < 10 ? 48 : 55), toByteOffset: 5, as: UInt8.self)
            return 6
        }
        target.storeBytes(of: backslash, as: UInt8.self)
        target.storeBytes(of: letter, toByteOffset: 1, as: UInt8.self)
        return 2
    }
}
