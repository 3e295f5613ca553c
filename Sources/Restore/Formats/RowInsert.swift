import Dump
import Model
import SQLite

/// Inserts rows into one table, values as they are: what its columns make of them is what they would of the source's.
final class RowInsert {
    /// SQLITE_CONSTRAINT_NOTNULL.
    private static let notNullCode: Int32 = 1299

    private let layout: TableLayout
    private let database: Database
    private let isUTF8: Bool
    private var statement: Statement
    /// The table's entry in the schema, where it is without its NOT NULL for the time being.
    private var original: SchemaEntry?

    /// - Parameter encoding: The database's, as its PRAGMA says it.
    init(into layout: TableLayout, of database: Database, _ encoding: String) throws {
        self.layout = layout
        self.database = database
        isUTF8 = TextEncoding(pragmaValue: encoding) == .utf8
        statement = try Self.prepare(layout, database)
    }

    /// - Parameter values: Of the layout's columns; their bytes are not needed afterwards.
    /// - Throws: `SQLiteError`.
    func insert(_ values: UnsafeMutableBufferPointer<DumpValue>) throws(SQLiteError) {
        do throws(SQLiteError) {
            try run(values)
        } catch {
            guard error.code == Self.notNullCode, original == nil, try relax() else { throw error }
            try run(values)
        }
    }

    /// Gives the table back what it lacked for its rows.
    func finish() throws(SQLiteError) {
        guard let entry = original else { return }
        try database.overwrite([entry])
        try database.reloadSchema()
        original = nil
    }

    private func run(_ values: UnsafeMutableBufferPointer<DumpValue>) throws(SQLiteError) {
        var needsLiterals = false
        for index in 0..<values.count where try !bind(values[index], at: index + 1, of: statement) {
            needsLiterals = true
        }
        guard !needsLiterals else { return try runWithLiterals(values) }
        defer { statement.reset() }
        _ = try statement.step()
    }

    /// A cast of a literal leaves bytes in the database's encoding as they are; one of a bound blob would not.
    @inline(never)
    private func runWithLiterals(_ values: UnsafeMutableBufferPointer<DumpValue>) throws(SQLiteError) {
        var literals: [Int: [UInt8]] = [:]
        for (index, value) in values.enumerated() {
            if case .storedText(let bytes) = value {
                literals[index] = Array("CAST(X'\(Hex.encode(bytes))' AS TEXT)".utf8)
            }
        }
        let statement = try Self.prepare(layout, database, literals)
        for index in 0..<values.count where literals[index] == nil {
            _ = try bind(values[index], at: index + 1, of: statement)
        }
        _ = try statement.step()
    }

    /// - Returns: false where only a literal brings the value in.
    @inline(__always)
    private func bind(_ value: DumpValue, at index: Int, of statement: Statement) throws(SQLiteError) -> Bool {
        switch value {
        case .null: try statement.bind(inPlace: .null, at: index)
        case .integer(let integer): try statement.bind(inPlace: .integer(integer), at: index)
        case .real(let real): try statement.bind(inPlace: .real(real), at: index)
        case .text(let bytes): try statement.bind(inPlace: .text(bytes), at: index)
        case .blob(let bytes): try statement.bind(inPlace: .blob(bytes), at: index)
        case .storedText(let bytes):
            guard isUTF8 else { return false }
            try statement.bind(inPlace: .text(bytes), at: index)
        }
        return true
    }

    /// - Parameter literals: What stands in place of a parameter, by column.
    private static func prepare(
        _ layout: TableLayout, _ database: Database, _ literals: [Int: [UInt8]] = [:]
    ) throws(SQLiteError) -> Statement {
        let comma = [UInt8(ascii: ",")]
        let names = layout.columns.map { $0.name.quoted }.joined(separator: comma)
        let values = layout.columns.indices.map { literals[$0] ?? Array("?\($0 + 1)".utf8) }.joined(separator: comma)
        var sql = Array("INSERT INTO main.".utf8) + layout.name.quoted
        sql += Array("(".utf8) + names + Array(") VALUES(".utf8) + values + Array(")".utf8)
        return try database.prepare(sql)
    }

    /// Rows violate a NOT NULL of their own table where somebody has changed the schema behind SQLite's back.
    /// - Returns: Whether the table takes such rows now.
    private func relax() throws(SQLiteError) -> Bool {
        let tables = try database.schemaEntries(where: "type = 'table'")
        guard let entry = tables.first(where: { SQLText(bytes: $0.name) == layout.name }), let sql = entry.sql else {
            return false
        }
        var relaxed = entry
        relaxed.sql = NotNull.removed(from: SQLText(bytes: sql)).bytes
        try database.overwrite([relaxed])
        try database.reloadSchema()
        original = entry
        statement = try Self.prepare(layout, database)
        return true
    }
}
