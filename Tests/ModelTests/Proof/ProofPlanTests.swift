import Model
import Testing

private let start: Int64 = 1_800_000_000
private let day: Int64 = 86_400
private let month = 30 * day
/// Seven eighths of it.
private let ripe = month / 8 * 7

/// A backup of the day `number` of 2001.
private func backup(_ number: Int64) -> BackupID {
    BackupID(time: Timestamp(seconds: 978_307_200 + number * day))
}

private func moment(daysAgo days: Int64) -> Timestamp {
    Timestamp(seconds: start - days * day)
}

private func candidate(
    _ number: Int64, bytes: Int64 = 1, created: Int64 = 90, proved: Int64? = nil
) -> ProofCandidate {
    ProofCandidate(
        backup: backup(number), bytes: bytes, createdAt: moment(daysAgo: created),
        provedAt: proved.map { moment(daysAgo: $0) })
}

private func plan(
    _ candidates: [ProofCandidate], every: Int64? = month, budget: Int64? = nil, allowance: ProofAllowance? = nil,
    pace: ProofPace? = nil, elsewhere: ProofLoad = .none, after seconds: Int64 = 0
) -> ProofPlan {
    ProofPlan(
        candidates: candidates, againEvery: every, budget: budget, allowance: allowance, pace: pace,
        elsewhere: elsewhere, now: Timestamp(seconds: start + seconds))
}

private func wait(_ seconds: Int64) -> ProofPlan.Step {
    .wait(Timestamp(seconds: start + seconds))
}

@Suite("The plan of proofs")
struct ProofPlanTests {
    @Test("has nothing to do without a backup, and where none is to be proved again")
    func nothing() {
        let empty = plan([], budget: 1000)
        #expect(empty.step == .nothing)
        #expect(empty.oldestProof == nil)
        #expect(empty.count == 0)
        #expect(empty.warning(at: .restore) == nil)

        let off = plan([candidate(1), candidate(2, bytes: 5000, proved: 80)], every: nil, budget: 1000)
        #expect(off.step == .nothing)
        #expect(off.oldestProof == moment(daysAgo: 80))
        #expect(off.count == 2)
        #expect(off.unproved == 1)
        #expect(off.late == 0)
        #expect(off.shortage == nil)
        #expect(off.warning(at: .restore) == nil)
    }

    @Test("takes the stalest first: what was never proved, oldest first, then the oldest proof")
    func order() {
        var candidates = [
            candidate(1, proved: 35), candidate(2, created: 5), candidate(3, proved: 40), candidate(4, created: 9),
            candidate(5, proved: 35),
        ]
        var order: [BackupID] = []
        while case .verify(let next) = plan(candidates).step, order.count < 9 {
            order.append(next)
            candidates = candidates.map { candidate in
                guard candidate.backup == next else { return candidate }
                return ProofCandidate(
                    backup: next, bytes: 1, createdAt: candidate.createdAt, provedAt: Timestamp(seconds: start))
            }
        }
        #expect(order == [4, 2, 3, 1, 5].map { backup($0) })
        #expect(plan(candidates).step == wait(ripe))
    }

    @Test("waits without a budget until an eighth of the time is left")
    func ripeness() {
        let only = [candidate(1, proved: 10)]
        let due = ripe - 10 * day
        #expect(plan(only).step == wait(due))
        #expect(plan(only, after: due - 1).step == wait(due))
        #expect(plan(only, after: due).step == .verify(backup(1)))
    }

    @Test("begins early enough for a steady budget to pay for all that comes together later")
    func early() {
        let budget: Int64 = 86_400_000
        let candidates = [candidate(1, proved: 20), candidate(2, bytes: 3 * budget, proved: 19)]
        let due = ripe - 19 * day - 3 * day
        #expect(plan(candidates, budget: budget).step == wait(due))
        #expect(plan(candidates, budget: budget, after: due).step == .verify(backup(1)))
        #expect(plan(candidates, budget: 100 * budget).step == wait(ripe - 20 * day))
    }

