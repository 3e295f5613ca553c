import Model
import SQLite

extension Catalog {
    /// What is known of channels, configured or not, by name.
    package func channelRecords() throws -> [ChannelRecord] {
        try read { database in
            try database.select(
                "SELECT \(ChannelRecord.columns) FROM channels ORDER BY name", [], ChannelRecord.init(reading:))
        }
    }

    /// Nothing is sent to a channel from now on: its messages wait. One that rests already stays so since the first time.
    /// - Parameters:
    ///   - fingerprint: where it leads now: one that leads elsewhere later is worth another try.
    ///   - reason: in words for people; holds no secret.
    package func rest(channel name: String, fingerprint: String, reason: String, at now: Timestamp) throws {
        try write { database in
            try database.perform(
                """
                INSERT INTO channels (name, fingerprint, resting_since, resting_reason) VALUES (?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE
                SET fingerprint = excluded.fingerprint, resting_reason = excluded.resting_reason,
                    resting_since = coalesce(resting_since, excluded.resting_since)
                """, [.text(name), .text(fingerprint), .time(now), .text(reason)])
        }
    }

    /// A channel is sent to again.
    /// - Returns: whether it rested.
    @discardableResult
    package func wake(channel name: String) throws -> Bool {
        try write { database in
            try database.isChanged(
                by: """
                    UPDATE channels SET fingerprint = NULL, resting_since = NULL, resting_reason = NULL
                    WHERE name = ? AND resting_since IS NOT NULL RETURNING 1
                    """, [.text(name)])
        }
    }

    // MARK: Digests

    /// What waits for a channel's digest, newest first.
    package func held(of channel: String, limit: Int) throws -> [DeliveryRecord] {
        try deliveries(of: channel, state: .held, limit: limit)
    }

    /// How many messages a channel's digest stands for, those that were too many to keep as well.
    package func heldCount(of channel: String) throws -> Int {
        try read { database in
            let counts = try database.select(
                """
                SELECT (SELECT count(*) FROM deliveries WHERE state = 'held' AND channel = ?1)
                    + coalesce((SELECT held_dropped FROM channels WHERE name = ?1), 0)
                """, [.text(channel)]
            ) { columns in try columns.integer() }
            return Int(counts.first ?? 0)
        }
    }

    /// Puts a channel's digest into the outbox in place of what it tells of, all in one transaction.
    /// - Parameters:
    ///   - id: the newest held message that it tells of; later ones wait for the next digest. 0 takes none away.
    ///   - delivery: its id does not matter; nil where there is nothing to tell.
    ///   - now: the next digest begins here.
    package func digest(_ channel: String, upTo id: Int64, as delivery: DeliveryRecord?, at now: Timestamp) throws {
        try write { database in
            if let delivery { try insert(delivery, into: database) }
            try database.perform(
                "DELETE FROM deliveries WHERE state = 'held' AND channel = ? AND id <= ?",
                [.text(channel), .integer(id)])
            try database.perform(
                """
                INSERT INTO channels (name, digested_at) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET digested_at = excluded.digested_at, held_dropped = 0
                """, [.text(channel), .time(now)])
        }
    }
}
