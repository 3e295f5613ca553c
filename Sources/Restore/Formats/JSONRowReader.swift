/// Reads the rows of JSON back into values, block by block; texts are decoded where they stand.
///
/// It takes what the export may write and little else: it is there to prove a backup, not to guess what was meant.
struct JSONRowReader {
    struct Table {
        /// The key of its array, without escapes.
        let name: [UInt8]
        /// The keys of its rows, without escapes.
        let columns: [[UInt8]]
    }

    enum Shape {
        /// One object with an array for each table.
        case document([Table])
        /// The array of one table by itself.
        case array(Table)
        /// One row a line.
        case lines(Table)
    }

    /// What has to come next.
    private enum Place {
        case document, firstTable, table, colon, array, firstRow, row, rowEnd, tableEnd, end
        case line, lineEnd
    }

    private let tables: [Table]
    private let rows: [JSONRow]
    private let row: DumpRow
    private let isDocument: Bool
    private var place: Place
    /// The one that is read; as many as there are when the last one has ended.
    private(set) var table = 0

    init(_ shape: Shape) {
        switch shape {
        case .document(let tables): (self.tables, isDocument, place) = (tables, true, .document)
        case .array(let table): (tables, isDocument, place) = ([table], false, .array)
        case .lines(let table): (tables, isDocument, place) = ([table], false, .line)
        }
        rows = tables.map { JSONRow(columns: $0.columns) }
        row = DumpRow(width: rows.map(\.width).max() ?? 0)
    }

    /// Reads text that begins and ends between rows.
    /// - Parameter body: Gets the table's index and the values of each row, which point into `text`.
    /// - Throws: `RowTextError`, or what `body` throws; nothing more can be read then.
    mutating func read(
        _ text: UnsafeMutableRawBufferPointer,
        _ body: (_ table: Int, UnsafeMutableBufferPointer<DumpValue>) throws -> Void
    ) throws {
        var json = JSONTokens(text)
        while !json.isAtEnd { try step(&json, body) }
    }

    /// - Throws: `RowTextError` where something is still to come.
    func finish() throws(RowTextError) {
        switch place {
        case .end, .line: return
        case .lineEnd: throw RowTextError(reason: "its last line does not end with LF", offset: 0)
        default: throw RowTextError(reason: "it ends before its last bracket", offset: 0)
        }
    }

    // MARK: Between rows

    /// Reads a row, or a token that stands between them.
    @inline(__always)
    private mutating func step(
        _ json: inout JSONTokens, _ body: (_ table: Int, UnsafeMutableBufferPointer<DumpValue>) throws -> Void
    ) throws {
        switch place {
        case .end: break
        case .line, .lineEnd: json.skipBlanks()
        default: json.skipLines()
        }
        guard !json.isAtEnd else { return }
        switch place {
        case .document: try pass(&json, "{", "an object's beginning", to: .firstTable)
        case .firstTable where json.take(UInt8(ascii: "}")): try endDocument(json)
        case .firstTable, .table: try readName(&json)
        case .colon: try pass(&json, ":", "a colon", to: .array)
        case .array: try pass(&json, "[", "an array's beginning", to: .firstRow)
        case .firstRow where json.take(UInt8(ascii: "]")): endTable()
        case .firstRow, .row: try readRow(&json, body, to: .rowEnd)
        case .rowEnd where json.take(UInt8(ascii: "]")): endTable()
        case .rowEnd: try pass(&json, ",", "a comma or the table's end", to: .row)
        case .tableEnd where json.take(UInt8(ascii: "}")): try endDocument(json)
        case .tableEnd: try pass(&json, ",", "a comma or the end of the document", to: .table)
        case .line: try readRow(&json, body, to: .lineEnd)
        case .lineEnd: try pass(&json, "\n", "the end of a line", to: .line)
        case .end: try pass(&json, "\n", "nothing more but LF", to: .end)
        }
    }

    @inline(__always)
    private mutating func readRow(
        _ json: inout JSONTokens, _ body: (_ table: Int, UnsafeMutableBufferPointer<DumpValue>) throws -> Void,
        to place: Place
    ) throws {
        let values = UnsafeMutableBufferPointer(rebasing: row.values[..<rows[table].width])
        try rows[table].read(&json, into: values)
        self.place = place
        try body(table, values)
    }

    @inline(__always)
    private mutating func pass(
        _ json: inout JSONTokens, _ token: Unicode.Scalar, _ what: StaticString, to place: Place
    ) throws(RowTextError) {
        try json.expect(UInt8(ascii: token), what)
        self.place = place
    }

    private mutating func readName(_ json: inout JSONTokens) throws(RowTextError) {
        let start = json.position
        let name = json.bytes.part(try json.string("a table's name"))
        guard table < tables.count else {
            throw RowTextError(reason: "the table \(RowTextError.excerpt(name)) is one too many", offset: start)
        }
        guard name.elementsEqual(tables[table].name) else {
            let expected = RowTextError.excerpt(tables[table].name)
            let reason = "the table \(RowTextError.excerpt(name)) stands where \(expected) was expected"
            throw RowTextError(reason: reason, offset: start)
        }
        place = .colon
    }

    private mutating func endTable() {
        table += 1
        place = isDocument ? .tableEnd : .end
    }

    private mutating func endDocument(_ json: JSONTokens) throws(RowTextError) {
        guard table == tables.count else {
            let name = RowTextError.excerpt(tables[table].name)
            throw RowTextError(reason: "the table \(name) is missing", offset: json.position - 1)
        }
        place = .end
    }
}
