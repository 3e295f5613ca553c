import Model
import TestSupport

/// The backups of a database that never was, with a policy; the same for the same seed.
struct RetentionHistory: Sendable {
    var candidates: [RetentionCandidate]
    let policy: RetentionPolicy
    let isInBerlin: Bool
    var now: Timestamp
    let asksForProof: Bool

    /// Up to 40 backups in three days to three years, some of them perhaps after `now`.
    init(seed: UInt64, locks: Bool = false) {
        var generator = SeededGenerator(seed: seed)
        let days: [Int64] = [3, 30, 200, 1000]
        let span = (days.randomElement(using: &generator) ?? 3) * 86_400
        let start = 1_700_000_000 + Int64.random(in: 0..<100_000_000, using: &generator)
        let states: [RetentionCandidate.State] = [
            .verified, .verified, .verified, .verified, .verified, .verified, .unproved, .unproved, .unproved,
            .different,
        ]
        var moments: Set<Int64> = []
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            moments.insert(start + Int64.random(in: 0..<span, using: &generator))
        }
        candidates = []
        for moment in moments.sorted() {
            candidates.append(
                RetentionCandidate(
                    id: BackupID(time: Timestamp(seconds: moment)),
                    state: states.randomElement(using: &generator) ?? .verified,
                    isLocked: locks && Int.random(in: 0..<5, using: &generator) == 0))
        }
        candidates.shuffle(using: &generator)
        policy = Self.policy(using: &generator)
        isInBerlin = Bool.random(using: &generator)
        asksForProof = Int.random(in: 0..<10, using: &generator) < 7
        let newest = moments.max() ?? start
        now = Timestamp(seconds: newest + Int64.random(in: -86_400..<864_000, using: &generator))
    }

    private static func policy(using generator: inout SeededGenerator) -> RetentionPolicy {
        var numbers: [Int] = []
        for _ in 0..<6 {
            let isOn = Int.random(in: 0..<10, using: &generator) < 4
            let number = Int.random(in: 1...5, using: &generator)
            numbers.append(isOn ? number : 0)
        }
        let halfDays = Int64.random(in: -60..<30, using: &generator)
        return RetentionPolicy(
            keepLast: numbers[0], keepHourly: numbers[1], keepDaily: numbers[2], keepWeekly: numbers[3],
            keepMonthly: numbers[4], keepYearly: numbers[5], keepWithin: .seconds(halfDays * 43_200))
    }

    /// What retention makes of it; `berlin` is the zone of those that are there.
    func plan(berlin: TimeZoneRules, freeze: Freeze? = nil) -> RetentionPlan {
        RetentionPlan(
            candidates: candidates, policy: policy, zone: isInBerlin ? berlin : .utc, now: now,
            asksForProof: asksForProof, freeze: freeze)
    }

    /// The same without the backups of `ids`.
    func without(_ ids: some Sequence<BackupID>) -> RetentionHistory {
        let gone = Set(ids)
        var history = self
        history.candidates.removeAll { gone.contains($0.id) }
        return history
    }
}
