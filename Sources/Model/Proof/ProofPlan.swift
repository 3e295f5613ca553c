/// Which backup of a database is to be proved again at one moment, and whether the budget suffices for all.
///
/// Every backup that is kept is proved again before its last proof is older than `againEvery`. That happens stalest
/// first, as late as the budget and the time that proofs take let all of them be in time, and never beyond the
/// allowance. Where the budget does not suffice, the order and the allowance hold all the same, and the plan has a
/// shortage.
///
/// A proof dated after `now` comes from a clock that was wrong, then or now: it counts as one of now, so that a clock
/// set back proves nothing twice.
package struct ProofPlan: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        /// Prove this one now.
        case verify(BackupID)
        /// Look again then, or when something has changed; always after `now`.
        case wait(Timestamp)
        /// There is no backup, or none is to be proved again.
        case nothing
    }

    package let step: Step
    /// From when the next proof cannot wait any more for a time without runs, or it or others would be late; nil where
    /// none is to be proved again.
    package let urgentFrom: Timestamp?
    /// The number of backups.
    package let count: Int
    /// How many of them were never proved.
    package let unproved: Int
    /// The oldest of all backups' last proofs; nil where there is none.
    package let oldestProof: Timestamp?
    /// How many proofs are older than `againEvery`; a backup that was never proved counts from its own time.
    package let late: Int
    /// Nil where the budget suffices.
    package let shortage: ProofShortage?
    /// Nil where a day has time enough for the proofs.
    package let timeShortage: ProofShortage?
    /// The time that the proofs of these backups take; none where nobody knows how fast they go.
    package let load: ProofLoad
    /// In seconds, as it was asked for.
    package let againEvery: Int64?

    private static let day: Int64 = 86_400

    /// - Parameters:
    ///   - candidates: all backups of the database that are kept, in any order.
    ///   - againEvery: seconds; nil proves none again.
    ///   - budget: bytes a day; nil for no limit.
    ///   - allowance: as it was when something was last spent; nil for a whole day's.
    ///   - pace: of the last proofs; nil where nobody knows, and as if they took no time.
    ///   - elsewhere: the time that the proofs of other databases take: one is made at a time.
    package init(
        candidates: [ProofCandidate], againEvery: Int64?, budget: Int64?, allowance: ProofAllowance?,
        pace: ProofPace? = nil, elsewhere: ProofLoad = .none, now: Timestamp
    ) {
        self.againEvery = againEvery
        count = candidates.count
        unproved = candidates.filter { $0.provedAt == nil }.count
        oldestProof = candidates.compactMap(\.provedAt).min().map { min($0, now) }
        guard let againEvery, !candidates.isEmpty else {
            step = .nothing
            urgentFrom = nil
            late = 0
            shortage = nil
            timeShortage = nil
            load = .none
            return
        }
        let has = budget.map { budget in allowance?.refilled(to: now, budget: budget).bytes ?? budget }
        let queue = ProofQueue(
            candidates: candidates, againEvery: againEvery, budget: budget, allowance: has ?? 0, pace: pace,
            elsewhere: elsewhere, now: now)
        late = queue.late
        step = Self.step(queue, budget: budget, allowance: allowance, now: now)
        urgentFrom = Timestamp(seconds: Int64(clamping: queue.urgentFrom))
        shortage = budget.flatMap { budget in
            ProofShortage(of: .budget, steady: queue.steadyNeed, present: queue.presentNeed, budget: budget)
        }
        load = ProofLoad(perDay: Int64(clamping: queue.load), longest: Int64(clamping: queue.longest))
        timeShortage = pace.flatMap { _ in
            ProofShortage(
                of: .time(isShared: elsewhere.perDay > 0), steady: queue.load + Int128(elsewhere.perDay),
                present: queue.presentLoad, budget: Self.day)
        }
    }

    private static func step(
        _ queue: ProofQueue, budget: Int64?, allowance: ProofAllowance?, now: Timestamp
    ) -> Step {
        guard let first = queue.turns.first else { return .nothing }
        let start = queue.ripeFrom
        guard start <= Int128(now.seconds) else { return .wait(Timestamp(seconds: Int64(clamping: start))) }
        guard let budget, let allowance else { return .verify(first.backup) }
        let filled = allowance.refilled(to: now, budget: budget)
        if filled.isEnough(for: first.bytes, budget: budget) { return .verify(first.backup) }
        // From the allowance as it was stored: what refilling rounds down would make the moment a second late.
        return .wait(allowance.time(untilEnoughFor: first.bytes, budget: budget))
    }
}