    @Test("waits for a time without runs until a sixteenth is left, less what the budget has to pay for before")
    func urgency() {
        func urgent(_ plan: ProofPlan) -> Int64? { plan.urgentFrom.map { $0.seconds - start } }
        let budget: Int64 = 86_400_000
        let slack = month - month / 16
        #expect(urgent(plan([])) == nil)
        #expect(urgent(plan([candidate(1, proved: 10)])) == slack - 10 * day)
        let both = [candidate(1, bytes: 0, proved: 20), candidate(2, bytes: 3 * budget, proved: 19)]
        #expect(urgent(plan(both, budget: budget)) == slack - 22 * day)
        // What was larger than a day's budget is paid for first.
        let debt = ProofAllowance(at: Timestamp(seconds: start), bytes: -2 * budget)
        #expect(urgent(plan(both, budget: budget, allowance: debt)) == slack - 24 * day)
        // A budget that leaves two days of slack in all: three quarters of that.
        let tight = [candidate(1, bytes: 28 * budget, proved: 0)]
        #expect(urgent(plan(tight, budget: budget)) == 2 * day - day / 2 * 3)
        #expect(urgent(plan([candidate(1, created: 3)])) == slack - 3 * day, "never proved")
    }

    @Test("begins early enough for proofs that take long, also those of other databases")
    func slowness() throws {
        let pace = try #require(ProofPace(bytes: 10, seconds: 10 * day))
        let some = [candidate(1, bytes: 2, proved: 9), candidate(2, bytes: 3, proved: 9)]
        // Five days for both, and the last one's own three.
        let due = ripe - 9 * day - 8 * day
        let alone = plan(some, pace: pace)
        #expect(alone.step == wait(due))
        #expect(alone.load == ProofLoad(perDay: day / 6, longest: 3 * day))
        #expect(alone.timeShortage == nil)
        // Others need as much of each day, and one of theirs may be at work for a day.
        let others = ProofLoad(perDay: day / 6, longest: day)
        let shared = plan(some, pace: pace, elsewhere: others)
        #expect(shared.urgentFrom?.seconds == start + 21 * day - 14 * day - month / 16)
        #expect(ProofPace(bytes: 0, seconds: 1) == nil)
    }

    @Test("never goes beyond the allowance, and waits no second longer than it must")
    func allowance() {
        let has = ProofAllowance(at: Timestamp(seconds: start), bytes: 100)
        let only = [candidate(1, bytes: 401)]
        #expect(plan(only, budget: 1000, allowance: has).step == wait(26_007))
        #expect(plan(only, budget: 1000, allowance: has, after: 26_006).step == wait(26_007))
        #expect(plan(only, budget: 1000, allowance: has, after: 26_007).step == .verify(backup(1)))
        #expect(plan(only, budget: 1000).step == .verify(backup(1)), "nothing was spent yet")
        #expect(plan(only, allowance: has).step == .verify(backup(1)), "there is no limit")
    }

    @Test("takes a backup that is larger than a day's budget when a whole day's is there")
    func giant() {
        let has = ProofAllowance(at: Timestamp(seconds: start), bytes: 999)
        let both = [candidate(1, bytes: 5000, created: 90), candidate(2, bytes: 10, created: 80)]
        #expect(plan(both, budget: 1000, allowance: has).step == wait(87))
        #expect(plan(both, budget: 1000, allowance: has, after: 87).step == .verify(backup(1)))
        let paid = ProofAllowance(at: Timestamp(seconds: start), bytes: 1000).spending(5000)
        #expect(plan([both[1]], budget: 1000, allowance: paid).step == wait(346_464))
    }

    @Test("takes a proof that lies ahead of the clock as one of now")
    func setBack() {
        let found = plan([candidate(1, proved: -3)])
        #expect(found.step == wait(ripe))
        #expect(found.oldestProof == Timestamp(seconds: start))
        #expect(found.late == 0)
    }

    @Test("counts what was proved too long ago, and what was never proved for so long")
    func late() {
        let found = plan([
            candidate(1, proved: 30), candidate(2, proved: 31), candidate(3, created: 31), candidate(4, created: 2),
            candidate(5, proved: 45),
        ])
        #expect(found.late == 3)
        #expect(found.unproved == 2)
        #expect(found.oldestProof == moment(daysAgo: 45))
        #expect(found.shortage == nil)
    }

    @Test("says what a lasting budget would have to be")
    func lasting() throws {
        let shortage = try #require(plan([candidate(1, bytes: 30_001, proved: 1)], budget: 1000).shortage)
        #expect(shortage.needed == 1001)
        #expect(shortage.budget == 1000)
        #expect(shortage.isLasting)
        #expect(plan([candidate(1, bytes: 30_000, proved: 1)], budget: 1000).shortage == nil)
    }

