import Dump
import Model
import SQLite

/// UNIQUE indexes of a database in which functions or collations of the application's are stood in for: keys that differ
/// may look the same there, so they are built without UNIQUE, and get it back in their text when all is imported. Where
/// only functions of SQLite's own are replaced, that goes for the indexes that depend on them.
final class UniqueIndexes {
    private let database: Database
    /// Whether something was stood in for on an earlier connection.
    private let hadStandIns: Bool
    /// Functions of SQLite's own that give NULL.
    private let replaced: SchemaFunctions?
    /// How the texts of the relaxed ones began, by their rows in sqlite_schema.
    private var relaxed: [Int64: [UInt8]] = [:]

    private static let plain = Array("CREATE INDEX".utf8)
    private static let unique = Array("CREATE UNIQUE INDEX".utf8)

    init(_ database: Database, hadStandIns: Bool, replaced: SchemaFunctions?) {
        self.database = database
        self.hadStandIns = hadStandIns
        self.replaced = replaced
    }

    /// Runs a CREATE UNIQUE INDEX without its UNIQUE, and prepares for a REINDEX.
    /// - Returns: Whether the statement has been run.
    func intercept(_ statement: SQLText) throws(SQLiteError) -> Bool {
        guard hadStandIns || database.hasStandIns || replaced != nil else { return false }
        let create = SchemaStatement.withoutUnique(statement)
        if create != statement {
            guard isInNeed(statement) else { return false }
            _ = try database.prepare(create.bytes).step()
            // Even max() may be stood in for.
            if let row = try database.integer("SELECT rowid FROM sqlite_master ORDER BY rowid DESC LIMIT 1") {
                relaxed[row] = Self.unique
            }
            return true
        }
        if SQLTokens(statement.bytes).first(where: { _ in true })?.word == "reindex" { try relaxAll() }
        return false
    }

    /// Puts the UNIQUE back.
    func restore() throws(SQLiteError) {
        var entries: [SchemaEntry] = []
        for var entry in try indexes() {
            guard let sql = entry.sql, sql.starts(with: Self.plain), let beginning = relaxed[entry.row] else {
                continue
            }
            entry.sql = beginning + sql.dropFirst(Self.plain.count)
            entries.append(entry)
        }
        try rewrite(entries)
        relaxed = [:]
    }

    private func relaxAll() throws(SQLiteError) {
        var entries: [SchemaEntry] = []
        for var entry in try indexes() {
            guard let sql = entry.sql else { continue }
            let plain = SchemaStatement.withoutUnique(SQLText(bytes: sql)).bytes
            guard plain != sql, isInNeed(SQLText(bytes: sql)) else { continue }
            relaxed[entry.row] = Array(sql.dropLast(plain.count - Self.plain.count))
            entry.sql = plain
            entries.append(entry)
        }
        try rewrite(entries)
    }

    /// Whether what was stood in for may have made its keys alike.
    private func isInNeed(_ index: SQLText) -> Bool {
        if hadStandIns || database.hasStandIns { return true }
        return replaced?.concern(index: index) ?? false
    }

    private func indexes() throws(SQLiteError) -> [SchemaEntry] {
        try database.schemaEntries(where: "type = 'index' AND sql NOT NULL")
    }

    private func rewrite(_ entries: [SchemaEntry]) throws(SQLiteError) {
        guard !entries.isEmpty else { return }
        try database.overwrite(entries)
        try database.reloadSchema()
    }
}
