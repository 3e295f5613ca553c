import Dump
import Model
import SQLite

/// UNIQUE indexes of a database in which functions or collations of the application's are stood in for: keys that differ
/// may look the same there, so they are built without UNIQUE, and get it back in their text when all is imported.
final class UniqueIndexes {
    private let database: Database
    /// How the texts of the relaxed ones began, by their rows in sqlite_schema.
    private var relaxed: [Int64: [UInt8]] = [:]

    private static let plain = Array("CREATE INDEX".utf8)
    private static let unique = Array("CREATE UNIQUE INDEX".utf8)

    init(_ database: Database) {
        self.database = database
    }

    /// Runs a CREATE UNIQUE INDEX without its UNIQUE, and prepares for a REINDEX.
    /// - Returns: Whether the statement has been run.
    func intercept(_ statement: UnsafeRawBufferPointer) throws(SQLiteError) -> Bool {
        // Statements with rows come by the thousand, and begin otherwise.
        guard let first = statement.first(where: { $0 > 0x20 }), "cCrR".utf8.contains(first) else { return false }
        let sql = SQLText(bytes: Array(statement))
        let create = SchemaStatement.withoutUnique(sql)
        if create != sql {
            _ = try database.prepare(create.bytes).step()
            if let row = try database.integer("SELECT max(rowid) FROM sqlite_master") { relaxed[row] = Self.unique }
            return true
        }
        if SQLTokens(sql.bytes).first(where: { _ in true })?.word == "reindex" { try relaxAll() }
        return false
    }

    /// Puts the UNIQUE back.
    func restore() throws(SQLiteError) {
        var texts: [Int64: [UInt8]] = [:]
        for (row, sql) in try indexes() where sql.starts(with: Self.plain) {
            if let beginning = relaxed[row] { texts[row] = beginning + sql.dropFirst(Self.plain.count) }
        }
        try rewrite(texts)
        relaxed = [:]
    }

    private func relaxAll() throws(SQLiteError) {
        var texts: [Int64: [UInt8]] = [:]
        for (row, sql) in try indexes() {
            let plain = SchemaStatement.withoutUnique(SQLText(bytes: sql)).bytes
            guard plain != sql else { continue }
            relaxed[row] = Array(sql.dropLast(plain.count - Self.plain.count))
            texts[row] = plain
        }
        try rewrite(texts)
    }

    private func indexes() throws(SQLiteError) -> [(row: Int64, sql: [UInt8])] {
        let rows = try database.prepare("SELECT rowid, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
        var indexes: [(Int64, [UInt8])] = []
        while try rows.step() { indexes.append((rows.integer(at: 0), rows.utf8(at: 1))) }
        return indexes
    }

    private func rewrite(_ texts: [Int64: [UInt8]]) throws(SQLiteError) {
        guard !texts.isEmpty else { return }
        try database.execute("PRAGMA writable_schema=ON")
        let update = try database.prepare("UPDATE sqlite_master SET sql = ?2 WHERE rowid = ?1")
        for (row, text) in texts {
            try update.bind(.integer(row), at: 1)
            try update.bind(.text(text), at: 2)
            _ = try update.step()
            update.reset()
        }
        try database.execute("PRAGMA writable_schema=RESET")
    }
}
