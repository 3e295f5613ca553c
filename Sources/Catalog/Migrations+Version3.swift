extension Migrations {
    /// Counts of runs that tell backups from exports, what proofs may read, and the alarm and event for proofs that are
    /// too old.
    ///
    /// What was counted before is told apart by the runs that are still known: those of exports that are forgotten stay
    /// among the backups.
    static let version3 = """
        ALTER TABLE run_counts RENAME TO run_counts_of_all;
        CREATE TABLE run_counts (
            database TEXT NOT NULL,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (database, kind, state, reason)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO run_counts (database, kind, state, reason, count)
        SELECT database, 'export', state, coalesce(error_code, ''), count(*)
        FROM runs WHERE finished_at IS NOT NULL AND trigger = 'export' GROUP BY 1, 3, 4;
        INSERT INTO run_counts (database, kind, state, reason, count)
        SELECT every.database, 'backup', every.state, every.reason, every.count - coalesce(export.count, 0)
        FROM run_counts_of_all AS every LEFT JOIN run_counts AS export USING (database, state, reason)
        WHERE every.count > coalesce(export.count, 0);
        DROP TABLE run_counts_of_all;

        CREATE TABLE proof_allowances (
            database TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
