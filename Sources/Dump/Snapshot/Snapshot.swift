import Glibc
import Model
import Pipeline
import SQLite

/// The frozen state of a source that one export reads.
package final class Snapshot {
    package let database: Database
    package let facts: Manifest.SnapshotFacts
    package let origin: Origin
    /// The source where its own transaction is what is read; it stays open then.
    private let source: SQLiteSource?

    /// What a snapshot cannot tell of its source.
    package struct Origin: Sendable, Codable {
        /// `sqlite`, `starbasedb`, `d1` or `libsql`.
        package var kind: String
        /// The source's own; its copy has another.
        package var journalMode: String
        /// The SQLite that read the source; empty where a service does not tell it.
        package var sqliteVersion: String
        /// What a person should know of the reading; one sentence each.
        package var notes: [String]
        /// Tables that are not in the snapshot because a pattern leaves them out.
        package var excluded: [Manifest.Excluded]

        package init(
            kind: String, journalMode: String, sqliteVersion: String, notes: [String] = [],
            excluded: [Manifest.Excluded] = []
        ) {
            self.kind = kind
            self.journalMode = journalMode
            self.sqliteVersion = sqliteVersion
            self.notes = notes
            self.excluded = excluded
        }
    }

    private init(
        database: Database, facts: Manifest.SnapshotFacts, origin: Origin, source: SQLiteSource? = nil
    ) {
        self.database = database
        self.facts = facts
        self.origin = origin
        self.source = source
    }

    /// The rows of a remote source, whole in a SQLite file of `folder`'s that has the snapshot's name.
    package convenience init(
        mirrorIn folder: String, facts: Manifest.SnapshotFacts, origin: Origin
    ) throws(SQLiteError) {
        let database = try Database(path: Self.path(in: folder), access: .immutable)
        self.init(database: database, facts: facts, origin: origin)
    }

    /// The copy that an earlier process made in `folder`.
    /// - Returns: nil where the record tells too little of it.
    convenience init?(in folder: String, _ record: ExportJournal.SnapshotRecord) throws(SQLiteError) {
        guard let origin = record.origin else { return nil }
        let database = try Database(path: Self.path(in: folder), access: .immutable)
        self.init(database: database, facts: record.facts, origin: origin)
    }

    /// Takes the snapshot of `source`; a copy goes to `folder`, which is the run's own.
    static func take(
        of source: SQLiteSource, in folder: String, options: SnapshotOptions, cancellation: Cancellation,
        progress: (_ copiedPages: Int64, _ allPages: Int64) -> Void
    ) throws -> Snapshot {
        let begun = Timestamp.now
        // What is read without locks may be torn: it is copied, and looked at when it is known to be whole.
        let sparesCopy =
            options.sparesCopy && options.method == .copy && source.isWAL && source.way == .ordinary
        switch sparesCopy ? .transaction : options.method {
        case .copy:
            let path = Self.path(in: folder)
            try SnapshotCopy(source: source, options: options, cancellation: cancellation)
                .write(to: path, progress: progress)
            try source.checkUnchanged()
            let facts = Manifest.SnapshotFacts(method: .copy, consistent: true, begunAt: begun, takenAt: .now)
            return Snapshot(database: try Database(path: path, access: .immutable), facts: facts, origin: source.origin)
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
            return Snapshot(database: source.database, facts: facts, origin: source.origin, source: source)
        case .mirror:
            throw NightjarError(
                .configuration, "\(source.path) is a file of this machine, which is not read as remote sources are",
                hint: "Set `snapshot: copy`.")
        }
    }

    /// After everything has been read: whether what was read was one state.
    package func checkUnchanged() throws {
        try source?.checkUnchanged()
    }

    private static func path(in folder: String) -> String { "\(folder)/\(RunFiles.snapshot)" }

    /// Nobody reads the copy in `folder` any more, unless the export has to be gone on with.
    static func dropFromMemory(in folder: String) {
        let file = open(path(in: folder), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        PageCache.drop(file)
        close(file)
    }

    /// Bytes of the copy in `folder`; nil where there is none.
    static func size(in folder: String) -> Int64? {
        var facts = stat()
        return stat(path(in: folder), &facts) == 0 ? Int64(facts.st_size) : nil
    }

    /// Brings the copy in `folder` to the disk.
    /// - Returns: Whether it can be found there.
    /// - Throws: code `io` where the disk does not take its bytes.
    static func synchronize(in folder: String) throws(NightjarError) -> Bool {
        let path = path(in: folder)
        // First the file, then its name.
        for name in [path, folder] {
            let file = open(name, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return false }
            defer { close(file) }
            if fsync(file) == 0 { continue }
            guard name == path else { return false }
            throw RunFolderFailure.explain("write", path)
        }
        return true
    }
}

extension SQLiteSource {
    var origin: Snapshot.Origin {
        Snapshot.Origin(
            kind: "sqlite", journalMode: isWAL ? "wal" : "delete", sqliteVersion: SQLiteLibrary.version)
    }

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
