import Model
import Testing

@Suite("The proofs of 400 kept backups")
struct ProofYearTests {
    private static let days20 = 20 * ProofYear.day

    /// What no 24 hours may spend more than: what was saved up, or one backup that is larger, and what came meanwhile.
    private static func limit(_ year: ProofYear, _ budget: Int64) -> Int64 {
        budget + max(budget, year.largest)
    }

    @Test("are in time for a whole year while the budget just suffices")
    func year() throws {
        var year = ProofYear(provedWithin: Self.days20, budgetPercent: 115)
        year.run(days: 365)
        let budget = try #require(year.budget)
        #expect(year.oldest <= ProofYear.againEvery)
        #expect(year.youngest >= ProofYear.againEvery / 2, "nothing is proved long before its time")
        #expect(year.shortages == 0)
        #expect(year.isStalestFirst)
        #expect(year.spent.count > 4000)
        #expect(year.largest <= budget)
        #expect(year.mostInADay <= Self.limit(year, budget))
    }

    @Test("are in time although all of them were proved on the same day")
    func burst() throws {
        var year = ProofYear(provedWithin: 0, budgetPercent: 130)
        year.run(days: 100)
        let budget = try #require(year.budget)
        #expect(year.oldest <= ProofYear.againEvery)
        #expect(year.shortages == 0)
        #expect(year.isStalestFirst)
        #expect(year.spent.count > 1000)
        #expect(year.mostInADay <= Self.limit(year, budget))
    }

    @Test("are said to be too many for the budget from the beginning, which is kept all the same, stalest first")
    func shortage() throws {
        var year = ProofYear(provedWithin: Self.days20, budgetPercent: 70)
        year.run(days: 100)
        let budget = try #require(year.budget)
        #expect(year.shortages == year.plans)
        #expect(year.isStalestFirst)
        #expect(year.mostInADay <= Self.limit(year, budget))

        let first = try #require(year.first)
        let shortage = try #require(first.shortage)
        #expect(first.late == 0)
        #expect(shortage.isLasting)
        #expect(shortage.budget == budget)
        #expect(shortage.needed > budget)
        let early = try #require(first.warning(at: .restore))
        #expect(early.hasPrefix("not all of 400 backups will be proved again every 30 days: "), "\(early)")

        let last = try #require(year.last)
        let end = try #require(last.warning(at: .restore))
        #expect(last.late > 0)
        #expect(last.shortage == shortage, "what has piled up does not make a lasting need greater")
        #expect(end.hasPrefix("\(last.late) of 400 backups have not been proved for more than 30 days: "), "\(end)")
    }

    @Test("begin an eighth before their time where there is no budget")
    func unlimited() {
        var year = ProofYear(provedWithin: Self.days20, budgetPercent: nil)
        year.run(days: 60)
        #expect(year.oldest <= ProofYear.againEvery)
        #expect(year.youngest >= ProofYear.againEvery / 8 * 7)
        #expect(year.shortages == 0)
        #expect(year.isStalestFirst)
    }

    @Test("are in time although one of them is larger than the budget of two days, and others pay for it")
    func giant() throws {
        var year = ProofYear(provedWithin: Self.days20, budgetPercent: 115, hasGiant: true)
        year.run(days: 100, arrivals: 0)
        let budget = try #require(year.budget)
        #expect(year.largest > 2 * budget)
        #expect(year.spent.filter { $0.bytes == year.largest }.count >= 3)
        #expect(year.oldest <= ProofYear.againEvery)
        #expect(year.shortages == 0)
        #expect(year.isStalestFirst)
        #expect(year.mostInADay <= Self.limit(year, budget))
    }
}
