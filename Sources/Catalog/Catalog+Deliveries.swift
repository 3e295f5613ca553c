import Model
import SQLite

/// What is delivered, a lane at a time: each channel is one, in which only the oldest message is tried; callbacks are
/// another, in which each goes by itself.
extension Catalog {
    /// What of a lane is to be delivered by now: all callbacks, those that have waited longest first; of a channel only its
    /// oldest message, and not while that waits for another attempt, or the channel rests.
    package func dueDeliveries(at now: Timestamp, of channel: String, limit: Int) throws -> [DeliveryRecord] {
        let count = SQLValue.integer(Int64(max(limit, 0)))
        guard channel != CallbackChannel.name else {
            return try deliveries(
                """
                INDEXED BY deliveries_callbacks WHERE state = 'pending' AND channel = 'callback' AND next_at <= ?
                ORDER BY next_at, id LIMIT ?
                """, [.time(now), count])
        }
        return try deliveries(
            """
            WHERE id = (SELECT id FROM deliveries WHERE state = 'pending' AND channel = ?1 ORDER BY id LIMIT 1)
                AND next_at <= ?2
                AND NOT EXISTS (SELECT 1 FROM channels WHERE name = ?1 AND resting_since IS NOT NULL)
            LIMIT ?3
            """, [.text(channel), .time(now), count])
    }

    /// The lanes in which something is to be delivered by now, by name.
    package func lanesDue(at now: Timestamp) throws -> [String] {
        try heads().filter { $0.nextAt <= now }.map { $0.lane }
    }

    /// When a message is to be delivered next, but for those of some lanes and of channels that rest; nil where none
    /// waits.
    package func nextDelivery(excluding lanes: Set<String> = []) throws -> Timestamp? {
        try heads().filter { !lanes.contains($0.lane) }.map { $0.nextAt }.min()
    }

    /// Goes from one lane to the next in the index, however many messages wait in each.
    private func heads() throws -> [(lane: String, nextAt: Timestamp)] {
        try read { database in
            try database.select(
                """
                WITH RECURSIVE lanes (name) AS (
                    SELECT min(channel) FROM deliveries WHERE state = 'pending'
                    UNION ALL
                    SELECT (SELECT min(channel) FROM deliveries WHERE state = 'pending' AND channel > lanes.name)
                    FROM lanes WHERE lanes.name IS NOT NULL)
                SELECT lanes.name, CASE lanes.name
                    WHEN 'callback' THEN (
                        SELECT min(next_at) FROM deliveries INDEXED BY deliveries_callbacks
                        WHERE state = 'pending' AND channel = 'callback')
                    ELSE (
                        SELECT next_at FROM deliveries WHERE state = 'pending' AND channel = lanes.name
                        ORDER BY id LIMIT 1)
                    END
                FROM lanes
                WHERE lanes.name IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM channels WHERE channels.name = lanes.name AND resting_since IS NOT NULL)
                ORDER BY lanes.name
                """
            ) { columns in (lane: try columns.text(), nextAt: try columns.time()) }
        }
    }

    /// A message has arrived; one that was given up meanwhile has so all the same.
    /// - Returns: whether it was pending or given up.
    @discardableResult
    package func delivered(_ id: Int64, at now: Timestamp) throws -> Bool {
        try write { database in
            let channels = try database.select(
                """
                UPDATE deliveries
                SET state = 'delivered', attempts = attempts + 1, delivered_at = ?, last_error = NULL
                WHERE id = ? AND state IN ('pending', 'dead') RETURNING channel
                """, [.time(now), .integer(id)]
            ) { columns in try columns.text() }
            guard let channel = channels.first else { return false }
            if channel != CallbackChannel.name {
                try database.perform(
                    """
                    INSERT INTO channels (name, delivered_at) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET delivered_at = excluded.delivered_at
                    """, [.text(channel), .time(now)])
            }
            try Self.trim(.delivered, of: channel, in: database)
            return true
        }
    }

    /// An attempt to deliver a message failed. One that is no longer pending stays as it is; where it was given up
    /// meanwhile because too many wait, the next one of its channel waits in its place.
    /// - Parameters:
    ///   - error: why, in words for people; holds no secret.
    ///   - next: when it is tried again; nil gives it up.
    /// - Returns: whether it was pending.
    @discardableResult
    package func deliveryFailed(_ id: Int64, error: String, next: Timestamp?) throws -> Bool {
        let state: DeliveryState = next == nil ? .dead : .pending
        return try write { database in
            let channels = try database.select(
                """
                UPDATE deliveries
                SET state = ?, attempts = attempts + 1, next_at = coalesce(?, next_at), last_error = ?
                WHERE id = ? AND state = 'pending' RETURNING channel
                """, [.text(state.rawValue), .time(next), .text(error), .integer(id)]
            ) { columns in try columns.text() }
            guard let channel = channels.first else {
                if let next { try Self.putOffHead(behind: id, until: next, in: database) }
                return false
            }
            if state == .dead { try Self.trim(.dead, of: channel, in: database) }
            return true
        }
    }

    private static func putOffHead(behind id: Int64, until next: Timestamp, in database: Database) throws {
        try database.perform(
            """
            UPDATE deliveries SET next_at = max(next_at, ?2)
            WHERE id = (
                SELECT id FROM deliveries
                WHERE state = 'pending' AND channel <> 'callback'
                    AND channel = (SELECT channel FROM deliveries WHERE id = ?1 AND state = 'dead')
                ORDER BY id LIMIT 1)
            """, [.integer(id), .time(next)])
    }

    /// Nil where there is no such message, or it is forgotten.
    package func delivery(_ id: Int64) throws -> DeliveryRecord? {
        try deliveries("WHERE id = ?", [.integer(id)]).first
    }

    /// The newest messages, newest first, or the oldest, oldest first.
    /// - Parameters:
    ///   - channel: nil for those of all channels, and callbacks.
    ///   - state: nil for those in whatever state.
    package func deliveries(
        of channel: String? = nil, state: DeliveryState? = nil, limit: Int, isOldestFirst: Bool = false
    ) throws -> [DeliveryRecord] {
        var filters: [String] = []
        var values: [SQLValue] = []
        if let state {
            filters.append("state = ?")
            values.append(.text(state.rawValue))
        }
        if let channel {
            filters.append("channel = ?")
            values.append(.text(channel))
        }
        let condition = filters.isEmpty ? "" : "WHERE " + filters.joined(separator: " AND ")
        values.append(.integer(Int64(max(limit, 0))))
        let order = isOldestFirst ? "id" : "id DESC"
        // Ids are sorted, and no bodies.
        return try deliveries(
            "WHERE id IN (SELECT id FROM deliveries \(condition) ORDER BY \(order) LIMIT ?) ORDER BY \(order)", values)
    }

    /// How many messages are in each state, by channel; what there is none of is left out.
    package func deliveryCounts() throws -> [DeliveryCount] {
        try read { database in
            try database.select(
                "SELECT \(DeliveryCount.columns) FROM deliveries GROUP BY state, channel ORDER BY channel, state", [],
                DeliveryCount.init(reading:))
        }
    }

    private func deliveries(_ clause: String, _ values: [SQLValue]) throws -> [DeliveryRecord] {
        try read { database in
            try database.select(
                "SELECT \(DeliveryRecord.columns) FROM deliveries \(clause)", values, DeliveryRecord.init(reading:))
        }
    }
}
