import Model
import SQLite

extension Catalog {
    /// Adds a backup, or takes the place of what was known of it. Its database becomes known, too.
    package func record(_ backup: BackupRecord) throws {
        try write(isDurable: true) { database in try Self.insert([backup], into: database) }
    }

    /// Adds a backup that the catalog does not know; one that it knows stays as it is.
    /// - Returns: whether it was added.
    package func add(_ backup: BackupRecord) throws -> Bool {
        try write(isDurable: true) { database in
            let known = try database.select(
                "SELECT 1 FROM backups WHERE database = ? AND id = ? AND store = ?",
                [.text(backup.database), .id(backup.id), .text(backup.store)]
            ) { try $0.integer() }
            guard known.isEmpty else { return false }
            try Self.insert([backup], into: database)
            return true
        }
    }

    /// Keeps the outcome of a verification; whoever adds the verification itself does so afterwards.
    ///
    /// What was proved once stays so where only the bytes were compared later. Bytes that are right again take back a
    /// difference that only bytes have shown, and no other: what restores wrongly does so until it is proved. `unproved`
    /// takes back what was known.
    /// - Parameter isOnlyDrill: Whether a restore was found to be as it was written, and the user's drill alone is why it is
    ///   `different`.
    /// - Returns: whether the catalog knows the backup.
    @discardableResult
    package func setProof(
        _ proof: BackupProof, of id: BackupID, database name: String, store: String, at now: Timestamp,
        isOnlyDrill: Bool = false
    ) throws -> Bool {
        try write(isDurable: true) { database in
            try Self.setProof(
                proof, of: id, database: name, store: store, at: now, isOnlyDrill: isOnlyDrill, in: database)
        }
    }

    static func setProof(
        _ proof: BackupProof, of id: BackupID, database name: String, store: String, at now: Timestamp,
        isOnlyDrill: Bool, in database: Database
    ) throws -> Bool {
        let change =
            switch proof {
            case .proved: "state = 'proved', proved_at = ?1, verified_at = ?1, drill_failed_at = NULL"
            case .checked:
                """
                state = CASE
                    WHEN state = 'different' AND NOT \(differsInBytesOnly) THEN 'different'
                    WHEN proved_at IS NULL THEN 'checked'
                    ELSE 'proved'
                END, verified_at = ?1
                """
            case .different:
                "state = 'different', verified_at = ?1, drill_failed_at = \(isOnlyDrill ? "?1" : "NULL")"
            case .unproved: "state = 'unproved', proved_at = NULL, verified_at = NULL, drill_failed_at = NULL"
            }
        return try database.isChanged(
            by: "UPDATE backups SET \(change) WHERE database = ?2 AND id = ?3 AND store = ?4 RETURNING 1",
            [.time(now), .text(name), .id(id), .text(store)])
    }

    /// Whether there are differences since the last proof, all found by comparing bytes. One of which no verification
    /// tells is not among them.
    private static let differsInBytesOnly = """
        ifnull((
            SELECT min(found.level = 'checksum') FROM verifications AS found
            WHERE found.database = backups.database AND found.backup = backups.id AND found.store = backups.store
                AND found.outcome = 'different' AND found.at > ifnull(backups.proved_at, found.at - 1)), 0)
        """

    /// Keeps whether a lock of the bucket protects a backup.
    /// - Returns: whether the catalog knows the backup.
    @discardableResult
    package func setLocked(
        _ isLocked: Bool, of id: BackupID, database name: String, store: String
    ) throws -> Bool {
        try write { database in
            try database.isChanged(
                by: "UPDATE backups SET is_locked = ? WHERE database = ? AND id = ? AND store = ? RETURNING 1",
                [.boolean(isLocked), .text(name), .id(id), .text(store)])
        }
    }

    /// Keeps which manifest was written in the place of one that was gone.
    package func setManifestHash(
        _ hash: String, of id: BackupID, database name: String, store: String
    ) throws {
        try write { database in
            try database.perform(
                "UPDATE backups SET manifest_hash = ? WHERE database = ? AND id = ? AND store = ?",
                [.text(hash), .text(name), .id(id), .text(store)])
        }
    }

    /// Keeps whether nothing here could open a backup when it was verified.
    package func setSealed(_ isSealed: Bool, of id: BackupID, database name: String, store: String) throws {
        try write { database in
            try database.perform(
                "UPDATE backups SET is_sealed = ? WHERE database = ? AND id = ? AND store = ?",
                [.boolean(isSealed), .text(name), .id(id), .text(store)])
        }
    }

    /// Forgets a backup that is no longer in the store, and its verifications. Of a copy in another store that has the same
    /// manifest, and so the same bytes, it is kept that they were proved.
    /// - Parameter event: kept in the same transaction where the catalog knew it.
    /// - Returns: whether the catalog knew it.
    @discardableResult
    package func remove(
        _ id: BackupID, database name: String, store: String, telling event: EventRecord? = nil
    ) throws -> Bool {
        try write { database in
            try Self.passProofOn(id, database: name, store: store, in: database)
            try database.perform(
                "DELETE FROM verifications WHERE database = ? AND backup = ? AND store = ?",
                [.text(name), .id(id), .text(store)])
            let wasKnown = try database.isChanged(
                by: "DELETE FROM backups WHERE database = ? AND id = ? AND store = ? RETURNING 1",
                [.text(name), .id(id), .text(store)])
            if wasKnown, let event { try post(event, in: database) }
            return wasKnown
        }
    }

