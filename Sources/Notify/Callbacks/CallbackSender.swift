import Catalog
import HTTPClient
import Model

/// Tells one receiver of one export's end: a POST of JSON, to an address that was checked, by way of at most three
/// redirects that are checked as well.
package struct CallbackSender: Sendable {
    private static let redirects = 3

    private let post: WebPost
    private let random: @Sendable () -> Double

    /// - Parameters:
    ///   - random: gives numbers from 0 to 1, for the pauses between attempts.
    ///   - timeout: for each step of an attempt.
    package init(
        client: HTTPClient, guardian: TargetGuard,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }, timeout: Duration = .seconds(20)
    ) {
        post = WebPost(client: client, guardian: guardian, timeout: timeout, redirects: Self.redirects)
        self.random = random
    }

    /// Makes the next attempt at a delivery. What is gone for good is dead: the URL was given for this message alone.
    /// - Throws: only where the task was cancelled; the attempt does not count then.
    package func send(_ delivery: DeliveryRecord, now: Timestamp) async throws(CancellationError) -> DeliveryOutcome {
        do {
            try await post.send(WebPost.Parcel(url: delivery.url, headers: [WebPost.Parcel.json], body: delivery.body))
            return .delivered
        } catch {
            if Task.isCancelled { throw CancellationError() }
            let attempt = delivery.attempts + 1
            let outcome = error.outcome(after: attempt, at: now, patience: .callback, random: random())
            if case .gone(let reason) = outcome { return .dead(reason: reason) }
            return outcome
        }
    }
}