    @Test("says what would be needed for a while, where too much has come together")
    func passing() throws {
        let late = (1...4).map { candidate($0, bytes: 1000, proved: 31) }
        let shortage = try #require(plan(late, budget: 1000).shortage)
        #expect(shortage.needed == 3000)
        #expect(!shortage.isLasting)
        #expect(plan(Array(late.prefix(2)), budget: 1000).shortage == nil, "a day pays for the second")

        let soon = (1...4).map { candidate($0, bytes: 1000, proved: 28) }
        #expect(plan(soon, budget: 1000).shortage?.needed == 1500)
        #expect(plan(Array(soon.prefix(3)), budget: 1000).shortage == nil)
    }

    @Test("says where not the budget but the time lacks")
    func time() throws {
        let pace = try #require(ProofPace(bytes: 1, seconds: day))
        let many = (1...33).map { candidate($0, proved: 1) }
        let found = plan(many, pace: pace)
        #expect(found.shortage == nil)
        #expect(found.timeShortage?.needed == 95_040)
        #expect(found.timeShortage?.isLasting == true)
        let slow = "26.4 hours a day would be needed at the speed of the last proofs, which are made one at a time"
        let most = "not all of 33 backups will be proved again every 30 days"
        #expect(found.warning(at: .restore) == "\(most): \(slow)")
        let shared = plan(Array(many.prefix(15)), pace: pace, elsewhere: ProofLoad(perDay: day / 4 * 3, longest: 1))
        #expect(shared.timeShortage?.needed == day / 4 * 5)
        #expect(shared.warning(at: .restore)?.hasSuffix("one at a time, with those of other databases") == true)
        #expect(plan(Array(many.prefix(30)), pace: pace, after: -day).timeShortage == nil)

        let late = (1...3).map { candidate($0, bytes: 1000, proved: 31) }
        let halfDay = try #require(ProofPace(bytes: 1000, seconds: day / 2))
        let both = plan(late, budget: 1000, pace: halfDay)
        let bytes = "2.0 KiB a day would be needed for a while, verify.budget is 1000 B"
        let hours = "36.0 hours a day would be needed for a while at the speed of the last proofs"
        #expect(
            both.warning(at: .restore)
                == "3 of 3 backups have not been proved for more than 30 days: \(bytes); \(hours), "
                + "which are made one at a time")
    }

    @Test("has one sentence for a person")
    func words() {
        let late = (1...4).map { candidate($0, bytes: 1000, proved: 31) }
        let need = "2.9 KiB a day would be needed for a while, verify.budget is 1000 B"
        #expect(
            plan(late, budget: 1000).warning(at: .restore)
                == "4 of 4 backups have not been proved for more than 30 days: \(need)")
        #expect(
            plan([late[0], candidate(9, proved: 1)]).warning(at: .checksum)
                == "1 of 2 backups has not been checked for more than 30 days")
        let budget: Int64 = 10 << 30
        let large = 30 * (budget + 1)
        let bytes = "10,737,418,241 bytes a day would be needed, verify.budget is 10,737,418,240 bytes"
        #expect(
            plan([candidate(1, bytes: large, proved: 1)], budget: budget).warning(at: .restore)
                == "the only backup will not be proved again every 30 days: \(bytes)")
        let more = "12.0 GiB a day would be needed, verify.budget is 10.0 GiB"
        #expect(
            plan([candidate(1, bytes: 36 * budget, proved: 1), candidate(2, bytes: 0, proved: 1)], budget: budget)
                .warning(at: .restore)
                == "not all of 2 backups will be proved again every 30 days: \(more)")
        #expect(plan([candidate(1, proved: 1)], budget: 1000).warning(at: .restore) == nil)
    }

    @Test("reckons with any size and any clock")
    func extremes() {
        let numbers: [Int64] = [.min, -1, 0, 1, start, .max]
        for number in numbers {
            let candidates = numbers.map { other in
                ProofCandidate(
                    backup: backup(1), bytes: number, createdAt: Timestamp(seconds: other),
                    provedAt: other == 0 ? nil : Timestamp(seconds: number))
            }
            for now in numbers {
                let has = ProofAllowance(at: Timestamp(seconds: now), bytes: number)
                let found = ProofPlan(
                    candidates: candidates, againEvery: number, budget: number, allowance: has,
                    now: Timestamp(seconds: now))
                #expect(found.count == numbers.count)
                #expect(found.warning(at: .restore) != "")
            }
        }
        let most = [candidate(1, bytes: .max, proved: 1), candidate(2, bytes: .max, proved: 1)]
        #expect(plan(most, budget: 1).shortage?.needed == 614_891_469_123_651_721)
        #expect(plan(most, every: 3600, budget: 1).shortage?.needed == Int64.max)
    }
}
