import Model

/// Where a message to somebody outside stands.
package enum DeliveryState: String, Sendable, CaseIterable {
    /// Is to be delivered, perhaps not for the first time.
    case pending
    /// Waits to be told in a digest, not to be delivered by itself.
    case held
    case delivered
    /// Given up.
    case dead
}

/// A message in the outbox: in the catalog before anybody tries to deliver it, so that no killed process loses it.
package struct DeliveryRecord: Sendable, Equatable, Identifiable {
    /// 0 until the catalog has given one; ids ascend, and are never given twice.
    package let id: Int64
    /// By which way it goes: a channel's name, or `CallbackChannel.name`.
    package let channel: String
    /// What it is about: a kind of event, or an export's id.
    package let subject: String
    /// Where a callback goes; empty where the channel knows. It may hold what its receiver takes for a secret: for no log
    /// and no page.
    package let url: String
    package let body: String
    package let createdAt: Timestamp
    package let state: DeliveryState
    /// How often it was tried.
    package let attempts: Int
    /// When it is tried next; of one that is dead, about when it was given up; else of no meaning.
    package let nextAt: Timestamp
    /// Why the last attempt failed.
    package let lastError: String?
    package let deliveredAt: Timestamp?

    /// - Parameter nextAt: nil for at once.
    package init(
        id: Int64 = 0, channel: String, subject: String, url: String, body: String, createdAt: Timestamp,
        state: DeliveryState = .pending, attempts: Int = 0, nextAt: Timestamp? = nil, lastError: String? = nil,
        deliveredAt: Timestamp? = nil
    ) {
        self.id = id
        self.channel = channel
        self.subject = subject
        self.url = url
        self.body = body
        self.createdAt = createdAt
        self.state = state
        self.attempts = attempts
        self.nextAt = nextAt ?? createdAt
        self.lastError = lastError
        self.deliveredAt = deliveredAt
    }

    static let columns = """
        id, channel, subject, url, body, created_at, state, attempts, next_at, last_error, delivered_at
        """

    init(reading columns: inout Columns) throws {
        id = try columns.integer()
        channel = try columns.text()
        subject = try columns.text()
        url = try columns.text()
        body = try columns.text()
        createdAt = try columns.time()
        state = try columns.choice()
        attempts = Int(try columns.integer())
        nextAt = try columns.time()
        lastError = try columns.optionalText()
        deliveredAt = try columns.optionalTime()
    }
}
