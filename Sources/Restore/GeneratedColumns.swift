import Dump
import Model
import SQLite

/// Tables with generated columns in a database in which functions or collations of the application's are stood in for:
/// columns that differ may come out the same there, and what the stand-ins make of a stored one is worth nothing.
///
/// While the rows are imported such a table's text is without the UNIQUE constraints that name these columns, and the
/// indexes that SQLite made for them are ordinary ones, in the same pages; stored columns that call the functions are
/// NULL, which violates nothing. Where functions of SQLite's own are replaced, NOT NULL is taken out, too, for which the
/// exporter had no reason. When all is imported, the schema is what it was.
///
/// Stored columns that a dump does not carry are what SQLite's own functions come to: so the exporter has found. Where
/// they are spared, these functions compute them while the rows come, virtual columns that call them are NULL in the
/// table's text, and when all rows are there the functions are replaced and the constraints' indexes built anew.
final class GeneratedColumns {
    private struct Index: Equatable {
        struct Column: Equatable {
            /// In the table; negative for the rowid and for expressions.
            let position: Int64
            let name: SQLText
            let isDescending: Bool
            let collation: SQLText
        }

        var name: SQLText
        /// `u` for a UNIQUE constraint, `pk` for a primary key, `c` for CREATE INDEX.
        var origin: String
        /// Behind those of the constraint stand those that lead to the row.
        let columns: [Column]

        /// The number that SQLite's own names end with.
        var number: Int {
            let end = name.bytes.split(separator: UInt8(ascii: "_")).last ?? []
            return Int(String(decoding: end, as: UTF8.self)) ?? 0
        }
    }

    private let database: Database
    /// Whether something was stood in for on an earlier connection.
    private let hadStandIns: Bool
    /// Functions of SQLite's own that give NULL.
    private let replaced: SchemaFunctions?
    /// Whether they are still SQLite's own, because rows may come.
    private var awaitsRows: Bool
    /// The rows in sqlite_schema of the tables whose generated columns depend on them.
    private var dependents: Set<Int64> = []
    /// The rows in sqlite_schema of the tables that are imported so.
    private var tables: [Int64] = []
    /// Whether rows have come since the last CREATE TABLE.
    private var hasRows = false
    /// What has other names and texts at the moment, as it was.
    private var originals: [SchemaEntry] = []

    /// - Parameter sparesStored: Whether SQLite's own functions compute stored columns, until the rows are there.
    init(_ database: Database, hadStandIns: Bool, replaced: SchemaFunctions?, sparesStored: Bool) {
        self.database = database
        self.hadStandIns = hadStandIns
        self.replaced = replaced
        awaitsRows = sparesStored
    }

    /// Runs a CREATE TABLE and takes out what its rows might violate. Where the dump itself writes the schema, it finds
    /// the true one.
    /// - Returns: Whether the statement has been run.
    func intercept(_ statement: SQLText) throws(SQLiteError) -> Bool {
        let beginning = SQLTokens(statement.bytes).prefix(2).map(\.word)
        if beginning == ["create", "table"] {
            // Those before have all their rows then; a dump without its schema has all tables before the first row.
            if hasRows { try restore() }
            hasRows = false
            // Without the word it has no generated columns.
            guard SQLTokens(statement.bytes).contains(where: { $0.word == "as" }) else { return false }
            try create(statement)
            return true
        }
        // Everything else is made behind the rows.
        if beginning.first == "create" {
            try endRows()
            try restore()
        }
        guard !tables.isEmpty, beginning == ["pragma", "writable_schema"] else { return false }
        if SQLTokens(statement.bytes).contains(where: { $0.word == "on" }) {
            try putBack()
            try database.execute("PRAGMA writable_schema=ON")
        } else {
            try database.reloadSchema()
            for table in tables { _ = try relax(table) }
        }
        return true
    }

    /// A statement with rows comes.
    func beginRows() {
        hasRows = true
    }

    /// No rows come any more: functions that were left SQLite's own until now give NULL, in the indexes of the tables'
    /// constraints, too.
    func endRows() throws(SQLiteError) {
        guard awaitsRows, let replaced else { return }
        awaitsRows = false
        try restore()
        try replaced.standIn(on: database)
        // SQLite also compiles anew then what it has prepared with its own.
        try database.reloadSchema()
        let concerned = try database.schemaEntries(where: "type = 'table'").filter { dependents.contains($0.row) }
        for table in concerned where try relax(table.row) { tables.append(table.row) }
        for table in concerned {
            // By its name alone it might be taken for a collation.
            let reindex = Array("REINDEX main.".utf8) + SQLText(bytes: table.name).quoted
            _ = try database.prepare(reindex).step()
        }
        try restore()
    }

    /// Makes the schema what it was.
    func restore() throws(SQLiteError) {
        guard !tables.isEmpty else { return }
        try putBack()
        try database.reloadSchema()
        tables = []
    }

    private func create(_ statement: SQLText) throws(SQLiteError) {
        let last = try database.integer("SELECT rowid FROM sqlite_master ORDER BY rowid DESC LIMIT 1") ?? 0
        _ = try database.prepare(statement.bytes).step()
        // Its indexes stand behind it.
        let table = try database.integer(
            "SELECT rowid FROM sqlite_master WHERE type = 'table' AND rowid > \(last) ORDER BY rowid LIMIT 1")
        if let table, try relax(table) { tables.append(table) }
    }

