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
    let now: Int128

    init(candidates: [ProofCandidate], againEvery: Int64, budget: Int64?, now: Timestamp) {
        turns = Self.turns(of: candidates, now: now)
        self.againEvery = Int128(max(againEvery, 1))
        self.budget = budget.map { Int128(max($0, 1)) }
        self.now = Int128(now.seconds)
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

    /// The latest moment to begin, at or before `now` where it is time.
    ///
    /// It is what lies nearest of all deadlines, each less the time in which a steady budget pays for it and for all
    /// before it, and less an eighth of `againEvery` in reserve. What was saved up is not reckoned with, since the
    /// allowance saves one day's worth at most. Backups that were never proved are due at once.
    var latestStart: Int128 {
        let reserve = againEvery / 8
        var bytes: Int128 = 0
        var start = Int128.max
        for turn in turns {
            guard turn.isProved else { return now }
            bytes += Int128(turn.bytes)
            let paying = budget.map { bytes * Self.day / $0 } ?? 0
            start = min(start, deadline(of: turn) - reserve - paying)
        }
        return start
    }

    /// What a lasting budget must be at least, in bytes a day, rounded up.
    var steadyNeed: Int128 {
        let bytes = turns.reduce(Int128(0)) { $0 + Int128($1.bytes) }
        return Self.perDay(bytes, in: againEvery)
    }

    /// What the budget must be from now on for each deadline to be held, in bytes a day, rounded up. A deadline that is
    /// less than a day away, or has passed, counts as one in a day: no budget is spent faster.
    ///
    /// - Parameter allowance: what may be fetched at once.
    func presentNeed(with allowance: Int64) -> Int128 {
        guard let budget else { return 0 }
        var bytes: Int128 = 0
        var need: Int128 = 0
        for turn in turns {
            let lack = bytes + min(Int128(turn.bytes), budget) - Int128(allowance)
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
