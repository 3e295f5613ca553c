import Model
import Testing

@testable import Appliance

@Suite("The proofs of a busy daemon")
struct BusyYearTests {
    /// Runs that leave no room, or too little.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var kinds = [BusyYear.Kind()]
        var runs = BusyYear.Runs.every(1800, lasting: 1800)
        var days: Int64 = 60
        /// Whether some proofs have to go on beside runs.
        var isCrowded = true
    }

    static let cases = [
        Case(
            testDescription: "400 backups for a year, and a run begins when the last one ends",
            kinds: [.init(count: 400, againEvery: 90 * BusyYear.day)], days: 365),
        Case(testDescription: "all proved on the same day", kinds: [.init(count: 400, isBurst: true)], days: 45),
        Case(
            testDescription: "runs every half an hour that take 25 minutes", runs: .every(1800, lasting: 1500),
            isCrowded: false),
        Case(
            testDescription: "gaps of 20 seconds, into which no large one fits",
            runs: .every(6 * 3600, lasting: 6 * 3600 - 20)),
        Case(
            testDescription: "runs that nobody foresees, for which slow proofs make way",
            kinds: [.init(speed: 256 << 10)], runs: .every(2400, lasting: 2100, isForeseen: false), isCrowded: false),
        Case(testDescription: "one backup that is a tenth of all", kinds: [.init(hasGiant: true)]),
        Case(
            testDescription: "no budget, and proofs so slow that the time is tight",
            kinds: [.init(budgetPercent: nil, speed: 128 << 10, isBurst: true)]),
        Case(
            testDescription: "three databases that need the same hours",
            kinds: [
                .init(), .init(name: "blog", count: 20, budgetPercent: nil, speed: 128 << 10, isBurst: true),
                .init(name: "wiki", count: 20, againEvery: 7 * BusyYear.day, budgetPercent: 150, isBurst: true),
            ]),
    ]

    @Test("are in time while the budget suffices, whatever runs there are", arguments: BusyYearTests.cases)
    func inTime(_ example: Case) {
        var year = BusyYear(example.kinds, runs: example.runs)
        year.run(days: example.days)
        for database in year.databases {
            #expect(database.oldest <= database.againEvery, "\(database.name)")
            #expect(database.last?.late == 0, "\(database.name)")
        }
        #expect(year.proofs > 50)
        #expect(year.failures > 0 || example.days < 365)
        #expect(year.beside > 0 || !example.isCrowded)
        #expect(year.ways > 0 || example.runs.isForeseen)
    }

    @Test("keep out of the way of runs where there is room enough")
    func between() {
        var year = BusyYear([.init(budgetPercent: 200)], runs: .every(BusyYear.day, lasting: 4 * 3600))
        year.run(days: 60)
        #expect(year.databases[0].oldest <= year.databases[0].againEvery)
        #expect(year.beside == 0)
        #expect(year.ways == 0)
    }

    @Test("are said to be too many for the budget, from the beginning to the end")
    func budget() throws {
        var year = BusyYear([.init(budgetPercent: 60)], runs: .every(1800, lasting: 1500))
        year.run(days: 60)
        let database = year.databases[0]
        #expect(database.shortages == database.plans)
        let last = try #require(database.last)
        #expect(last.late > 0)
        #expect(last.timeShortage == nil)
        let words = try #require(last.warning(at: .restore))
        #expect(words.contains("a day would be needed, verify.budget is "), "\(words)")
    }

    @Test("are said to be too slow where not the budget but the time does not suffice")
    func time() throws {
        // 60 backups of about 60 GB in all, and no more than 16 GB in 30 days.
        var year = BusyYear([.init(budgetPercent: nil, speed: 6 << 10)], runs: .every(1800, lasting: 1500))
        year.run(days: 45)
        let database = year.databases[0]
        #expect(database.shortages == database.plans)
        let last = try #require(database.last)
        #expect(last.late > 0)
        #expect(last.shortage == nil)
        let words = try #require(last.warning(at: .restore))
        #expect(words.contains(" hours a day would be needed at the speed of the last proofs"), "\(words)")
        #expect(!words.contains("verify.budget"), "\(words)")
    }
}