    /// - Returns: Whether the table was in need of it, and takes its rows now.
    private func relax(_ row: Int64) throws(SQLiteError) -> Bool {
        guard let table = try database.schemaEntries(where: "rowid = \(row)").first, let sql = table.sql else {
            return false
        }
        let name = SQLText(bytes: table.name)
        // Preparing to write compiles the columns' expressions, which shows what they lack; it is never run.
        _ = try? database.prepare(Array("INSERT INTO ".utf8) + name.quoted + Array(" DEFAULT VALUES".utf8))
        let generated = try database.generatedColumns(of: name)
        let dependent = replaced.map { StoredColumns.depending(on: $0.names, in: SQLText(bytes: sql)) } ?? []
        if !dependent.isEmpty { dependents.insert(row) }
        let unique = hadStandIns || database.hasStandIns ? generated.union(dependent) : dependent
        // Where SQLite has other indexes then than expected, it is better to leave it those constraints than the rest.
        let choices: [Set<SQLText>] = unique.isEmpty ? [[]] : [unique, []]
        for columns in choices {
            let relaxed = relaxedText(SQLText(bytes: sql), isDependent: !dependent.isEmpty, unique: columns)
            if relaxed != sql, try rewrite(table, to: relaxed, unique: columns) { return true }
        }
        // It stays as it is then; rows that violate it say so.
        return false
    }

    /// - Parameters:
    ///   - relaxed: The table's text without the UNIQUE constraints that name one of `columns`.
    ///   - columns: Folded names.
    /// - Returns: Whether SQLite has the indexes then that it should have; otherwise all is as before.
    private func rewrite(
        _ table: SchemaEntry, to relaxed: [UInt8], unique columns: Set<SQLText>
    ) throws(SQLiteError) -> Bool {
        let name = SQLText(bytes: table.name)
        let indexes = try self.indexes(of: name)
        let automatic = try database.schemaEntries(where: "type = 'index' AND sql IS NULL")
        var before = [table]
        var after = [table]
        after[0].sql = relaxed
        var expected = indexes.filter { $0.origin == "c" }
        var remaining = 0
        for index in indexes.filter({ $0.origin != "c" }).sorted(by: { $0.number < $1.number }) {
            let entry = automatic.first { SQLText(bytes: $0.name) == index.name }
            var wanted = index
            var sql: [UInt8]?
            if let entry, index.columns.contains(where: { columns.contains($0.name.folded) }) {
                // Names like SQLite's own, which no statement of the dump can claim.
                wanted.name = SQLText("sqlite_unique_\(entry.row)")
                wanted.origin = "c"
                sql = plainIndex(wanted, on: name)
            } else {
                // SQLite numbers them in the order of the constraints, of which fewer are left.
                remaining += 1
                wanted.name = SQLText(bytes: Array("sqlite_autoindex_".utf8) + name.bytes + Array("_\(remaining)".utf8))
            }
            expected.append(wanted)
            // The primary key of a WITHOUT ROWID table has no row of its own.
            guard let entry else { continue }
            before.append(entry)
            after.append(SchemaEntry(row: entry.row, name: wanted.name.bytes, sql: sql))
        }
        try database.overwrite(after)
        try database.reloadSchema()
        if let found = try? self.indexes(of: name), found.count == expected.count,
            found.allSatisfy({ expected.contains($0) })
        {
            originals += before
            return true
        }
        try database.overwrite(before)
        try database.reloadSchema()
        return false
    }

    /// - Parameters:
    ///   - isDependent: Whether columns depend on functions of SQLite's own that are replaced.
    ///   - columns: Folded names; UNIQUE constraints that name one of them are taken out.
    private func relaxedText(_ sql: SQLText, isDependent: Bool, unique columns: Set<SQLText>) -> [UInt8] {
        var functions = Set(database.functionStandIns.map { SQLText(bytes: $0.nameBytes).folded })
        if let replaced, !awaitsRows { functions.formUnion(replaced.names) }
        var relaxed = StoredColumns.emptied(in: isDependent ? NotNull.removed(from: sql) : sql, calling: functions)
        if let replaced, awaitsRows { relaxed = StoredColumns.virtualsEmptied(in: relaxed, calling: replaced.names) }
        return UniqueConstraint.removed(from: relaxed, naming: columns).bytes
    }

    /// SQLite does not notice before it reads the schema anew.
    private func putBack() throws(SQLiteError) {
        try database.overwrite(originals)
        originals = []
    }

    private func indexes(of table: SQLText) throws(SQLiteError) -> [Index] {
        let rows = try database.describe("index_list", table)
        var indexes: [Index] = []
        while try rows.step() {
            let name = SQLText(bytes: rows.utf8(at: 1))
            let origin = String(decoding: rows.utf8(at: 3), as: UTF8.self)
            indexes.append(Index(name: name, origin: origin, columns: try columns(of: name)))
        }
        return indexes
    }

    private func columns(of index: SQLText) throws(SQLiteError) -> [Index.Column] {
        let rows = try database.describe("index_xinfo", index)
        var columns: [Index.Column] = []
        while try rows.step() {
            columns.append(
                Index.Column(
                    position: rows.integer(at: 1), name: SQLText(bytes: rows.utf8(at: 2)),
                    isDescending: rows.integer(at: 3) != 0, collation: SQLText(bytes: rows.utf8(at: 4))))
        }
        return columns
    }

    /// The text of an ordinary index with the same entries, in the same order.
    private func plainIndex(_ index: Index, on table: SQLText) -> [UInt8] {
        var sql = Array("CREATE INDEX ".utf8) + index.name.quoted
        sql += Array(" ON ".utf8) + table.quoted
        var separator = "("
        // The rowid comes by itself. So would the primary key of a WITHOUT ROWID table, but descending where it
        // descends itself, which it does not in the index of a constraint.
        for column in index.columns where column.position >= 0 {
            sql += Array(separator.utf8) + column.name.quoted
            sql += Array(" COLLATE ".utf8) + column.collation.quoted
            if column.isDescending { sql += Array(" DESC".utf8) }
            separator = ","
        }
        return sql + [UInt8(ascii: ")")]
    }
}
