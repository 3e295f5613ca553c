import Model

/// Tries again after failures that may pass: exponential backoff with full jitter, and what Retry-After asks for.
///
/// See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
package struct Retry: Sendable {
    private static let firstDelay = Duration.milliseconds(500)
    private static let longestDelay = Duration.seconds(20)
    private static let longestRetryAfter = Duration.seconds(600)

    /// How many times a request is sent in all; at least 1.
    package let attempts: Int
    private let scale: Double
    private let random: @Sendable () -> Double
    private let sleep: @Sendable (Duration) async throws -> Void
    private let onRetry: @Sendable () -> Void

    /// - Parameters:
    ///   - scale: every delay is multiplied by this.
    ///   - onRetry: called before each attempt but the first.
    ///   - random: gives numbers from 0 to 1.
    package init(
        attempts: Int, scale: Double = 1, onRetry: @escaping @Sendable () -> Void = {},
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.attempts = max(1, attempts)
        self.scale = max(0, scale)
        self.onRetry = onRetry
        self.random = random
        self.sleep = sleep
    }

    /// Calls `operation` with 1, 2, … until it succeeds, fails for good, or all attempts are used up.
    package func run<Value: Sendable>(_ operation: (Int) async throws -> Value) async throws -> Value {
        var attempt = 1
        var mayRetryOnce = true
        while true {
            do {
                return try await operation(attempt)
            } catch let error as StoreError {
                let isWorthIt = error.retry == .always || (error.retry == .once && mayRetryOnce)
                guard isWorthIt, attempt < attempts else { throw error }
                if error.retry == .once { mayRetryOnce = false }
                try await pause(after: attempt, error)
                attempt += 1
            }
        }
    }

    /// Waits before the attempt that follows attempt number `attempt`.
    ///
    /// - Throws: `StoreError` with code `cancelled` when the task is.
    package func pause(after attempt: Int, _ failure: StoreError) async throws {
        var delay = longestDelay(after: attempt) * random()
        if let asked = failure.retryAfter { delay = max(delay, min(asked, Self.longestRetryAfter)) }
        do {
            try await sleep(delay * scale)
        } catch {
            throw StoreError(
                .cancelled, operation: failure.operation, key: failure.key, location: failure.location,
                reason: "cancelled while waiting to try again after: \(failure.reason)")
        }
        onRetry()
    }

    /// The upper bound of the delay after attempt number `attempt`, before `scale`.
    package func longestDelay(after attempt: Int) -> Duration {
        min(Self.firstDelay * Double(1 << min(max(attempt - 1, 0), 10)), Self.longestDelay)
    }
}
