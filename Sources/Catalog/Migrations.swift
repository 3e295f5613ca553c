import Model
import SQLite

/// The catalog's schema, and the way there from every earlier one.
enum Migrations {
    /// `NJCT`: <https://www.sqlite.org/fileformat.html#application_id>
    static let applicationID: Int64 = 0x4E4A_4354

    /// The step at index `n` leads from version `n` to `n + 1`. A step that has been released never changes, and a new
    /// raw value of an enumeration needs a step too, which may be empty: it keeps an earlier nightjar, which would not
    /// know that value, from the catalog.
    static let steps = [version1]

    /// The version that this nightjar writes, in `PRAGMA user_version`.
    static var version: Int64 { Int64(steps.count) }

    /// Brings the schema up to date, each step in a transaction of its own.
    static func run(on database: Database, at now: Timestamp, steps: [String] = Migrations.steps) throws {
        while try reached(by: database) < steps.count {
            try database.transaction {
                // Another process may have been quicker.
                let version = try reached(by: database)
                guard version < steps.count else { return }
                try database.execute(steps[version])
                if version == 0 {
                    try database.execute("PRAGMA application_id=\(applicationID)")
                    try database.perform(
                        "INSERT INTO meta (key, value) VALUES (?, ?)",
                        [.text(MetaKey.createdAt.rawValue), .text(String(now.seconds))])
                }
                try database.execute("PRAGMA user_version=\(version + 1)")
            }
        }
    }

    private static func reached(by database: Database) throws -> Int {
        Int(try database.integer("PRAGMA user_version") ?? 0)
    }

    /// Times are seconds since 1970, ids of backups text, enumerations their raw values.
    private static let version1 = """
        CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE databases (
            name TEXT PRIMARY KEY,
            since INTEGER NOT NULL,
            is_configured INTEGER NOT NULL,
            handled_slot INTEGER,
            frozen_by TEXT,
            frozen_reason TEXT,
            frozen_since INTEGER,
            baseline TEXT,
            accepted_at INTEGER,
            CHECK ((frozen_by IS NULL) = (frozen_reason IS NULL) AND (frozen_by IS NULL) = (frozen_since IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            database TEXT NOT NULL,
            trigger TEXT NOT NULL,
            slot INTEGER,
            missed INTEGER NOT NULL,
            pid INTEGER NOT NULL,
            state TEXT NOT NULL,
            phase TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            finished_at INTEGER,
            rows INTEGER NOT NULL,
            dump_bytes INTEGER NOT NULL,
            stored_bytes INTEGER NOT NULL,
            fraction REAL,
            seconds_left INTEGER,
            backup TEXT,
            verification TEXT,
            error_code TEXT,
            error_message TEXT,
            error_hint TEXT
        ) STRICT;
        CREATE UNIQUE INDEX runs_active ON runs (database) WHERE state IN ('queued', 'running');
        CREATE INDEX runs_of_database ON runs (database, id);

        CREATE TABLE backups (
            database TEXT NOT NULL,
            id TEXT NOT NULL,
            store TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            rows INTEGER NOT NULL,
            dump_bytes INTEGER NOT NULL,
            stored_bytes INTEGER NOT NULL,
            state TEXT NOT NULL,
            proved_at INTEGER,
            verified_at INTEGER,
            is_locked INTEGER NOT NULL,
            PRIMARY KEY (database, id DESC, store)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX backups_by_id ON backups (id);
        CREATE INDEX backups_by_store ON backups (store);

        CREATE TABLE verifications (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            database TEXT NOT NULL,
            backup TEXT NOT NULL,
            store TEXT NOT NULL,
            at INTEGER NOT NULL,
            level TEXT NOT NULL,
            outcome TEXT NOT NULL,
            seconds REAL NOT NULL,
            differences INTEGER NOT NULL,
            report_key TEXT
        ) STRICT;
        CREATE UNIQUE INDEX verifications_of_backup ON verifications (database, backup, store, at);
        CREATE INDEX verifications_by_time ON verifications (database, at);

        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            database TEXT,
            text TEXT NOT NULL
        ) STRICT;

        CREATE TABLE alarms (
            database TEXT NOT NULL,
            alarm TEXT NOT NULL,
            since INTEGER NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (database, alarm)
        ) STRICT, WITHOUT ROWID;
        """
}
