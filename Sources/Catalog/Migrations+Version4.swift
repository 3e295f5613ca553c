extension Migrations {
    /// Messages to people: what an event is about, the channels, and stores that are away; the state `held`, and new kinds
    /// of events; when the user's drill alone was why a backup is different.
    ///
    /// An event keeps the ids of what it is about when that is forgotten, and so has no foreign keys. The index by state
    /// holds the id, too, which is the order of a channel's messages.
    static let version4 = """
        ALTER TABLE backups ADD COLUMN drill_failed_at INTEGER;

        ALTER TABLE events ADD COLUMN hint TEXT;
        ALTER TABLE events ADD COLUMN run INTEGER;
        ALTER TABLE events ADD COLUMN backup TEXT;
        ALTER TABLE events ADD COLUMN verification INTEGER;

        ALTER TABLE deliveries ADD COLUMN retried_at INTEGER;
        DROP INDEX deliveries_pending;
        CREATE INDEX deliveries_by_state ON deliveries (state, channel);
        CREATE INDEX deliveries_callbacks ON deliveries (next_at) WHERE state = 'pending' AND channel = 'callback';

        CREATE TABLE channels (
            name TEXT PRIMARY KEY,
            fingerprint TEXT,
            resting_since INTEGER,
            resting_reason TEXT,
            digested_at INTEGER,
            delivered_at INTEGER,
            held_dropped INTEGER NOT NULL DEFAULT 0,
            CHECK ((resting_since IS NULL) = (fingerprint IS NULL) AND (resting_since IS NULL) = (resting_reason IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE store_troubles (
            store TEXT PRIMARY KEY,
            since INTEGER NOT NULL,
            text TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
