extension Migrations {
    /// Databases, runs, backups, verifications, events and alarms.
    static let version1 = """
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
