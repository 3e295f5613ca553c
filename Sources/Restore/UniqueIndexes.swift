import SQLite

/// UNIQUE indexes of a database in which functions of the application's are stood in for: keys that differ may look the
/// same there, so they are built without UNIQUE, and get it back in their text when all is imported.
final class UniqueIndexes {
    private let database: Database
    /// Rows of sqlite_schema.
    private var relaxed: Set<Int64> = []

    private static let create = "CREATE INDEX"
    private static let createUnique = "CREATE UNIQUE INDEX"
    private static let reindex = "REINDEX"

    init(_ database: Database) {
        self.database = database
    }

    /// Runs a CREATE UNIQUE INDEX without its UNIQUE, and prepares for a REINDEX.
    /// - Returns: Whether the statement has been run.
    func intercept(_ statement: UnsafeRawBufferPointer) throws(SQLiteError) -> Bool {
        let text = statement.drop { $0 <= 0x20 }
        if text.starts(with: Self.createUnique.utf8) {
            let create = try database.prepare(Array(Self.create.utf8) + text.dropFirst(Self.createUnique.utf8.count))
            _ = try create.step()
            if let row = try database.integer("SELECT max(rowid) FROM sqlite_master") { relaxed.insert(row) }
            return true
        }
        if text.starts(with: Self.reindex.utf8) { try relaxAll() }
        return false
    }

    /// Puts the UNIQUE back.
    func restore() throws(SQLiteError) {
        let rows = relaxed.map(String.init).joined(separator: ",")
        try rewrite(Self.create, as: Self.createUnique, where: "rowid IN (\(rows))")
        relaxed = []
    }

    private func relaxAll() throws(SQLiteError) {
        relaxed.formUnion(try rewrite(Self.createUnique, as: Self.create, where: "type = 'index'"))
    }

    /// - Returns: The rows of sqlite_schema that it changed.
    @discardableResult
    private func rewrite(_ old: String, as new: String, where condition: String) throws(SQLiteError) -> [Int64] {
        let isOld = "substr(sql, 1, \(old.utf8.count + 1)) = '\(old) ' AND \(condition)"
        let rows = try database.prepare("SELECT rowid FROM sqlite_master WHERE \(isOld)")
        var changed: [Int64] = []
        while try rows.step() { changed.append(rows.integer(at: 0)) }
        guard !changed.isEmpty else { return [] }
        let list = changed.map(String.init).joined(separator: ",")
        try database.execute("PRAGMA writable_schema=ON")
        try database.execute(
            "UPDATE sqlite_master SET sql = '\(new)' || substr(sql, \(old.utf8.count + 1)) WHERE rowid IN (\(list))")
        try database.execute("PRAGMA writable_schema=RESET")
        return changed
    }
}
