import Model
import SQLite

extension Manifest.SourceFacts {
    /// Reads them from a snapshot of the source.
    /// - Parameter origin: Tells what the snapshot has otherwise than the source.
    package init(reading database: Database, of origin: Snapshot.Origin) throws {
        self.init(
            kind: origin.kind, pageSize: Int(try database.integer("PRAGMA page_size") ?? 4096),
            pageCount: try database.integer("PRAGMA page_count") ?? 0,
            encoding: try TextEncoding(of: database).pragmaValue, journalMode: origin.journalMode,
            autoVacuum: Int(try database.integer("PRAGMA auto_vacuum") ?? 0),
            userVersion: Int(try database.integer("PRAGMA user_version") ?? 0),
            applicationID: Int(try database.integer("PRAGMA application_id") ?? 0),
            sqliteVersion: origin.sqliteVersion)
    }
}
