import Pipeline

/// Goes through JSON (RFC 8259), one token after the other. Strings lose their escapes in place.
struct JSONTokens {
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    let bytes: UnsafeMutableRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    /// The next byte; nil at the end.
    @inline(__always)
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    func error(_ reason: String) -> RowTextError {
        isAtEnd ? .cutOff(at: position) : RowTextError(reason: reason, offset: position)
    }

    /// Goes behind blanks, tabs and CRs, which may stand between the tokens of a row.
    @inline(__always)
    mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0D { position &+= 1 }
    }

    /// Goes behind LFs, too, which may stand between rows.
    @inline(__always)
    mutating func skipLines() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D { position &+= 1 }
    }

    /// - Returns: Whether that is the next byte, which is read then.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position &+= 1
        return true
    }

    /// - Returns: Whether these are the next bytes, which are read then.
    @inline(__always)
    mutating func take(_ text: UnsafeRawBufferPointer) -> Bool {
        guard bytes.holds(text, at: position) else { return false }
        position &+= text.count
        return true
    }

    @inline(__always)
    mutating func expect(_ byte: UInt8, _ what: StaticString) throws(RowTextError) {
        guard take(byte) else { throw error("\(what) was expected") }
    }

    mutating func expectNull() throws(RowTextError) {
        let null: StaticString = "null"
        guard take(UnsafeRawBufferPointer(start: null.utf8Start, count: null.utf8CodeUnitCount)) else {
            throw error("a value was expected")
        }
    }

    /// Reads a number: an INTEGER where it has neither point nor exponent.
    @inline(__always)
    mutating func number() throws(RowTextError) -> DumpValue {
        guard let decimal = DecimalText(bytes, at: position), !decimal.hasLeadingZero else {
            throw error("a number is not written as JSON has it")
        }
        guard decimal.range.upperBound < bytes.count else { throw .cutOff(at: bytes.count) }
        if decimal.isInteger {
            guard let integer = decimal.integer else { throw error("an integer does not fit 64 bits") }
            position = decimal.range.upperBound
            return .integer(integer)
        }
        let real = decimal.real(in: bytes)
        guard real.isFinite else { throw error("a number is too large for a double") }
        position = decimal.range.upperBound
        return .real(real)
    }

    // MARK: Strings

    /// Reads a string.
    /// - Returns: Where its text stands now, in UTF-8 as far as the block is.
    @inline(__always)
    mutating func string(_ what: StaticString) throws(RowTextError) -> Range<Int> {
        try expect(Self.quote, what)
        let start = position
        position = try runEnd(from: start)
        if bytes[position] != Self.quote { return try escapedString(from: start) }
        position &+= 1
        return start..<(position &- 1)
    }

    /// Where the next quote or backslash is.
    @inline(__always)
    private func runEnd(from start: Int) throws(RowTextError) -> Int {
        let end = bytes.firstIndex(from: start) { word in
            ByteWord.matches(word, Self.quote) | ByteWord.matches(word, Self.backslash) | ByteWord.controls(word)
        }
        guard end < bytes.count else { throw .cutOff(at: end) }
        guard bytes[end] >= 0x20 else {
            throw RowTextError(reason: "a control character stands in a string", offset: end)
        }
        return end
    }

    /// - Parameter start: Where the string's text begins, of which all is read up to a backslash.
    private mutating func escapedString(from start: Int) throws(RowTextError) -> Range<Int> {
        var end = position
        while bytes[position] == Self.backslash {
            end = try unescape(to: end)
            let run = position
            position = try runEnd(from: run)
            end = bytes.move(run..<position, to: end)
        }
        position &+= 1
        return start..<end
    }

    /// Reads an escape.
    /// - Returns: Where what it stands for ends, which takes less room.
    private mutating func unescape(to end: Int) throws(RowTextError) -> Int {
        guard position &+ 1 < bytes.count else { throw .cutOff(at: bytes.count) }
        let byte: UInt8
        switch bytes[position &+ 1] {
        case Self.quote, Self.backslash, UInt8(ascii: "/"): byte = bytes[position &+ 1]
        case UInt8(ascii: "b"): byte = 0x08
        case UInt8(ascii: "t"): byte = 0x09
        case UInt8(ascii: "n"): byte = 0x0A
        case UInt8(ascii: "f"): byte = 0x0C
        case UInt8(ascii: "r"): byte = 0x0D
        case UInt8(ascii: "u"): return put(try scalar(), at: end)
        default: throw error("a backslash begins no escape")
        }
        bytes[end] = byte
        position &+= 2
        return end &+ 1
    }

    /// Reads one escape of four hexadecimal digits, or two that are a surrogate pair.
    private mutating func scalar() throws(RowTextError) -> UInt32 {
        let first = try codeUnit()
        guard 0xD800...0xDFFF ~= first else { return first }
        guard first < 0xDC00, next == Self.backslash, position &+ 1 < bytes.count,
            bytes[position &+ 1] == UInt8(ascii: "u")
        else { throw error("a surrogate has no other half") }
        let second = try codeUnit()
        guard 0xDC00...0xDFFF ~= second else { throw error("a surrogate has no other half") }
        return 0x10000 &+ (first &- 0xD800) &<< 10 &+ (second &- 0xDC00)
    }

    private mutating func codeUnit() throws(RowTextError) -> UInt32 {
        guard bytes.count &- position >= 6 else { throw .cutOff(at: bytes.count) }
        var unit: UInt32 = 0
        for index in (position &+ 2)..<(position &+ 6) {
            guard let digit = HexText.digit(bytes[index]) else { throw error("\\u has no four hexadecimal digits") }
            unit = unit &<< 4 | UInt32(digit)
        }
        position &+= 6
        return unit
    }

    /// Writes a scalar in UTF-8.
    /// - Returns: Where it ends.
    private func put(_ scalar: UInt32, at start: Int) -> Int {
        func part(_ lead: UInt32, _ shift: UInt32, _ mask: UInt32) -> UInt8 {
            UInt8(truncatingIfNeeded: lead | scalar &>> shift & mask)
        }
        switch scalar {
        case ..<0x80:
            bytes[start] = part(0, 0, 0x7F)
            return start &+ 1
        case ..<0x800:
            bytes[start] = part(0xC0, 6, 0x1F)
            bytes[start &+ 1] = part(0x80, 0, 0x3F)
            return start &+ 2
        case ..<0x10000:
            bytes[start] = part(0xE0, 12, 0x0F)
            bytes[start &+ 1] = part(0x80, 6, 0x3F)
            bytes[start &+ 2] = part(0x80, 0, 0x3F)
            return start &+ 3
        default:
            bytes[start] = part(0xF0, 18, 0x07)
            bytes[start &+ 1] = part(0x80, 12, 0x3F)
            bytes[start &+ 2] = part(0x80, 6, 0x3F)
            bytes[start &+ 3] = part(0x80, 0, 0x3F)
            return start &+ 4
        }
    }
}
