import Pipeline

/// Goes through records of CSV (RFC 4180), one field after the other. What stands in quotes loses them in place.
struct CSVFields {
    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")

    let bytes: UnsafeMutableRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    /// Whether the next field is empty, without quotes even.
    @inline(__always)
    var isAtSeparator: Bool {
        position < bytes.count && (bytes[position] == Self.comma || bytes[position] == Self.carriageReturn)
    }

    /// Reads a field, up to what separates it from the next.
    /// - Returns: Where its text stands now, without quotes; at least one byte of the block follows.
    @inline(__always)
    mutating func next() throws(RowTextError) -> Range<Int> {
        guard position < bytes.count else { throw .cutOff(at: position) }
        return bytes[position] == Self.quote ? try quoted() : try unquoted()
    }

    /// Reads a field that is just a decimal.
    /// - Returns: nil for any other, of which nothing is read then.
    @inline(__always)
    mutating func nextDecimal() -> DecimalText? {
        guard let decimal = DecimalText(bytes, at: position), decimal.range.upperBound < bytes.count else { return nil }
        let byte = bytes[decimal.range.upperBound]
        guard byte == Self.comma || byte == Self.carriageReturn else { return nil }
        position = decimal.range.upperBound
        return decimal
    }

    /// Goes behind the comma of a field, or behind the end of a record with the last one.
    @inline(__always)
    mutating func endField(isLast: Bool) throws(RowTextError) {
        if isLast {
            guard isAtRecordEnd else { throw wrongEnd(isLast) }
            position &+= 2
        } else {
            guard position < bytes.count, bytes[position] == Self.comma else { throw wrongEnd(isLast) }
            position &+= 1
        }
    }

    func error(_ reason: String) -> RowTextError {
        RowTextError(reason: reason, offset: position)
    }

    @inline(__always)
    private var isAtRecordEnd: Bool {
        position &+ 1 < bytes.count && bytes[position] == Self.carriageReturn && bytes[position &+ 1] == Self.lineFeed
    }

    @inline(__always)
    private mutating func unquoted() throws(RowTextError) -> Range<Int> {
        let start = position
        position = bytes.firstIndex(from: start) { word in
            ByteWord.matches(word, Self.comma) | ByteWord.matches(word, Self.carriageReturn)
                | ByteWord.matches(word, Self.lineFeed) | ByteWord.matches(word, Self.quote)
        }
        guard position < bytes.count else { throw .cutOff(at: position) }
        switch bytes[position] {
        case Self.quote: throw error("a quote stands in a field without quotes")
        case Self.lineFeed: throw error("a record ends with LF instead of CR LF")
        default: return start..<position
        }
    }

    private mutating func quoted() throws(RowTextError) -> Range<Int> {
        let start = position &+ 1
        var end = start
        var run = start
        while true {
            let quote = bytes.firstIndex(from: run) { ByteWord.matches($0, Self.quote) }
            guard quote < bytes.count else { throw error("a quote is never closed") }
            end = bytes.move(run..<quote, to: end)
            guard quote &+ 1 < bytes.count, bytes[quote &+ 1] == Self.quote else {
                position = quote &+ 1
                return start..<end
            }
            bytes[end] = Self.quote
            end &+= 1
            run = quote &+ 2
        }
    }

    @inline(never)
    private func wrongEnd(_ isLast: Bool) -> RowTextError {
        if isAtRecordEnd { return error("a record has fewer fields than the table has columns") }
        guard position < bytes.count else { return .cutOff(at: position) }
        return switch bytes[position] {
        case Self.comma where isLast: error("a record has more fields than the table has columns")
        case Self.carriageReturn where position + 1 == bytes.count: .cutOff(at: position)
        case Self.carriageReturn: error("a CR without its LF stands outside quotes")
        default: error("neither a comma nor CR LF follows a closing quote")
        }
    }
}
