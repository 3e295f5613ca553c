import Model

/// Why an attempt failed.
struct DeliveryProblem: Error, Sendable {
    enum Consequence: Sendable {
        case retry
        /// Another attempt would fail in the same way.
        case final
        /// The receiver wants nothing any more.
        case gone
    }

    /// For people; holds no more of a URL than its host.
    let reason: String
    var consequence = Consequence.retry
    /// As the receiver's header has it.
    var retryAfter: String?

    init(_ reason: String, _ consequence: Consequence = .retry, retryAfter: String? = nil) {
        self.reason = PrintableText.oneLine(reason)
        self.consequence = consequence
        self.retryAfter = retryAfter
    }

    /// What becomes of the message.
    /// - Parameters:
    ///   - attempt: the one that has failed, counted from 1.
    ///   - now: when it began.
    ///   - random: from 0 to 1.
    func outcome(
        after attempt: Int, at now: Timestamp, patience: DeliveryBackoff.Patience, random: Double
    ) -> DeliveryOutcome {
        let tries = attempt == 1 ? "" : ", after \(CountText.format(Int64(attempt), "attempt"))"
        switch consequence {
        case .gone: return .gone(reason: reason)
        case .final: return .dead(reason: reason + tries)
        case .retry: break
        }
        let asked = RetryAfter.seconds(retryAfter, now: now)
        let pause = DeliveryBackoff.pause(after: attempt, asked: asked, random: random, patience: patience)
        guard let pause else { return .dead(reason: reason + tries) }
        return .retry(at: Timestamp(seconds: now.seconds + pause), reason: reason)
    }
}
