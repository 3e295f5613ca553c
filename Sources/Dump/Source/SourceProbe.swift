import Model
import Pipeline
import SQLite

/// Opens a source as a backup would and reads a little of it.
package struct SourceProbe: Sendable {
    package let isWAL: Bool
    /// Bytes of the database's pages.
    package let bytes: Int64
    private let tables: Int
    private let isImmutable: Bool

    /// - Throws: `NightjarError`, as a backup would.
    package init(path: String, busyTimeout: Duration) throws {
        let source = try SQLiteSource(path: path)
        do {
            let facts = try SQLiteSource.retrying(for: busyTimeout, Cancellation()) {
                let pages = try source.database.integer("PRAGMA page_count") ?? 0
                // Even count() may be stood in for.
                let tables = try source.database.rows("SELECT 1 FROM sqlite_schema WHERE type = 'table'").count
                return (pages * (try source.database.integer("PRAGMA page_size") ?? 4096), tables)
            }
            try source.checkUnchanged()
            (bytes, tables) = facts
        } catch let error as SQLiteError {
            throw SourceFailure.explain(error, source: path)
        }
        isWAL = source.isWAL
        isImmutable = source.way == .immutable
    }

    /// For people.
    package var description: String {
        let journal = isWAL ? "WAL" : "rollback journal"
        let way = isImmutable ? ", nobody has it open and nothing is created beside it" : ""
        return "\(SizeText.format(bytes)), \(CountText.format(Int64(tables), "table")), \(journal)\(way)"
    }
}
