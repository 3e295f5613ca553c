/// The backups of a database in the order in which they are proved again, stalest first: those that were never proved,
/// oldest first, then the others by the age of their last proof.
struct ProofQueue {
    /// A place in the order.
    struct Turn {
        let backup: BackupID
        let bytes: Int64
        let isProved: Bool
        /// The last proof, or the backup itself where there is none. One ahead of the clock counts as of now.
        let since: Int64
    }

    private static let day: Int128 = 86_400

    let turns: [Turn]
    /// How old a proof may grow, in seconds, at least 1.
    let againEvery: Int128
    /// Bytes a day, at least 1; nil for no limit.
    let budget: Int128?
    /// Bytes that may be fetched at once; below zero where what was fetched is not paid for yet.
    let allowance: Int128
    /// Nil where nobody knows how fast proofs go.
    let pace: ProofPace?
    /// The time that the proofs of other databases take.
    let elsewhere: ProofLoad
    let now: Int128
    /// Bytes of all.
    private let total: Int128
    /// The latest moment from which all are in time where what comes is spent at once and nothing fails.
    private var latestStart = Int128.max

    init(
        candidates: [ProofCandidate], againEvery: Int64, budget: Int64?, allowance: Int64, pace: ProofPace?,
        elsewhere: ProofLoad, now: Timestamp
    ) {
        let turns = Self.turns(of: candidates, now: now)
        self.turns = turns
        self.againEvery = Int128(max(againEvery, 1))
        self.budget = budget.map { Int128(max($0, 1)) }
        self.allowance = Int128(allowance)
        self.pace = pace
        self.elsewhere = elsewhere
        self.now = Int128(now.seconds)
        total = turns.reduce(Int128(0)) { $0 + Int128($1.bytes) }
        latestStart = reckonLatestStart()
    }

    private static func turns(of candidates: [ProofCandidate], now: Timestamp) -> [Turn] {
        let turns = candidates.map { candidate in
            let since = candidate.provedAt ?? candidate.createdAt
            return Turn(
                backup: candidate.backup, bytes: candidate.bytes, isProved: candidate.provedAt != nil,
                since: min(since, now).seconds)
        }
        return turns.sorted { left, right in
            if left.isProved != right.isProved { return right.isProved }
            if left.since != right.since { return left.since < right.since }
            return left.backup < right.backup
        }
    }

    /// How many proofs are older than they may grow; a backup that was never proved counts from its own time.
    var late: Int { turns.filter { deadline(of: $0) < now }.count }

    // MARK: When to begin

    /// When it is time to begin, at or before `now` where it is: an eighth of `againEvery` before the latest moment.
    /// Backups that were never proved are due at once.
    var ripeFrom: Int128 {
        turns.contains { !$0.isProved } ? now : latestStart - againEvery / 8
    }

    /// From when nothing can wait any more: a sixteenth of `againEvery` before the latest moment, or less where the
    /// budget or the time is so tight that there is less slack in all.
    ///
    /// What has to be fetched twice, rests after a failure or waits for a longer proof must find room in that.
    var urgentFrom: Int128 {
        let slack = againEvery - max(paying(total), working(total, load)) - Int128(elsewhere.longest)
        return latestStart - min(againEvery / 16, max(slack, 0) / 4 * 3)
    }

    /// What lies nearest of all deadlines, each less the time that the budget and the proofs themselves take for it and
    /// for all before it. What was saved up is not reckoned with, since the allowance saves one day's worth at most; what
    /// is not paid for yet is.
    private func reckonLatestStart() -> Int128 {
        let load = load
        let debt = max(-allowance, 0)
        var bytes: Int128 = 0
        var start = Int128.max
        for turn in turns {
            bytes += Int128(turn.bytes)
            let before = max(paying(bytes + debt), working(bytes, load))
            // Even where it waits for the budget alone, it takes its own time.
            let own = pace?.time(for: Int128(turn.bytes)) ?? 0
            start = min(start, deadline(of: turn) - before - own)
        }
        // One of another database may be at work when it is time.
        return start - Int128(elsewhere.longest)
    }

    /// Seconds in which a steady budget pays for so many bytes.
    private func paying(_ bytes: Int128) -> Int128 {
        budget.map { bytes * Self.day / $0 } ?? 0
    }

    /// Seconds that the proofs of so many bytes take, where those of other databases get their share of the time.
    private func working(_ bytes: Int128, _ load: Int128) -> Int128 {
        guard let pace else { return 0 }
        let seconds = pace.time(for: bytes)
        return load > 0 ? seconds * (load + Int128(elsewhere.perDay)) / load : seconds
    }

    // MARK: What is needed

    /// Seconds a day that the proofs of all take in the long run, rounded up.
    var load: Int128 { pace.map { Self.perDay($0.time(for: total), in: againEvery) } ?? 0 }

    /// Seconds a day that proofs take from now on for each deadline to be held, with those of other databases, rounded
    /// up. Deadlines count as in `presentNeed`.
    var presentLoad: Int128 {
        guard let pace else { return 0 }
        var bytes: Int128 = 0
        var load: Int128 = 0
        for turn in turns {
            bytes += Int128(turn.bytes)
            load = max(load, Self.perDay(pace.time(for: bytes), in: max(deadline(of: turn) - now, Self.day)))
        }
        return load + Int128(elsewhere.perDay)
    }

    /// Seconds that the longest proof takes; 0 where nobody knows.
    var longest: Int128 {
        guard let pace, let bytes = turns.lazy.map(\.bytes).max() else { return 0 }
        return pace.time(for: Int128(bytes))
    }

    /// What a lasting budget must be at least, in bytes a day, rounded up.
    var steadyNeed: Int128 { Self.perDay(total, in: againEvery) }

    /// What the budget must be from now on for each deadline to be held, in bytes a day, rounded up. A deadline that is
    /// less than a day away, or has passed, counts as one in a day: no budget is spent faster.
    var presentNeed: Int128 {
        guard let budget else { return 0 }
        var bytes: Int128 = 0
        var need: Int128 = 0
        for turn in turns {
            let lack = bytes + min(Int128(turn.bytes), budget) - allowance
            if lack > 0 { need = max(need, Self.perDay(lack, in: max(deadline(of: turn) - now, Self.day))) }
            bytes += Int128(turn.bytes)
        }
        return need
    }

    private func deadline(of turn: Turn) -> Int128 { Int128(turn.since) + againEvery }

    private static func perDay(_ bytes: Int128, in seconds: Int128) -> Int128 {
        (bytes * day + seconds - 1) / seconds
    }
}
