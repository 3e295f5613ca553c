import Glibc
import Model
import Pipeline
import SQLite

/// The frozen state of a source that one export reads.
package final class Snapshot {
    package let database: Database
    package let facts: Manifest.SnapshotFacts
    package let journalMode: String
    /// The source where its own transaction is what is read; it stays open then.
    private let source: SQLiteSource?

    private init(
        database: Database, facts: Manifest.SnapshotFacts, journalMode: String, source: SQLiteSource? = nil
    ) {
        self.database = database
        self.facts = facts
        self.journalMode = journalMode
        self.source = source
    }

    /// The copy that an earlier process made in `folder`.
    init(in folder: String, _ record: ExportJournal.SnapshotRecord) throws(SQLiteError) {
        database = try Database(path: Self.path(in: folder), access: .immutable)
        facts = record.facts
        journalMode = record.journalMode
        source = nil
    }

    /// Takes the snapshot of `source`; a copy goes to `folder`, which is the run's own.
    package static func take(
        of source: SQLiteSource, in folder: String, options: SnapshotOptions, cancellation: Cancellation,
        progress: (_ copiedPages: Int64, _ allPages: Int64) -> Void
    ) throws -> Snapshot {
        let begun = Timestamp.now
        switch options.method {
        case .copy:
            let path = Self.path(in: folder)
            try SnapshotCopy(source: source, options: options, cancellation: cancellation)
                .write(to: path, progress: progress)
            try source.checkUnchanged()
            let facts = Manifest.SnapshotFacts(method: .copy, consistent: true, begunAt: begun, takenAt: .now)
            return Snapshot(
                database: try Database(path: path, access: .immutable), facts: facts, journalMode: source.journalMode)
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
                database: source.database, facts: facts, journalMode: source.journalMode, source: source)
        }
    }

    /// After everything has been read: whether what was read was one state.
    package func checkUnchanged() throws {
        try source?.checkUnchanged()
    }

    private static func path(in folder: String) -> String { "\(folder)/\(RunFiles.snapshot)" }

    /// Brings the copy in `folder` to the disk.
    /// - Returns: Whether that was possible.
    static func synchronize(in folder: String) -> Bool {
        // First the file, then its name.
        [path(in: folder), folder].allSatisfy { path in
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return false }
            defer { close(file) }
            return fsync(file) == 0
        }
    }
}

extension SQLiteSource {
    var journalMode: String { isWAL ? "wal" : "delete" }

    /// Opens a read transaction: from now on one state is read.
    func beginReading() throws(SQLiteError) {
        do {
            try database.execute("BEGIN")
            _ = try database.integer("SELECT rowid FROM sqlite_schema LIMIT 1")
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }
}
