import Model

/// One entry under `databases:`, with what `defaults:` and the built-in defaults say where it says nothing itself.
package struct DatabaseSettings: Sendable, Equatable {
    package var name: String
    /// The SQLite file's absolute path.
    package var sqlitePath: String
    /// The name of one of the configuration's stores.
    package var storeName: String
    /// When it is backed up; nil for only when somebody asks.
    package var schedule: Schedule?
    /// The zone that the schedule and the days of the retention are in.
    package var zone: TimeZoneRules
    /// The longest delay after a scheduled time, at most 12 hours.
    package var jitter: Duration
    /// Whether a scheduled time that was missed is made up for.
    package var catchUp: Bool
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
    package var verify: VerifySettings
    /// Patterns (`*`, `?`, `[a-z]`) of the names of tables that are left out.
    package var exclude: [String]
    /// What is kept; nil for everything. Never an empty policy.
    package var retention: RetentionPolicy?
    package var alarm: AlarmSettings
    /// The pattern that found the file, a path with wildcards; nil for a database with an entry of its own.
    package var pattern: String?

    package init(
        name: String, sqlitePath: String, storeName: String, schedule: Schedule? = nil, zone: TimeZoneRules = .utc,
        jitter: Duration = .zero, catchUp: Bool = true, format: DumpFormat = .sql,
        compression: Compression = .zstd(level: 3), chunkRows: Int = 1000,
        breathing: Breathing = Breathing(work: .seconds(25), pause: .seconds(5)), snapshot: SnapshotMethod = .copy,
        snapshotMaxLock: Duration = .seconds(10), busyTimeout: Duration = .seconds(10),
        verify: VerifySettings = VerifySettings(), exclude: [String] = [],
        retention: RetentionPolicy? = nil, alarm: AlarmSettings = AlarmSettings(), pattern: String? = nil
    ) {
        self.name = name
        self.sqlitePath = sqlitePath
        self.storeName = storeName
        self.schedule = schedule
        self.zone = zone
        self.jitter = jitter
        self.catchUp = catchUp
        self.format = format
        self.compression = compression
        self.chunkRows = chunkRows
        self.breathing = breathing
        self.snapshot = snapshot
        self.snapshotMaxLock = snapshotMaxLock
        self.busyTimeout = busyTimeout
        self.verify = verify
        self.exclude = exclude
        self.retention = retention
        self.alarm = alarm
        self.pattern = pattern
    }

    /// The file's path on one line, whatever it is called.
    package var shownPath: String { Wording.path(sqlitePath) }

    /// As the configuration or the machine says it: `Europe/Berlin`; `UTC` for all names of UTC that need no file.
    package var zoneName: String { zone.name }
}
