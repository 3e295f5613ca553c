import SQLite

/// A row of sqlite_schema, as far as it is rewritten.
struct SchemaEntry {
    /// The rowid in sqlite_schema.
    let row: Int64
    var name: [UInt8]
    /// nil for an index that SQLite makes by itself.
    var sql: [UInt8]?
}

extension Database {
    /// The rows of sqlite_schema that fulfil a condition, in the order in which they were made.
    func schemaEntries(where condition: String) throws(SQLiteError) -> [SchemaEntry] {
        let rows = try prepare("SELECT rowid, name, sql FROM sqlite_master WHERE \(condition) ORDER BY rowid")
        var entries: [SchemaEntry] = []
        while try rows.step() {
            entries.append(
                SchemaEntry(
                    row: rows.integer(at: 0), name: rows.utf8(at: 1), sql: rows.isNull(at: 2) ? nil : rows.utf8(at: 2)))
        }
        return entries
    }

    /// Gives rows of sqlite_schema other names and texts. SQLite does not notice before `reloadSchema`.
    func overwrite(_ entries: [SchemaEntry]) throws(SQLiteError) {
        try execute("PRAGMA writable_schema=ON")
        let update = try prepare("UPDATE sqlite_master SET name = ?2, sql = ?3 WHERE rowid = ?1")
        for entry in entries {
            try update.bind(.integer(entry.row), at: 1)
            try update.bind(.text(entry.name), at: 2)
            try update.bind(entry.sql.map { SQLValue.text($0) } ?? .null, at: 3)
            _ = try update.step()
            update.reset()
        }
    }

    /// Ends the writing of the schema; SQLite reads it anew.
    func reloadSchema() throws(SQLiteError) {
        try execute("PRAGMA writable_schema=RESET")
    }
}
