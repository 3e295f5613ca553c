import Glibc
import Model
import Pipeline
import SQLite

/// The frozen state of a source that one export reads.
package final class Snapshot {
    package let database: Database
    package let facts: Manifest.SnapshotFacts
    package let journalMode: String
    /// The source stays open as long as its own transaction is what is read.
    private let source: SQLiteSource
    private let copyPath: String?

    private init(
        database: Database, facts: Manifest.SnapshotFacts, journalMode: String, source: SQLiteSource, copyPath: String?
    ) {
        self.database = database
        self.facts = facts
        self.journalMode = journalMode
        self.source = source
        self.copyPath = copyPath
    }

    /// Takes the snapshot of `source`; a copy goes to `folder`, which is the run's own.
    package static func take(
        of source: SQLiteSource, in folder: String, options: SnapshotOptions, cancellation: Cancellation,
        progress: (_ copiedPages: Int64, _ allPages: Int64) -> Void
    ) throws -> Snapshot {
        let begun = Timestamp.now
        switch options.method {
        case .copy:
            let path = folder + "/snapshot.db"
            try SnapshotCopy(source: source, options: options, cancellation: cancellation)
                .write(to: path, progress: progress)
            try source.checkUnchanged()
            let facts = Manifest.SnapshotFacts(method: .copy, consistent: true, begunAt: begun, takenAt: .now)
            return Snapshot(
                database: try Database(path: path, access: .immutable), facts: facts, journalMode: source.journalMode,
                source: source, copyPath: path)
        case .transaction:
            guard source.isWAL else {
                throw NightjarError(
                    .configuration,
                    "\(source.path) uses a rollback journal; `snapshot: transaction` would hold its writers for the "
                        + "whole export",
                    hint: "Set `snapshot: copy`, or switch the source to WAL: PRAGMA journal_mode=WAL")
            }
            try SQLiteSource.retrying(for: options.busyTimeout, cancellation) {
                try source.beginReading()
            }
            let facts = Manifest.SnapshotFacts(method: .transaction, consistent: true, begunAt: begun, takenAt: .now)
            return Snapshot(
                database: source.database, facts: facts, journalMode: source.journalMode, source: source, copyPath: nil)
        }
    }

    /// After everything has been read: whether what was read was one state.
    package func checkUnchanged() throws {
        if copyPath == nil { try source.checkUnchanged() }
    }

    /// Gives the disk space back.
    package func remove() {
        if let copyPath { unlink(copyPath) }
    }
}

extension SQLiteSource {
    var journalMode: String { isWAL ? "wal" : "delete" }

    /// Opens a read transaction: from now on one state is read.
    func beginReading() throws(SQLiteError) {
        do {
            try database.execute("BEGIN")
            _ = try database.integer("SELECT count(*) FROM sqlite_schema")
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }
}
