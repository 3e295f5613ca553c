import Catalog
import Model

extension ProofRoutine {
    /// The next proof of a database.
    struct Choice: Sendable {
        let backup: BackupRecord
        let level: VerificationLevel
        /// Bytes a day; nil for no limit.
        let budget: Int64?
        /// From when it cannot wait any more for a time without runs, or it or others would be too late.
        let urgentFrom: Timestamp
        /// Seconds that it is going to take; nil where nobody can say.
        let timeNeeded: Int64?

        func isUrgent(at now: Timestamp) -> Bool { urgentFrom <= now }

        /// Whether it would be through before a run begins, with a quarter of its time to spare.
        func fits(before run: Timestamp?, at now: Timestamp) -> Bool {
            guard let run, let timeNeeded else { return true }
            return run.seconds - now.seconds >= timeNeeded + timeNeeded / 4
        }

        /// Whether it can still wait where `fetched` bytes of it were fetched in vain, which the budget pays for twice.
        func canWait(at now: Timestamp, losing fetched: Int64) -> Bool {
            let paying = budget.map { Int128(fetched) * 86_400 / Int128(max($0, 1)) } ?? 0
            return Int128(urgentFrom.seconds) - paying > Int128(now.seconds)
        }
    }
}
