import Model

/// One entry under `databases:`, with what `defaults:` and the built-in defaults say where it says nothing itself.
package struct DatabaseSettings: Sendable, Equatable {
    package var name: String
    package var source: DatabaseSource
    /// Where its backups go, each to all of them: names of the configuration's stores, at least one, each once.
    package var storeNames: [String]
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
    /// `mirror` for a database behind an HTTP API, and never for a file.
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
    /// nil where backups are not encrypted.
    package var encryption: EncryptionSettings?
    /// The pattern that found the file, a path with wildcards; nil for a database with an entry of its own.
    package var pattern: String?

    package init(
        name: String, source: DatabaseSource, storeNames: [String], schedule: Schedule? = nil,
        zone: TimeZoneRules = .utc,
        jitter: Duration = .zero, catchUp: Bool = true, format: DumpFormat = .sql,
        compression: Compression = .zstd(level: 3), chunkRows: Int = 1000,
        breathing: Breathing = Breathing(work: .seconds(25), pause: .seconds(5)), snapshot: SnapshotMethod = .copy,
        snapshotMaxLock: Duration = .seconds(10), busyTimeout: Duration = .seconds(10),
        verify: VerifySettings = VerifySettings(), exclude: [String] = [],
        retention: RetentionPolicy? = nil, alarm: AlarmSettings = AlarmSettings(),
        encryption: EncryptionSettings? = nil, pattern: String? = nil
    ) {
        self.name = name
        self.source = source
        self.storeNames = storeNames
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
        self.encryption = encryption
        self.pattern = pattern
    }

    /// The first of its stores, in which all is that is not in all of them: dumps that somebody asks for.
    package var storeName: String { storeNames[0] }

    /// Its stores' names on one line, as people read them.
    package var shownStores: String { storeNames.joined(separator: ", ") }

    /// `the store r2`, `the stores r2 and disk`
    package var storesInWords: String {
        guard let last = storeNames.last, storeNames.count > 1 else { return "the store \(storeName)" }
        return "the stores \(storeNames.dropLast().joined(separator: ", ")) and \(last)"
    }

    /// Where it is, on one line: a path, whatever the file is called, or `StarbaseDB at app.example.workers.dev`.
    package var shownSource: String { source.shown }

    /// The SQLite file's absolute path; nil for a database behind an HTTP API.
    package var sqlitePath: String? {
        guard case .sqlite(let path) = source else { return nil }
        return path
    }

    /// How the database is reached; nil for a file.
    package var remote: RemoteSettings? {
        guard case .remote(let settings) = source else { return nil }
        return settings
    }

    /// As the configuration or the machine says it: `Europe/Berlin`; `UTC` for all names of UTC that need no file.
    package var zoneName: String { zone.name }
}
