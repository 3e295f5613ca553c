import Model
import Synchronization

/// Counts wrong tokens by where they come from: past the limit they are answered with 429, and the log has a line of
/// it.
///
/// Tokens are compared before this is asked: a right one gets in however many wrong ones came from its address, which
/// behind a proxy is everybody's, so that nobody shuts others out by guessing. What makes guessing hopeless is the
/// length of tokens, 16 bytes at least, and not this.
final class FailureLimiter: Sendable {
    /// What happens to a wrong token.
    enum Verdict: Equatable {
        case counted
        /// The last one before the limit; worth a line in the log.
        case reachedLimit
        case refused(retryAfter: Int64)
    }

    private struct Count {
        var since: Int64
        var failures: Int
    }

    private let limit: Int
    private let window: Int64
    private let capacity: Int
    private let counts = Mutex<[String: Count]>([:])
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - limit: wrong tokens in a window, a minute long.
    ///   - capacity: places that are remembered at once.
    ///   - now: nanoseconds that never go back.
    init(limit: Int = 10, capacity: Int = 4096, now: @escaping @Sendable () -> Int64 = MonotonicClock.now) {
        self.limit = limit
        self.capacity = capacity
        self.now = now
        window = 60 * MonotonicClock.second
    }

    func fail(_ peer: Peer) -> Verdict {
        let now = now()
        let key = Self.key(peer)
        return counts.withLock { counts -> Verdict in
            var count = counts[key] ?? Count(since: now, failures: 0)
            if now - count.since >= window { count = Count(since: now, failures: 0) }
            guard count.failures < limit else {
                return .refused(retryAfter: max(1, MonotonicClock.seconds(count.since + window - now)))
            }
            count.failures += 1
            if counts[key] == nil, counts.count >= capacity { forget(&counts, now) }
            counts[key] = count
            return count.failures == limit ? .reachedLimit : .counted
        }
    }

    /// Those whose time is over, or else the one whose time is over first.
    private func forget(_ counts: inout [String: Count], _ now: Int64) {
        counts = counts.filter { now - $0.value.since < window }
        guard counts.count >= capacity, let oldest = counts.min(by: { $0.value.since < $1.value.since }) else { return }
        counts[oldest.key] = nil
    }

    /// Of IPv6 the network, /64: one machine has all of its addresses.
    private static func key(_ peer: Peer) -> String {
        guard let address = peer.address else { return "" }
        return Hex.encode(address.bytes.count == 16 ? address.bytes.prefix(8) : address.bytes.prefix(4))
    }
}
