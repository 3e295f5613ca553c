/// When a callback that was not taken is tried again, after the schedule of Standard Webhooks:
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
package enum DeliveryBackoff {
    /// Seconds; one more attempt than there are pauses.
    static let pauses: [Int64] = [5, 300, 1800, 7200, 18_000]
    /// A pause is longer than said by up to this share of it, so that not all come back at once.
    private static let jitter = 0.2
    /// Whoever asks for more patience than this gets no more than this.
    private static let longestAsked: Int64 = 86_400

    /// Seconds to wait before the next attempt; nil where there is none.
    /// - Parameters:
    ///   - attempt: the one that has failed, counted from 1.
    ///   - asked: what the receiver asked for with Retry-After, in seconds.
    ///   - random: from 0 to 1.
    package static func pause(after attempt: Int, asked: Int64? = nil, random: Double) -> Int64? {
        guard pauses.indices.contains(attempt - 1) else { return nil }
        let pause = pauses[attempt - 1]
        let extra = Int64((Double(pause) * jitter * min(max(random, 0), 1)).rounded())
        return max(pause + extra, min(asked ?? 0, longestAsked))
    }
}
