/// The bytes that may be fetched now for proving a database's backups again.
///
/// It fills all the time, by the budget in a day, and holds one day's worth at most. A verification waits until there
/// is enough for it. One that is larger than a day's worth waits until the allowance is full and takes it below zero;
/// the next waits until that is paid for.
package struct ProofAllowance: Sendable, Equatable, Codable {
    /// The moment of which `bytes` speaks.
    package let at: Timestamp
    /// Below zero after a verification that was larger than a day's worth.
    package let bytes: Int64

    private static let day: Int128 = 86_400

    package init(at: Timestamp, bytes: Int64) {
        self.at = at
        self.bytes = bytes
    }

    /// What there is at `now`, rounded down to whole bytes.
    ///
    /// Where the clock was set back, nothing is filled until it has come to `at` again. An `at` more than a day ahead
    /// comes from a clock that was wrong; the allowance is then a whole day's.
    ///
    /// - Parameter budget: bytes a day; at least 1 is taken.
    package func refilled(to now: Timestamp, budget: Int64) -> ProofAllowance {
        let most = max(budget, 1)
        let elapsed = Int128(Instants.clamped(now.seconds)) - Int128(Instants.clamped(at.seconds))
        if elapsed < -Self.day { return ProofAllowance(at: now, bytes: most) }
        guard elapsed > 0 else { return ProofAllowance(at: at, bytes: min(bytes, most)) }
        let filled = Int128(bytes) + elapsed * Int128(most) / Self.day
        return ProofAllowance(at: now, bytes: Int64(clamping: min(filled, Int128(most))))
    }

    /// What is left after `spent` bytes were fetched; to be taken from what was refilled before.
    package func spending(_ spent: Int64) -> ProofAllowance {
        ProofAllowance(at: at, bytes: Int64(clamping: Int128(bytes) - Int128(max(spent, 0))))
    }

    /// What there is where `bytes` that were spent were not fetched after all.
    package func refunding(_ refund: Int64, budget: Int64) -> ProofAllowance {
        let sum = Int128(bytes) + Int128(max(refund, 0))
        return ProofAllowance(at: at, bytes: Int64(clamping: min(sum, Int128(max(budget, 1)))))
    }

    /// What there is after something was fetched, or given back.
    ///
    /// - Parameters:
    ///   - before: as it was when something was last spent; nil for a whole day's.
    ///   - spent: bytes that are fetched from now on.
    ///   - refund: bytes that were spent, and not fetched after all.
    package static func settled(
        _ before: ProofAllowance?, spent: Int64 = 0, refund: Int64 = 0, budget: Int64, at now: Timestamp
    ) -> ProofAllowance {
        (before ?? ProofAllowance(at: now, bytes: budget)).refilled(to: now, budget: budget)
            .spending(spent).refunding(refund, budget: budget)
    }

    /// Whether a verification that fetches `wanted` bytes may begin.
    package func isEnough(for wanted: Int64, budget: Int64) -> Bool {
        lacking(for: wanted, budget: budget) <= 0
    }

    /// The first second at which a verification that fetches `wanted` bytes may begin; `at` where it may already, and
    /// never after the year 9999.
    package func time(untilEnoughFor wanted: Int64, budget: Int64) -> Timestamp {
        let lack = lacking(for: wanted, budget: budget)
        guard lack > 0 else { return at }
        let most = Int128(max(budget, 1))
        let seconds = (lack * Self.day + most - 1) / most
        let time = Int128(at.seconds) + seconds
        return Timestamp(seconds: Int64(min(time, Int128(Instants.writable.upperBound))))
    }

    private func lacking(for wanted: Int64, budget: Int64) -> Int128 {
        Int128(min(max(wanted, 0), max(budget, 1))) - Int128(bytes)
    }
}
