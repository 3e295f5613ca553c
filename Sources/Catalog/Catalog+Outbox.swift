import Model
import SQLite

/// What goes into the outbox, and how much of it is kept.
extension Catalog {
    /// Puts a message into the outbox, in the transaction of what it tells of. Where a channel has too many then, its oldest
    /// make way: nobody has to come by for the outbox to stay bounded.
    func insert(_ delivery: DeliveryRecord, into database: Database) throws {
        try database.perform(
            """
            INSERT INTO deliveries (
                channel, subject, url, body, created_at, state, attempts, next_at, last_error, delivered_at
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(delivery.channel), .text(delivery.subject), .text(delivery.url), .text(delivery.body),
                .time(delivery.createdAt), .text(delivery.state.rawValue), .integer(Int64(delivery.attempts)),
                .time(delivery.nextAt), .optional(delivery.lastError), .time(delivery.deliveredAt),
            ])
        guard delivery.state == .pending else {
            try Self.trim(delivery.state, of: delivery.channel, in: database)
            return
        }
        hasMessage = true
        let bounds = OutboxBounds()
        if try Self.giveUpExcess(of: delivery.channel, at: delivery.createdAt, keep: bounds, in: database) > 0 {
            try Self.trim(.dead, of: delivery.channel, in: database)
        }
    }

    /// No message is put off for longer than this, in seconds.
    private static let longestPause: Int64 = 2 * 86_400

    /// Gives up and forgets what is too old or too much, and has what was put off for too long tried again.
    /// - Returns: how many messages were given up or forgotten.
    @discardableResult
    package func boundOutbox(at now: Timestamp, keep bounds: OutboxBounds = OutboxBounds()) throws -> Int {
        try write { database in
            // A clock that was wrong for a while would keep the oldest message, and all behind it, until then.
            try database.perform(
                "UPDATE deliveries SET next_at = ?1 WHERE state = 'pending' AND next_at > ?1 + ?2",
                [.time(now), .integer(Self.longestPause)])
            let channels = try database.select("SELECT DISTINCT channel FROM deliveries") { columns in
                try columns.text()
            }
            var count = 0
            for channel in channels {
                count += try Self.giveUpOld(of: channel, at: now, keep: bounds, in: database)
                count += try Self.giveUpExcess(of: channel, at: now, keep: bounds, in: database)
                for state in [DeliveryState.dead, .delivered, .held] {
                    count += try Self.forgetOld(state, of: channel, at: now, keep: bounds, in: database)
                    count += try Self.trim(state, of: channel, keep: bounds, in: database)
                }
            }
            return count
        }
    }

    // MARK: Giving up

    /// What of a channel's messages in one state is more than is kept, or older; `?1` is the state, `?2` the channel, `?3`
    /// the limit. For the first no more entries of an index are read than there are messages to keep.
    private enum Excess {
        static let number = """
            id <= (
                SELECT id FROM deliveries WHERE state = ?1 AND channel = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)
            """

        static func age(_ state: DeliveryState) -> String {
            switch state {
            case .pending: "coalesce(retried_at, created_at) < ?3"
            case .held: "created_at < ?3"
            case .delivered: "delivered_at < ?3"
            case .dead: "next_at < ?3"
            }
        }
    }

    private static func giveUpOld(
        of channel: String, at now: Timestamp, keep bounds: OutboxBounds, in database: Database
    ) throws -> Int {
        let days = CountText.format(bounds.pendingAge / 86_400, "day")
        return try giveUp(
            of: channel, Excess.age(.pending), now.seconds - bounds.pendingAge, "too old: waited for \(days)", at: now,
            in: database)
    }

    private static func giveUpExcess(
        of channel: String, at now: Timestamp, keep bounds: OutboxBounds, in database: Database
    ) throws -> Int {
        guard channel != CallbackChannel.name else { return 0 }
        return try giveUp(
            of: channel, Excess.number, Int64(max(bounds.pendingCount, 0)), "too many messages waited", at: now,
            in: database)
    }

    /// The pause for which a channel's oldest message waited is the channel's: the next one waits for the rest of it.
    private static func giveUp(
        of channel: String, _ condition: String, _ limit: Int64, _ reason: String, at now: Timestamp,
        in database: Database
    ) throws -> Int {
        let head = "id = (SELECT id FROM deliveries WHERE state = 'pending' AND channel = ?1 ORDER BY id LIMIT 1)"
        let pauses = try database.select("SELECT next_at FROM deliveries WHERE \(head)", [.text(channel)]) { columns in
            try columns.time()
        }
        let count = try database.select(
            """
            UPDATE deliveries
            SET state = 'dead', next_at = ?5, last_error = ?4 || coalesce('; the last attempt: ' || last_error, '')
            WHERE state = ?1 AND channel = ?2 AND \(condition) RETURNING id
            """,
            [
                .text(DeliveryState.pending.rawValue), .text(channel), .integer(limit), .text(reason), .time(now),
            ]
        ) { columns in try columns.integer() }.count
        if count > 0, channel != CallbackChannel.name, let pause = pauses.first {
            try database.perform(
                "UPDATE deliveries SET next_at = max(next_at, ?2) WHERE \(head)", [.text(channel), .time(pause)])
        }
        return count
    }

    // MARK: Forgetting

    private static func forgetOld(
        _ state: DeliveryState, of channel: String, at now: Timestamp, keep bounds: OutboxBounds, in database: Database
    ) throws -> Int {
        try forget(state, of: channel, Excess.age(state), now.seconds - bounds.age(of: state), in: database)
    }

    /// Forgets the oldest of the messages that are through, or held, where they are too many.
    @discardableResult
    static func trim(
        _ state: DeliveryState, of channel: String, keep bounds: OutboxBounds = OutboxBounds(), in database: Database
    ) throws -> Int {
        try forget(state, of: channel, Excess.number, Int64(max(bounds.count(of: state), 0)), in: database)
    }

    /// Held ones count on for their digest.
    private static func forget(
        _ state: DeliveryState, of channel: String, _ condition: String, _ limit: Int64, in database: Database
    ) throws -> Int {
        let count = try database.select(
            "DELETE FROM deliveries WHERE state = ?1 AND channel = ?2 AND \(condition) RETURNING id",
            [.text(state.rawValue), .text(channel), .integer(limit)]
        ) { columns in try columns.integer() }.count
        if state == .held, count > 0 {
            try database.perform(
                """
                INSERT INTO channels (name, held_dropped) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET held_dropped = held_dropped + excluded.held_dropped
                """, [.text(channel), .integer(Int64(count))])
        }
        return count
    }
}
