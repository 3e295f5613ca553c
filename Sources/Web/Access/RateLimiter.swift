import Settings
import Synchronization

/// So many requests in any time of so many seconds, counted apart for each key. What was refused does not count.
package final class RateLimiter: Sendable {
    /// Keys that are kept before those that have long been silent are forgotten.
    private static let tidyAbove = 256

    /// When each key's requests were, oldest first, in nanoseconds; no more of them than the limit allows.
    private let times = Mutex<[String: [Int64]]>([:])
    private let now: @Sendable () -> Int64

    /// The clock is the machine's.
    package convenience init() {
        self.init(now: MonotonicClock.now)
    }

    /// - Parameter now: nanoseconds that never go back.
    package init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    /// Counts a request of `key`.
    ///
    /// - Throws: 429 with the seconds until the next one is allowed.
    package func take(_ key: String, limit: HTTPSettings.RateLimit) throws(WebError) {
        let now = now()
        let window = limit.seconds * MonotonicClock.second
        let wait = times.withLock { times -> Int64? in
            if times.count > Self.tidyAbove {
                times = times.filter { entry in entry.value.last.map { now - $0 < window } ?? false }
            }
            var recent = times[key, default: []]
            recent.removeAll { now - $0 >= window }
            defer { times[key] = recent }
            guard recent.count < limit.count else {
                // The configuration may have allowed more when they were counted.
                return recent[recent.count - limit.count] + window - now
            }
            recent.append(now)
            return nil
        }
        guard let wait else { return }
        throw .tooManyRequests(
            "\(key) has asked \(limit.count) times in \(limit.seconds) seconds",
            retryAfter: MonotonicClock.seconds(wait))
    }
}
