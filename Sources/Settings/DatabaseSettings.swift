import Model

/// One entry under `databases:`, with what `defaults:` and the built-in defaults say where it says nothing itself.
package struct DatabaseSettings: Sendable, Equatable {
    package var name: String
    /// The SQLite file's absolute path.
    package var sqlitePath: String
    /// The name of one of the configuration's stores.
    package var storeName: String
    package var format: DumpFormat
    package var compression: Compression
    /// Rows of a chunk, 1 to 1,000,000.
    package var chunkRows: Int
    package var breathing: Breathing
    package var snapshot: SnapshotMethod
    /// How long writers of a source in rollback-journal mode may be held up, at most an hour.
    package var snapshotMaxLock: Duration
    /// How long to wait for a lock on the source, at most an hour.
    package var busyTimeout: Duration
    package var verifyAfterBackup: VerificationLevel
    /// Patterns (`*`, `?`, `[a-z]`) of the names of tables that are left out.
    package var exclude: [String]

    package init(
        name: String, sqlitePath: String, storeName: String, format: DumpFormat = .sql,
        compression: Compression = .zstd(level: 3), chunkRows: Int = 1000,
        breathing: Breathing = Breathing(work: .seconds(25), pause: .seconds(5)), snapshot: SnapshotMethod = .copy,
        snapshotMaxLock: Duration = .seconds(10), busyTimeout: Duration = .seconds(10),
        verifyAfterBackup: VerificationLevel = .restore, exclude: [String] = []
    ) {
        self.name = name
        self.sqlitePath = sqlitePath
        self.storeName = storeName
        self.format = format
        self.compression = compression
        self.chunkRows = chunkRows
        self.breathing = breathing
        self.snapshot = snapshot
        self.snapshotMaxLock = snapshotMaxLock
        self.busyTimeout = busyTimeout
        self.verifyAfterBackup = verifyAfterBackup
        self.exclude = exclude
    }
}
