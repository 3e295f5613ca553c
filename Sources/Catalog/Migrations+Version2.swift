extension Migrations {
    /// Exports that somebody asked for, the outbox, what each run did and said, and how many runs there were; runs whose
    /// trigger is `export`.
    ///
    /// The foreign keys hold for connections that write: `PRAGMA foreign_keys`.
    static let version2 = """
        CREATE TABLE exports (
            id TEXT PRIMARY KEY,
            database TEXT NOT NULL,
            store TEXT NOT NULL,
            run INTEGER REFERENCES runs (id) ON DELETE SET NULL,
            format TEXT NOT NULL,
            includes_schema INTEGER NOT NULL,
            chunk_rows INTEGER NOT NULL,
            verify TEXT NOT NULL,
            requester TEXT NOT NULL,
            callback_url TEXT,
            state TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            finished_at INTEGER,
            expires_at INTEGER,
            total_rows INTEGER,
            rows INTEGER NOT NULL,
            dump_bytes INTEGER NOT NULL,
            stored_bytes INTEGER NOT NULL,
            error_code TEXT,
            error_message TEXT,
            error_hint TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX exports_of_database ON exports (database, id);
        CREATE INDEX exports_of_run ON exports (run);
        CREATE INDEX exports_active ON exports (id) WHERE state IN ('queued', 'running');
        CREATE INDEX exports_expiring ON exports (expires_at) WHERE state = 'completed';

        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            channel TEXT NOT NULL,
            subject TEXT NOT NULL,
            url TEXT NOT NULL,
            body TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            next_at INTEGER NOT NULL,
            last_error TEXT,
            delivered_at INTEGER
        ) STRICT;
        CREATE INDEX deliveries_pending ON deliveries (next_at) WHERE state = 'pending';

        CREATE TABLE run_phases (
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            phase TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (run, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE run_log (
            run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            at INTEGER NOT NULL,
            level TEXT NOT NULL,
            text TEXT NOT NULL,
            hint TEXT,
            PRIMARY KEY (run, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE run_counts (
            database TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (database, state, reason)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO run_counts (database, state, reason, count)
        SELECT database, state, coalesce(error_code, ''), count(*) FROM runs WHERE finished_at IS NOT NULL GROUP BY 1, 2, 3;
        """
}
