import Model
import SQLite

extension Catalog {
    /// What a new configuration changed.
    package struct Registration: Sendable, Equatable {
        /// Databases that are configured now and were not before, sorted.
        package let added: [String]
        /// Databases that are no longer configured, sorted.
        package let removed: [String]

        package init(added: [String], removed: [String]) {
            self.added = added
            self.removed = removed
        }
    }

    /// Makes `names` the configured databases; all others stay known, as no longer configured.
    @discardableResult
    package func register(_ names: [String], at now: Timestamp) throws -> Registration {
        try write { database in
            let before = Set(
                try database.select("SELECT name FROM databases WHERE is_configured") { columns in
                    try columns.text()
                })
            let configured = Set(names)
            let added = configured.subtracting(before).sorted()
            let removed = before.subtracting(configured).sorted()
            try database.performEach(
                """
                INSERT INTO databases (name, since, is_configured) VALUES (?, ?, 1)
                ON CONFLICT (name) DO UPDATE SET is_configured = 1
                """, added.map { name -> [SQLValue] in [.text(name), .time(now)] })
            try database.performEach(
                "UPDATE databases SET is_configured = 0 WHERE name = ?",
                removed.map { name -> [SQLValue] in [.text(name)] })
            return Registration(added: added, removed: removed)
        }
    }

    /// All that are known, configured or not, by name.
    package func databases() throws -> [DatabaseRecord] {
        try read { database in
            try database.select(
                "SELECT \(DatabaseRecord.columns) FROM databases ORDER BY name", [], DatabaseRecord.init(reading:))
        }
    }

    /// Nil where the catalog has never heard of it.
    package func database(named name: String) throws -> DatabaseRecord? {
        try read { database in
            try database.select(
                "SELECT \(DatabaseRecord.columns) FROM databases WHERE name = ?", [.text(name)],
                DatabaseRecord.init(reading:)
            ).first
        }
    }

    /// Keeps the time of the schedule that was run or skipped last, also where it is earlier than the one before: a clock
    /// may have been put right.
    package func setHandledSlot(_ slot: Timestamp, of name: String) throws {
        try write(isDurable: true) { database in try Self.setHandledSlot(slot, of: name, in: database) }
    }

    static func setHandledSlot(_ slot: Timestamp, of name: String, in database: Database) throws {
        try database.perform(
            """
            INSERT INTO databases (name, since, is_configured, handled_slot) VALUES (?1, ?2, 0, ?2)
            ON CONFLICT (name) DO UPDATE SET handled_slot = excluded.handled_slot
            """, [.text(name), .time(slot)])
    }

    /// When a database was first looked at of which nothing is known but times that are still to come: at `now`, where
    /// there was no look yet, or where it is still to come itself.
    package func firstLook(at name: String, now: Timestamp) throws -> Timestamp {
        let key = Self.firstLookKey(name)
        return try write { database in
            let kept = try database.select("SELECT value FROM meta WHERE key = ?", [key]) { columns in
                try columns.text()
            }
            if let first = kept.first.flatMap({ Int64($0) }), first <= now.seconds { return Timestamp(seconds: first) }
            try database.perform(
                """
                INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value
                """, [key, .text(String(now.seconds))])
            return now
        }
    }

    /// More is known of the database again.
    package func forgetFirstLook(at name: String) throws {
        let key = Self.firstLookKey(name)
        // Each look at what is overdue comes here: it costs a look, and no transaction.
        let isKept = try read { database in
            try !database.select("SELECT 1 FROM meta WHERE key = ?", [key]) { columns in try columns.integer() }.isEmpty
        }
        guard isKept else { return }
        try write { database in try database.perform("DELETE FROM meta WHERE key = ?", [key]) }
    }

    private static func firstLookKey(_ name: String) -> SQLValue { .text("first_look:\(name)") }

    /// Keeps retention from deleting anything of a database until `accept`.
    ///
    /// A database that is frozen already stays so since the first time, with the newest reason; `rebuild` says less than
    /// the other kinds, and does not take their place.
    /// - Parameter event: kept where the freeze is new, in the same transaction.
    /// - Returns: whether the freeze is new.
    @discardableResult
    package func freeze(
        _ name: String, kind: FreezeKind, reason: String, at now: Timestamp, telling event: EventRecord? = nil
    ) throws -> Bool {
        try write(isDurable: true) { database in
            try database.perform(
                "INSERT INTO databases (name, since, is_configured) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
                [.text(name), .time(now)])
            let kinds: [FreezeKind?] = try database.select(
                "SELECT frozen_by FROM databases WHERE name = ?", [.text(name)]
            ) { columns in try columns.optionalChoice() }
            let earlier = kinds.first.flatMap { $0 }
            if let earlier, earlier != .rebuild, kind == .rebuild { return false }
            try database.perform(
                """
                UPDATE databases SET frozen_by = ?, frozen_reason = ?, frozen_since = coalesce(frozen_since, ?)
                WHERE name = ?
                """, [.text(kind.rawValue), .text(reason), .time(now), .text(name)])
            if earlier == nil, let event { try post(event, in: database) }
            return earlier == nil
        }
    }

    /// Ends the freeze and the shrink alarm of a database: a person has looked.
    /// - Parameters:
    ///   - baseline: the newest backup, after which the shrink alarm compares from now on; nil compares all.
    ///   - event: kept in the same transaction, also where there was no freeze.
    /// - Returns: whether the database was frozen.
    /// - Throws: code `missing` for a database that the catalog has never heard of.
    @discardableResult
    package func accept(
        _ name: String, baseline: BackupID?, at now: Timestamp, telling event: EventRecord? = nil
    ) throws -> Bool {
        try write(isDurable: true) { database in
            let states = try database.select(
                "SELECT frozen_by IS NOT NULL FROM databases WHERE name = ?", [.text(name)]
            ) { columns in try columns.boolean() }
            guard let wasFrozen = states.first else {
                throw NightjarError(
                    .missing, "there is no database \(name) in the catalog", hint: "`nightjar status` lists them.")
            }
            try database.perform(
                """
                UPDATE databases
                SET frozen_by = NULL, frozen_reason = NULL, frozen_since = NULL, baseline = ?, accepted_at = ?
                WHERE name = ?
                """, [.id(baseline), .time(now), .text(name)])
            try database.perform(
                "DELETE FROM alarms WHERE database = ? AND alarm = ?",
                [.text(name), .text(AlarmKind.shrink.rawValue)])
            if let event { try post(event, in: database) }
            return wasFrozen
        }
    }
}
