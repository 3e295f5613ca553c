import Model
import SQLite

extension Manifest.SourceFacts {
    /// Reads them from a snapshot of the source.
    /// - Parameter journalMode: The source's own; its copy has another.
    package init(reading database: Database, journalMode: String) throws {
        self.init(
            kind: "sqlite", pageSize: Int(try database.integer("PRAGMA page_size") ?? 4096),
            pageCount: try database.integer("PRAGMA page_count") ?? 0,
            encoding: try TextEncoding(of: database).pragmaValue, journalMode: journalMode,
            autoVacuum: Int(try database.integer("PRAGMA auto_vacuum") ?? 0),
            userVersion: Int(try database.integer("PRAGMA user_version") ?? 0),
            applicationID: Int(try database.integer("PRAGMA application_id") ?? 0),
            sqliteVersion: SQLiteLibrary.version)
    }
}
