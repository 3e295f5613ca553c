/// When a message that was not taken is tried again, after the schedule of Standard Webhooks:
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
package enum DeliveryBackoff {
    /// For how long a message is tried.
    package enum Patience: Sendable {
        /// Somebody waits for it now, or never: six attempts in seven hours.
        case callback
        /// Somebody may have to mend something first: ten attempts in three days.
        case channel

        /// Seconds; one more attempt than there are pauses.
        var pauses: [Int64] {
            let first: [Int64] = [5, 300, 1800, 7200, 18_000]
            return switch self {
            case .callback: first
            case .channel: first + [36_000, 50_400, 72_000, 86_400]
            }
        }
    }

    /// A pause is longer than said by up to this share of it, so that not all come back at once.
    private static let jitter = 0.2
    /// Whoever asks for more patience than this gets no more than this.
    private static let longestAsked: Int64 = 86_400

    /// Seconds to wait before the next attempt; nil where there is none.
    /// - Parameters:
    ///   - attempt: the one that has failed, counted from 1.
    ///   - asked: what the receiver asked for with Retry-After, in seconds.
    ///   - random: from 0 to 1.
    package static func pause(
        after attempt: Int, asked: Int64? = nil, random: Double, patience: Patience
    ) -> Int64? {
        let pauses = patience.pauses
        guard pauses.indices.contains(attempt - 1) else { return nil }
        let pause = pauses[attempt - 1]
        let extra = Int64((Double(pause) * jitter * min(max(random, 0), 1)).rounded())
        return max(pause + extra, min(asked ?? 0, longestAsked))
    }
}
