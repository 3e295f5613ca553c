import Model

/// What is known of a channel: one that was delivered to, rests, or gathers messages for a digest.
package struct ChannelRecord: Sendable, Equatable {
    /// As the configuration calls it.
    package let name: String
    /// Where it led when it was put to rest; nil while it does not rest.
    package let fingerprint: String?
    /// Since when nothing is sent; nil while it does not rest.
    package let restingSince: Timestamp?
    /// Why it rests, in words for people.
    package let restingReason: String?
    /// Up to when a digest has told; nil before the first one.
    package let digestedAt: Timestamp?
    /// When a message last arrived.
    package let deliveredAt: Timestamp?

    package init(
        name: String, fingerprint: String? = nil, restingSince: Timestamp? = nil, restingReason: String? = nil,
        digestedAt: Timestamp? = nil, deliveredAt: Timestamp? = nil
    ) {
        self.name = name
        self.fingerprint = fingerprint
        self.restingSince = restingSince
        self.restingReason = restingReason
        self.digestedAt = digestedAt
        self.deliveredAt = deliveredAt
    }

    static let columns = "name, fingerprint, resting_since, resting_reason, digested_at, delivered_at"

    init(reading columns: inout Columns) throws {
        name = try columns.text()
        fingerprint = try columns.optionalText()
        restingSince = try columns.optionalTime()
        restingReason = try columns.optionalText()
        digestedAt = try columns.optionalTime()
        deliveredAt = try columns.optionalTime()
    }
}
