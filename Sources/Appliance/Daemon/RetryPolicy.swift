import Model
import Storage

/// When a run that failed is tried again: within its slot, later each time.
struct RetryPolicy: Sendable {
    private static let pauses: [Int64] = [60, 300, 900, 1800, 3600]
    /// Seconds.
    static let longestPause: Int64 = 3600

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
        let startsAnew = failure.code == .busy || (error as? StoreError)?.mustStartAnew ?? false
        guard startsAnew || error.mayPass else { return nil }
        let time = Timestamp(seconds: now.seconds + pause(after: attempt))
        guard let nextSlot, nextSlot <= time else { return time }
        return nil
    }
}

extension Error {
    /// Whether the same run may come to its end later, and go on where it is: also once somebody has given it new keys, or the
    /// clock the right time.
    var mayPass: Bool { (self as? any Failure)?.isTransient ?? false || (self as? StoreError)?.isRefusal ?? false }

    /// Whether a disk of this machine has too little room, of which a proof may hold some.
    var isLackOfSpace: Bool { (self as? NightjarError)?.lacksSpace ?? false }
}
