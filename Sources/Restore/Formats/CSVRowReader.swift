import Dump

/// Reads the records of a table's CSV back into values, block by block; texts are decoded where they stand.
///
/// It takes what the export may write and little else: it is there to prove a backup, not to guess what was meant.
struct CSVRowReader {
    private let names: [[UInt8]]
    private let keepsText: [Bool]
    private let row: DumpRow
    private var hasHeader = false

    /// - Parameters:
    ///   - names: What the header has to hold.
    ///   - keepsText: For each column, whether text that is stored in it never becomes a number.
    init(names: [[UInt8]], keepsText: [Bool]) {
        precondition(names.count == keepsText.count)
        self.names = names
        self.keepsText = keepsText
        row = DumpRow(width: names.count)
    }

    /// Reads whole records; the first one of all is the header.
    /// - Parameter body: Gets the values of each row, which point into `records`.
    /// - Throws: `RowTextError`, or what `body` throws; nothing more can be read then.
    mutating func read(
        _ records: UnsafeMutableRawBufferPointer, _ body: (UnsafeMutableBufferPointer<DumpValue>) throws -> Void
    ) throws {
        var fields = CSVFields(records)
        if !hasHeader, !fields.isAtEnd {
            try readHeader(&fields)
            hasHeader = true
        }
        let values = row.values
        try keepsText.withUnsafeBufferPointer { keepsText in
            while !fields.isAtEnd {
                for column in 0..<values.count {
                    values[column] = try Self.value(&fields, keepsText: keepsText[column])
                    try fields.endField(isLast: column &+ 1 == values.count)
                }
                try body(values)
            }
        }
    }

    /// - Throws: `RowTextError` where not even the header has come.
    func finish() throws(RowTextError) {
        guard hasHeader else { throw RowTextError(reason: "the header is missing", offset: 0) }
    }

    private func readHeader(_ fields: inout CSVFields) throws(RowTextError) {
        guard !names.isEmpty else { throw fields.error("the table has no columns") }
        for (index, name) in names.enumerated() {
            let start = fields.position
            let found = fields.bytes.part(try fields.next())
            guard found.elementsEqual(name) else {
                let reason = "the header has \(RowTextError.excerpt(found)) for \(RowTextError.excerpt(name))"
                throw RowTextError(reason: reason, offset: start)
            }
            try fields.endField(isLast: index + 1 == names.count)
        }
    }

    // MARK: Values

    @inline(__always)
    private static func value(_ fields: inout CSVFields, keepsText: Bool) throws(RowTextError) -> DumpValue {
        if fields.isAtSeparator { return .null }
        if !keepsText, let decimal = fields.nextDecimal() { return number(decimal, in: fields.bytes) }
        let range = try fields.next()
        guard !range.isEmpty else { return .text(fields.bytes.part(range)) }
        if fields.bytes[range.lowerBound] == UInt8(ascii: "\\") { return try tagged(range, in: fields.bytes) }
        let text = fields.bytes.part(range)
        if keepsText || !NumberText.isNumber(text) { return .text(text) }
        return unusualNumber(range, in: fields.bytes)
    }

    /// An INTEGER where it is written as one and fits 64 bits, as SQLite's affinities have it.
    @inline(__always)
    private static func number(_ decimal: DecimalText, in bytes: UnsafeMutableRawBufferPointer) -> DumpValue {
        decimal.integer.map { .integer($0) } ?? .real(decimal.real(in: bytes))
    }

    /// A number with quotes, with blanks around it, with a plus, or without digits on one side of its point.
    @inline(never)
    private static func unusualNumber(_ range: Range<Int>, in bytes: UnsafeMutableRawBufferPointer) -> DumpValue {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes[start] <= 0x20 || bytes[start] == UInt8(ascii: "+") { start &+= 1 }
        while start < end, bytes[end &- 1] <= 0x20 { end &-= 1 }
        if let decimal = DecimalText(bytes, at: start), decimal.range.upperBound == end {
            return number(decimal, in: bytes)
        }
        return .real(DecimalText.rounded(bytes, start..<end))
    }

    // MARK: Tags

    /// - Parameter range: Begins with a backslash.
    private static func tagged(
        _ range: Range<Int>, in bytes: UnsafeMutableRawBufferPointer
    ) throws(RowTextError) -> DumpValue {
        func error(_ reason: String) -> RowTextError { RowTextError(reason: reason, offset: range.lowerBound) }
        guard range.count > 1 else { throw error("a field is a backslash alone") }
        let rest = (range.lowerBound + 2)..<range.upperBound
        switch bytes[range.lowerBound + 1] {
        case UInt8(ascii: "x"):
            guard let blob = HexText.decode(bytes, rest) else { throw error("what is tagged \\x is not hexadecimal") }
            return .blob(blob)
        case UInt8(ascii: "h"):
            guard let text = HexText.decode(bytes, rest) else { throw error("what is tagged \\h is not hexadecimal") }
            return .storedText(text)
        case UInt8(ascii: "t"):
            return .text(bytes.part(rest))
        case UInt8(ascii: "\\"):
            let backslashes = bytes.part(range).prefix { $0 == UInt8(ascii: "\\") }.count
            guard backslashes % 2 == 0 else { throw error("a leading backslash is not doubled") }
            return .text(bytes.part((range.lowerBound + backslashes / 2)..<range.upperBound))
        case UInt8(ascii: "i"):
            guard let integer = decimal(rest, in: bytes)?.integer else {
                throw error("what is tagged \\i is no integer of 64 bits")
            }
            return .integer(integer)
        case UInt8(ascii: "r"):
            guard let decimal = decimal(rest, in: bytes), !decimal.isInteger else {
                throw error("what is tagged \\r is no number with a point or an exponent")
            }
            return .real(decimal.real(in: bytes))
        default:
            let tag = RowTextError.excerpt(bytes.part(range.lowerBound..<rest.lowerBound))
            throw error("a field begins with \(tag), which is no tag")
        }
    }

    private static func decimal(_ range: Range<Int>, in bytes: UnsafeMutableRawBufferPointer) -> DecimalText? {
        DecimalText(bytes, at: range.lowerBound).flatMap { $0.range == range ? $0 : nil }
    }
}