    /// Before a copy of a backup is forgotten: what others keep of its proof, which have the same manifest.
    private static func passProofOn(
        _ id: BackupID, database name: String, store: String, in database: Database
    ) throws {
        try database.perform(
            """
            UPDATE backups SET twin_proved_at = max(ifnull(backups.twin_proved_at, 0), gone.time)
            FROM (
                SELECT manifest_hash, iif(state = 'proved', proved_at, twin_proved_at) AS time
                FROM backups WHERE database = ?1 AND id = ?2 AND store = ?3
            ) AS gone
            WHERE database = ?1 AND id = ?2 AND store <> ?3
                AND backups.manifest_hash = gone.manifest_hash AND gone.time IS NOT NULL
            """, [.text(name), .id(id), .text(store)])
    }

    /// Newest first.
    package func backups(of name: String) throws -> [BackupRecord] {
        try backups("WHERE database = ? ORDER BY id DESC, store", [.text(name)])
    }

    /// The backup in each store that has it.
    package func backups(withID id: BackupID) throws -> [BackupRecord] {
        try backups("WHERE id = ? ORDER BY database, store", [.id(id)])
    }

    /// By database, newest first within each.
    package func allBackups() throws -> [BackupRecord] {
        try backups("ORDER BY database, id DESC, store")
    }

    /// Makes `backups` all that is known of a store, in one step; verifications of backups that are gone go too. Their
    /// databases become known, as not configured where they were not known before.
    /// - Parameters:
    ///   - backups: those of `store`; others are an error of the caller's.
    ///   - known: what the catalog knew of the store when somebody began to read them: what has come, changed or gone since
    ///     then stays as it is now. nil where nothing can have.
    package func replaceBackups(
        of store: String, with backups: [BackupRecord], since known: [BackupRecord]? = nil
    ) throws {
        if let other = backups.first(where: { $0.store != store }) {
            throw NightjarError(.internal, "\(other.id) is in the store \(other.store), not in \(store)")
        }
        try write(isDurable: true) { database in
            let now = Self.byPlace(
                try database.select(
                    "SELECT \(BackupRecord.columns) FROM backups WHERE store = ?", [.text(store)],
                    BackupRecord.init(reading:)))
            var next = Self.byPlace(backups)
            if let known {
                let before = Self.byPlace(known)
                for (place, backup) in now where before[place] != backup { next[place] = backup }
                for place in before.keys where now[place] == nil { next[place] = nil }
            }
            for (place, backup) in now where next[place] == nil {
                try Self.passProofOn(backup.id, database: backup.database, store: store, in: database)
            }
            try database.perform("DELETE FROM backups WHERE store = ?", [.text(store)])
            try Self.insert(Array(next.values), into: database)
            try database.perform(
                """
                DELETE FROM verifications AS verification
                WHERE store = ? AND NOT EXISTS (
                    SELECT 1 FROM backups
                    WHERE database = verification.database AND id = verification.backup AND store = verification.store)
                """, [.text(store)])
        }
    }

    private static func byPlace(_ backups: [BackupRecord]) -> [String: BackupRecord] {
        Dictionary(backups.map { ($0.place, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func backups(_ clause: String, _ values: [SQLValue] = []) throws -> [BackupRecord] {
        try read { database in
            try database.select(
                "SELECT \(BackupRecord.columns) FROM backups \(clause)", values, BackupRecord.init(reading:))
        }
    }

    private static func insert(_ backups: [BackupRecord], into database: Database) throws {
        var firsts: [String: Timestamp] = [:]
        for backup in backups {
            firsts[backup.database] = min(firsts[backup.database] ?? backup.createdAt, backup.createdAt)
        }
        try database.performEach(
            "INSERT INTO databases (name, since, is_configured) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
            firsts.map { first -> [SQLValue] in [.text(first.key), .time(first.value)] })
        try database.performEach(
            "INSERT OR REPLACE INTO backups (\(BackupRecord.columns)) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            backups.lazy.map { backup -> [SQLValue] in
                [
                    .id(backup.id), .text(backup.database), .text(backup.store), .time(backup.createdAt),
                    .integer(backup.rows), .integer(backup.dumpBytes), .integer(backup.storedBytes),
                    .text(backup.proof.rawValue), .time(backup.provedAt), .time(backup.verifiedAt),
                    .time(backup.drillFailedAt), .boolean(backup.isLocked), .optional(backup.shortfall),
                    .optional(backup.manifestHash), .boolean(backup.isSealed),
                    .time(backup.twinProvedAt),
                ]
            })
    }
}

extension BackupRecord {
    /// What tells it from the other backups of its store.
    fileprivate var place: String { "\(database)/\(id)" }
}
