/// How much of the outbox is kept. Counts are of each channel, ages in seconds.
package struct OutboxBounds: Sendable, Equatable {
    /// What has waited for longer is given up; a message that somebody had tried again waits since then.
    package var pendingAge: Int64
    /// What is more is given up, the oldest first; callbacks are not, for each ends by itself within hours, and what one
    /// receiver does not take must not cost others theirs.
    package var pendingCount: Int
    package var deadCount: Int
    /// Since it was given up.
    package var deadAge: Int64
    package var deliveredAge: Int64
    package var deliveredCount: Int
    /// Of what waits for a digest: longer than from one to the next.
    package var heldAge: Int64
    /// A digest counts what is more, and does not name it.
    package var heldCount: Int

    package init(
        pendingAge: Int64 = 7 * 86_400, pendingCount: Int = 1000, deadCount: Int = 1000, deadAge: Int64 = 30 * 86_400,
        deliveredAge: Int64 = 30 * 86_400, deliveredCount: Int = 1000, heldAge: Int64 = 92 * 86_400,
        heldCount: Int = 1000
    ) {
        self.pendingAge = pendingAge
        self.pendingCount = pendingCount
        self.deadCount = deadCount
        self.deadAge = deadAge
        self.deliveredAge = deliveredAge
        self.deliveredCount = deliveredCount
        self.heldAge = heldAge
        self.heldCount = heldCount
    }

    func age(of state: DeliveryState) -> Int64 {
        switch state {
        case .pending: pendingAge
        case .held: heldAge
        case .delivered: deliveredAge
        case .dead: deadAge
        }
    }

    func count(of state: DeliveryState) -> Int {
        switch state {
        case .pending: pendingCount
        case .held: heldCount
        case .delivered: deliveredCount
        case .dead: deadCount
        }
    }
}
