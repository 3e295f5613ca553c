import Model
import SQLite

/// Writes a table's rows as records of CSV: RFC 4180, with a tag where a value's class would not come back by itself.
struct CSVRowWriter: RowFormat {
    /// What the column's affinity makes of fields without tags.
    private struct Column {
        /// Whether an INTEGER would be something else.
        let tagsIntegers: Bool
        /// Whether a REAL would be something else.
        let tagsReals: Bool
        /// Whether a REAL that is a whole number would be.
        let tagsWholeReals: Bool
        /// Whether text that is a number would be one.
        let readsNumbers: Bool

        init(_ affinity: Affinity) {
            switch affinity {
            case .text, .blob:
                (tagsIntegers, tagsReals, tagsWholeReals, readsNumbers) = (true, true, true, false)
            case .integer, .numeric:
                (tagsIntegers, tagsReals, tagsWholeReals, readsNumbers) = (false, false, true, true)
            case .real:
                (tagsIntegers, tagsReals, tagsWholeReals, readsNumbers) = (true, false, false, true)
            }
        }
    }

    /// For a comma, a tag and any number.
    private static let room = 3 + RealText.room
    /// Whole numbers of this magnitude are no INTEGER.
    private static let wholeLimit = 9.3e18
    private static let backslash = UInt8(ascii: "\\")

    private let names: [[UInt8]]
    private let columns: [Column]
    private let texts: StoredText

    init(_ layout: TableLayout, encoding: TextEncoding) {
        names = layout.columns.map { FormatNames.text(of: $0.name) }
        columns = layout.columns.map { Column($0.affinity) }
        texts = StoredText(encoding)
    }

    /// Writes the header.
    func begin(_ output: inout DumpOutput) throws {
        for (index, name) in names.enumerated() {
            if index > 0 { try output.append(",") }
            try name.withUnsafeBytes { try Self.write(field: $0, to: &output) }
        }
        try output.append("\r\n")
    }

    @inline(__always)
    func write(_ values: RowBlock.Values, to output: inout DumpOutput) throws {
        for index in 0..<values.count {
            try output.ensure(Self.room)
            if index > 0 { output.put(UInt8(ascii: ",")) }
            switch values[index] {
            case .null: break
            case .integer(let integer):
                if columns[index].tagsIntegers { output.put("\\i") }
                output.put(decimal: integer)
            case .real(let real): Self.put(real, columns[index], to: &output)
            case .text(let bytes): try write(text: bytes, columns[index], to: &output)
            case .blob(let bytes):
                output.put("\\x")
                try output.write(inPieces: bytes, growth: 2) { HexTable.write($0, to: $1) }
            }
        }
        try output.ensure(2)
        output.put("\r\n")
    }

    func end(_ output: inout DumpOutput) throws {}

    @inline(__always)
    private static func put(_ real: Double, _ column: Column, to output: inout DumpOutput) {
        if column.tagsReals
            || column.tagsWholeReals && real.magnitude < wholeLimit
                && real == real.rounded(.towardZero)
        {
            output.put("\\r")
        }
        if real.isFinite {
            RealText.put(real, to: &output)
        } else if real < 0 {
            output.put("-9e999")
        } else {
            output.put("9e999")
        }
    }

    // MARK: Text

    @inline(__always)
    private func write(text stored: UnsafeRawBufferPointer, _ column: Column, to output: inout DumpOutput) throws {
        guard let text = texts.utf8(stored) else { return try Self.write(bytes: stored, to: &output) }
        guard text.count <= DumpOutput.pieceSize, text.first != Self.backslash,
            !column.readsNumbers || !NumberText.isNumber(text)
        else { return try Self.write(unusual: text, stored: stored, column, to: &output) }
        try output.ensure(2 * text.count + 2 + DumpOutput.spill)
        if !output.attempt({ CSVText.write(text, to: $0) }) { try Self.write(bytes: stored, to: &output) }
    }

    /// Text that is long, or has a tag.
    @inline(never)
    private static func write(
        unusual text: UnsafeRawBufferPointer, stored: UnsafeRawBufferPointer, _ column: Column,
        to output: inout DumpOutput
    ) throws {
        guard CSVText.canHold(text) else { return try write(bytes: stored, to: &output) }
        if column.readsNumbers, NumberText.isNumber(text) {
            let tag: StaticString = "\\t"
            let bytes = UnsafeRawBufferPointer(start: tag.utf8Start, count: tag.utf8CodeUnitCount)
            try write(field: text, tag: bytes, to: &output)
        } else {
            // Doubled, if there are any.
            let backslashes = text.prefix { $0 == backslash }
            try write(field: text, tag: UnsafeRawBufferPointer(rebasing: backslashes), to: &output)
        }
    }

    /// Text that only its bytes bring back.
    @inline(never)
    private static func write(bytes: UnsafeRawBufferPointer, to output: inout DumpOutput) throws {
        try output.append("\\h")
        try output.write(inPieces: bytes, growth: 2) { HexTable.write($0, to: $1) }
    }

    /// Writes a field of any length.
    /// - Parameter tag: Stands in front of the text.
    private static func write(
        field text: UnsafeRawBufferPointer, tag: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        to output: inout DumpOutput
    ) throws {
        let isQuoted = CSVText.needsQuotes(text, isTagged: !tag.isEmpty)
        if isQuoted { try output.append("\"") }
        try output.append(tag)
        try output.write(inPieces: text, growth: 2) { CSVText.writeInside($0, to: $1) }
        if isQuoted { try output.append("\"") }
    }
}
