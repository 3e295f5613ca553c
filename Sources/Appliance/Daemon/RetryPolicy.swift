import Model

/// When a run that failed is tried again: within its slot, later each time.
struct RetryPolicy: Sendable {
    private static let pauses: [Int64] = [60, 300, 900, 1800, 3600]

    /// - Parameters:
    ///   - attempt: The one that failed, from 1.
    ///   - nextSlot: The slot after it; nil where there is none.
    /// - Returns: nil where trying again cannot help, or the next slot comes before.
    static func retry(
        after error: any Error, attempt: Int, now: Timestamp, nextSlot: Timestamp?
    ) -> Timestamp? {
        guard let failure = error as? any Failure, failure.isTransient || failure.code == .busy else { return nil }
        let pause = pauses[min(attempt, pauses.count) - 1]
        let time = Timestamp(seconds: now.seconds + pause)
        guard let nextSlot, nextSlot <= time else { return time }
        return nil
    }
}
