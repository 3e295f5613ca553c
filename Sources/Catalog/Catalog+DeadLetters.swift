import Model
import SQLite

/// What a person does about messages that were given up.
extension Catalog {
    /// A message that was given up is to be delivered, as if it had never been tried. It keeps its id, and so its place in
    /// the order of its channel.
    /// - Returns: whether there is such a message, given up.
    @discardableResult
    package func retryDelivery(_ id: Int64, at now: Timestamp) throws -> Bool {
        try retry("id = ?", .integer(id), at: now) > 0
    }

    /// The same with all of one channel.
    /// - Returns: how many.
    @discardableResult
    package func retryDeliveries(of channel: String, at now: Timestamp) throws -> Int {
        try retry("channel = ?", .text(channel), at: now)
    }

    private func retry(_ condition: String, _ value: SQLValue, at now: Timestamp) throws -> Int {
        try write { database in
            try database.select(
                """
                UPDATE deliveries SET state = 'pending', attempts = 0, next_at = ?1, retried_at = ?1, last_error = NULL
                WHERE state = 'dead' AND \(condition) RETURNING id
                """, [.time(now), value]
            ) { columns in try columns.integer() }.count
        }
    }

    /// Forgets a message that was given up.
    /// - Returns: whether there is such a message, given up.
    @discardableResult
    package func dropDelivery(_ id: Int64) throws -> Bool {
        try write { database in
            try database.isChanged(
                by: "DELETE FROM deliveries WHERE id = ? AND state = 'dead' RETURNING 1", [.integer(id)])
        }
    }
}
