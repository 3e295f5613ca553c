import Model
import SQLite

extension Catalog {
    /// Messages that are to be delivered by now, those that have waited longest first.
    package func dueDeliveries(at now: Timestamp, limit: Int) throws -> [DeliveryRecord] {
        try deliveries(
            "WHERE state = 'pending' AND next_at <= ? ORDER BY next_at, id LIMIT ?",
            [.time(now), .integer(Int64(max(limit, 0)))])
    }

    /// When the next message is to be delivered; nil where none waits.
    package func nextDelivery() throws -> Timestamp? {
        try read { database in
            let times: [Timestamp?] = try database.select(
                "SELECT min(next_at) FROM deliveries WHERE state = 'pending'"
            ) { columns in try columns.optionalTime() }
            return times.first.flatMap { $0 }
        }
    }

    /// A message has arrived. One that is no longer pending stays as it is.
    /// - Returns: whether it was pending.
    @discardableResult
    package func delivered(_ id: Int64, at now: Timestamp) throws -> Bool {
        try write { database in
            try database.isChanged(
                by: """
                    UPDATE deliveries
                    SET state = 'delivered', attempts = attempts + 1, delivered_at = ?, last_error = NULL
                    WHERE id = ? AND state = 'pending' RETURNING 1
                    """, [.time(now), .integer(id)])
        }
    }

    /// An attempt to deliver a message failed. One that is no longer pending stays as it is.
    /// - Parameters:
    ///   - error: why, in words for people; holds no secret.
    ///   - next: when it is tried again; nil gives it up.
    /// - Returns: whether it was pending.
    @discardableResult
    package func deliveryFailed(_ id: Int64, error: String, next: Timestamp?) throws -> Bool {
        let state: DeliveryState = next == nil ? .dead : .pending
        return try write { database in
            try database.isChanged(
                by: """
                    UPDATE deliveries
                    SET state = ?, attempts = attempts + 1, next_at = coalesce(?, next_at), last_error = ?
                    WHERE id = ? AND state = 'pending' RETURNING 1
                    """, [.text(state.rawValue), .time(next), .text(error), .integer(id)])
        }
    }

    /// The newest messages, newest first, in whatever state.
    package func deliveries(limit: Int) throws -> [DeliveryRecord] {
        try deliveries("ORDER BY id DESC LIMIT ?", [.integer(Int64(max(limit, 0)))])
    }

    /// How many messages are in a state, but for those that are forgotten.
    package func deliveryCount(_ state: DeliveryState) throws -> Int {
        try read { database in
            let counts = try database.select(
                "SELECT count(*) FROM deliveries WHERE state = ?", [.text(state.rawValue)]
            ) { columns in try columns.integer() }
            return Int(counts.first ?? 0)
        }
    }

    /// Forgets messages of before `time`, delivered or given up; pending ones stay.
    /// - Returns: how many.
    @discardableResult
    package func forgetDeliveries(before time: Timestamp) throws -> Int {
        try write { database in
            try database.select(
                "DELETE FROM deliveries WHERE created_at < ? AND state <> 'pending' RETURNING id", [.time(time)]
            ) { columns in try columns.integer() }.count
        }
    }

    /// Puts a message into the outbox, in the transaction of what it tells of.
    static func insert(_ delivery: DeliveryRecord, into database: Database) throws {
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
    }

    private func deliveries(_ clause: String, _ values: [SQLValue]) throws -> [DeliveryRecord] {
        try read { database in
            try database.select(
                "SELECT \(DeliveryRecord.columns) FROM deliveries \(clause)", values, DeliveryRecord.init(reading:))
        }
    }
}
