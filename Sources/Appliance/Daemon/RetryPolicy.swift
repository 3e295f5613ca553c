import Model
import Storage

/// When a run that failed is tried again: within its slot, later each time.
struct RetryPolicy: Sendable {
    private static let pauses: [Int64] = [60, 300, 900, 1800, 3600]

    /// Seconds to wait after an attempt, counted from 1.
    static func pause(after attempt: Int) -> Int64 { pauses[min(max(attempt, 1), pauses.count) - 1] }

    /// - Parameters:
    ///   - attempt: The one that failed, from 1.
    ///   - nextSlot: The slot after it; nil where there is none.
    /// - Returns: nil where trying again cannot help, or the next slot comes before.
    static func retry(
        after error: any Error, attempt: Int, now: Timestamp, nextSlot: Timestamp?
    ) -> Timestamp? {
        guard let failure = error as? any Failure else { return nil }
        // An upload that is gone is begun anew.
        let mayPass =
            failure.isTransient || failure.code == .busy || (error as? StoreError)?.mustStartAnew ?? false
        guard mayPass else { return nil }
        let time = Timestamp(seconds: now.seconds + pause(after: attempt))
        guard let nextSlot, nextSlot <= time else { return time }
        return nil
    }
}

extension Error {
    /// Whether a disk of this machine has too little room, of which a proof may hold some.
    var isLackOfSpace: Bool { (self as? NightjarError)?.lacksSpace ?? false }
}
