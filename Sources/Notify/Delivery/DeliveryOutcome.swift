import Model

/// What became of an attempt to deliver a message. Reasons are for people, and hold no more of a URL than its host.
package enum DeliveryOutcome: Sendable, Equatable {
    case delivered
    case retry(at: Timestamp, reason: String)
    /// Not tried any more.
    case dead(reason: String)
    /// The receiver wants nothing any more (410): this message is given up, and the channel rests until a person says
    /// otherwise.
    case gone(reason: String)
}
