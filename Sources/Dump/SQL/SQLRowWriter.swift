import Model
import SQLite

/// Writes a table's rows as INSERT statements of many rows each.
struct SQLRowWriter {
    /// Cloudflare D1 refuses longer statements; only a row that is longer by itself stands in one.
    static let statementLimit = 100_000
    static let rowsPerStatement = 250

    private let prologue: [UInt8]
    private let texts: TextLiteral
    private let reals: RealLiteral
    private let rowLimit: Int
    private var statementStart: Int64 = 0
    private var rowsInStatement = 0

    /// - Parameter namesColumns: Whether the columns have another order than in the table.
    init(
        _ layout: TableLayout, namesColumns: Bool, texts: TextLiteral, reals: RealLiteral, returns: CarriageReturns,
        columnLimit: Int
    ) {
        self.texts = texts
        self.reals = reals
        var text = Array("INSERT INTO ".utf8) + layout.name.quoted
        if layout.rowidName != nil || namesColumns {
            let rowid = layout.rowidName.map { [Array($0.utf8)] } ?? []
            let names = rowid + layout.columns.map { $0.name.quoted }
            text += [UInt8(ascii: "(")] + names.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: ")")]
        }
        prologue = returns.replaced(in: text) + Array(" VALUES".utf8)
        // VALUES of several rows is a SELECT to SQLite, and may have no more columns than one.
        let width = layout.columns.count + (layout.carriesRowid ? 1 : 0)
        rowLimit = width > columnLimit ? 1 : Self.rowsPerStatement
    }

    /// - Parameter bound: No fewer bytes than the row will take, its brackets and commas included.
    @inline(__always)
    mutating func write(
        _ values: RowBlock.Values, bound: Int, to output: inout DumpOutput
    ) throws {
        if rowsInStatement == 0 {
            try begin(&output)
        } else if rowsInStatement >= rowLimit
            || output.position - statementStart + Int64(bound) > Int64(Self.statementLimit)
        {
            try end(&output)
            try begin(&output)
        } else {
            try output.ensure(1)
            output.put(UInt8(ascii: ","))
        }
        rowsInStatement += 1
        try output.ensure(2)
        output.put("\n(")
        for index in 0..<values.count {
            // Room for a comma and any value of a fixed length.
            try output.ensure(RealLiteral.maximumLength)
            if index > 0 { output.put(UInt8(ascii: ",")) }
            switch values[index] {
            case .null: output.put("NULL")
            case .integer(let integer): output.put(decimal: integer)
            case .real(let real): try reals.put(real, to: &output)
            case .text(let bytes): try texts.write(text: bytes, to: &output)
            case .blob(let bytes): try TextLiteral.write(blob: bytes, to: &output)
            }
        }
        try output.ensure(1)
        output.put(UInt8(ascii: ")"))
    }

    /// No fewer bytes than `value` takes, the comma before it included.
    @inline(__always)
    static func bound(_ value: Statement.Glance) -> Int {
        switch value {
        case .null: 5
        case .integer: 22
        case .real(let real): 1 + RealLiteral.bound(real)
        case .text(let bytes): TextLiteral.bound(bytes.count)
        case .blob(let bytes): 4 + 2 * bytes.count
        }
    }

    /// How many bytes `value` takes, found by looking at all of it.
    static func length(_ value: Statement.Glance) -> Int {
        guard case .text(let bytes) = value, case .quoted = TextLiteral.form(of: bytes) else { return bound(value) }
        return bytes.reduce(3 + bytes.count) { $0 + ($1 == UInt8(ascii: "'") ? 1 : 0) }
    }

    private mutating func begin(_ output: inout DumpOutput) throws {
        statementStart = output.position
        try output.append(prologue)
    }

    /// Ends the statement, where one is open.
    mutating func end(_ output: inout DumpOutput) throws {
        guard rowsInStatement > 0 else { return }
        try output.append(";\n")
        rowsInStatement = 0
    }
}
