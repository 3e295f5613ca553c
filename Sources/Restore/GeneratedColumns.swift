import Dump
import Model
import SQLite

/// Tables with generated columns in a database in which functions or collations of the application's are stood in for:
/// columns that differ may come out the same there, and what the stand-ins make of a stored one is worth nothing.
///
/// While the rows are imported such a table's text is without UNIQUE constraints, and the indexes that SQLite made for
/// them are ordinary ones, in the same pages; stored columns that call the functions are NULL, which violates nothing.
/// When all is imported, the schema is what it was.
final class GeneratedColumns {
    private struct Index {
        let name: SQLText
        /// `u` for a UNIQUE constraint, `pk` for a primary key, `c` for CREATE INDEX.
        let origin: String
    }

    private let database: Database
    /// The rows in sqlite_schema of the tables that are imported so.
    private var tables: [Int64] = []
    /// What has other names and texts at the moment, as it was.
    private var originals: [SchemaEntry] = []

    init(_ database: Database) {
        self.database = database
    }

    /// Runs a CREATE TABLE and takes out what its rows might violate. Where the dump itself writes the schema, it finds
    /// the true one.
    /// - Returns: Whether the statement has been run.
    func intercept(_ statement: SQLText) throws(SQLiteError) -> Bool {
        let beginning = SQLTokens(statement.bytes).prefix(2).map(\.word)
        if beginning == ["create", "table"] {
            // Without the word it has no generated columns.
            guard SQLTokens(statement.bytes).contains(where: { $0.word == "as" }) else { return false }
            try create(statement)
            return true
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
        let relaxed = relaxedText(SQLText(bytes: sql))
        guard relaxed != sql else { return false }

        let indexes = try self.indexes(of: name)
        let automatic = try database.schemaEntries(where: "type = 'index' AND sql IS NULL")
        var before = [table]
        var after = [table]
        after[0].sql = relaxed
        for index in indexes where index.origin != "c" {
            // The primary key of a WITHOUT ROWID table has no row of its own.
            guard var entry = automatic.first(where: { SQLText(bytes: $0.name) == index.name }) else { continue }
            before.append(entry)
            if index.origin == "u" {
                // Names like SQLite's own, which no statement of the dump can claim.
                entry.name = Array("sqlite_unique_\(entry.row)".utf8)
                entry.sql = try plainIndex(SQLText(bytes: entry.name), like: index.name, on: name)
            } else {
                // SQLite numbers them in the order of the constraints, of which this is the only one now.
                entry.name = Array("sqlite_autoindex_".utf8) + name.bytes + Array("_1".utf8)
            }
            after.append(entry)
        }
        try database.overwrite(after)
        try database.reloadSchema()
        if let found = try? self.indexes(of: name), found.count == indexes.count,
            !found.contains(where: { $0.origin == "u" })
        {
            originals += before
            return true
        }
        // It stays as it is then; rows that violate it say so.
        try database.overwrite(before)
        try database.reloadSchema()
        return false
    }

    private func relaxedText(_ sql: SQLText) -> [UInt8] {
        guard database.hasStandIns else { return sql.bytes }
        let functions = Set(database.functionStandIns.map { SQLText($0.name).folded })
        return UniqueConstraint.removed(from: StoredColumns.emptied(in: sql, calling: functions)).bytes
    }

    /// SQLite does not notice before it reads the schema anew.
    private func putBack() throws(SQLiteError) {
        try database.overwrite(originals)
        originals = []
    }

    private func indexes(of table: SQLText) throws(SQLiteError) -> [Index] {
        let rows = try pragma("index_list", table)
        var indexes: [Index] = []
        while try rows.step() {
            let origin = String(decoding: rows.utf8(at: 3), as: UTF8.self)
            indexes.append(Index(name: SQLText(bytes: rows.utf8(at: 1)), origin: origin))
        }
        return indexes
    }

    /// The text of an index that sorts as `index` does.
    private func plainIndex(_ name: SQLText, like index: SQLText, on table: SQLText) throws(SQLiteError) -> [UInt8] {
        let rows = try pragma("index_xinfo", index)
        var sql = Array("CREATE INDEX ".utf8) + name.quoted
        sql += Array(" ON ".utf8) + table.quoted
        var separator = "("
        // Behind the columns of the constraint stand those that lead to the row.
        while try rows.step(), rows.integer(at: 5) != 0 {
            sql += Array(separator.utf8) + SQLText(bytes: rows.utf8(at: 2)).quoted
            sql += Array(" COLLATE ".utf8) + SQLText(bytes: rows.utf8(at: 4)).quoted
            if rows.integer(at: 3) != 0 { sql += Array(" DESC".utf8) }
            separator = ","
        }
        return sql + [UInt8(ascii: ")")]
    }

    private func pragma(_ name: String, _ object: SQLText) throws(SQLiteError) -> Statement {
        try database.prepare(Array("PRAGMA main.\(name)(".utf8) + object.quoted + [UInt8(ascii: ")")])
    }
}
