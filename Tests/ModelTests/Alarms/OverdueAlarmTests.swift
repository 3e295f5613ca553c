import Model
import Testing

@Suite struct OverdueAlarmTests {
    /// The first scheduled time without a backup: 2026-03-15T02:30:00Z.
    private static let first = Timestamp(seconds: 1_773_541_800)
    private static let day: Int64 = 86_400
    private static let hour: Int64 = 3_600

    /// Slots a day apart without an end, of which nobody should need a hundred.
    private struct Nights: Sequence, IteratorProtocol {
        var slot = OverdueAlarmTests.first
        var taken = 0

        mutating func next() -> Timestamp? {
            taken += 1
            precondition(taken < 100, "more slots are asked for than are needed")
            defer { slot = Timestamp(seconds: slot.seconds + 86_400) }
            return slot
        }
    }

    private static func finding(
        missed: Int = 1, grace: Duration = .seconds(2 * 3_600), after seconds: Int64, asksForProof: Bool = true
    ) -> OverdueFinding? {
        OverdueAlarm(missed: missed, grace: grace).finding(
            slotsSinceLastGood: Nights(), now: Timestamp(seconds: first.seconds + seconds),
            asksForProof: asksForProof)
    }

    @Test(
        "A database is overdue when its missed time is longer ago than the grace",
        arguments: [(-3600, false), (0, false), (7200, false), (7201, true), (180_000, true)] as [(Int64, Bool)])
    func grace(after seconds: Int64, isOverdue: Bool) {
        let finding = Self.finding(after: seconds)
        #expect((finding != nil) == isOverdue)
    }

    @Test(
        "Where three times may be missed, the third decides",
        arguments: [(86_400, false), (180_000, false), (180_001, true)] as [(Int64, Bool)])
    func several(after seconds: Int64, isOverdue: Bool) {
        let finding = Self.finding(missed: 3, after: seconds)
        #expect((finding != nil) == isOverdue)
    }

    @Test("The finding says since when, and says the same the next day")
    func since() throws {
        let early = Self.finding(missed: 2, after: Self.day + 3 * Self.hour)
        let late = Self.finding(missed: 2, after: 5 * Self.day + 3 * Self.hour)
        let finding = try #require(early)
        #expect(finding.since.text == "2026-03-16T04:30:00Z")
        #expect(finding.firstMissed == Self.first)
        #expect(finding.missed == 2)
        #expect(finding.isCountedOut)
        #expect(late?.since == finding.since)
        #expect(late?.missed == 6)
    }

    @Test("The words fit what is missing")
    func words() {
        let one = Self.finding(after: 3 * Self.hour)
        #expect(
            one?.text
                == "no verified backup came of the scheduled time 2026-03-15T02:30:00Z; "
                + "overdue since 2026-03-15T04:30:00Z")
        let three = Self.finding(after: 2 * Self.day + 3 * Self.hour, asksForProof: false)
        #expect(
            three?.text
                == "no backup came of 3 scheduled times since 2026-03-15T02:30:00Z; "
                + "overdue since 2026-03-15T04:30:00Z")
    }

    @Test("Without a scheduled time nothing is overdue")
    func noSlots() {
        let finding = OverdueAlarm(missed: 1, grace: .zero).finding(
            slotsSinceLastGood: [Timestamp](), now: Self.first, asksForProof: true)
        #expect(finding == nil)
    }

    @Test("A slot of this second is not missed yet, even without a grace")
    func noGrace() {
        #expect(Self.finding(grace: .zero, after: 0) == nil)
        #expect(Self.finding(grace: .zero, after: 1)?.since == Self.first)
    }

    @Test("A grace with a fraction of a second ends in the second that follows")
    func fractions() {
        #expect(Self.finding(grace: .milliseconds(1500), after: 1) == nil)
        let finding = Self.finding(grace: .milliseconds(1500), after: 2)
        #expect(finding?.since.seconds == Self.first.seconds + 2)
    }

    @Test("Settings that make no sense are the nearest that do")
    func settings() {
        #expect(OverdueAlarm(missed: 0, grace: .seconds(-5)) == OverdueAlarm(missed: 1, grace: .zero))
    }

    @Test("Very many missed times are not counted out")
    func many() {
        let minutes = (Int64(0)..<500_000).lazy.map { Timestamp(seconds: $0 * 60) }
        let now = Timestamp(seconds: 40_000_000)
        let finding = OverdueAlarm(missed: 1, grace: .zero).finding(
            slotsSinceLastGood: minutes, now: now, asksForProof: true)
        #expect(finding?.missed == 1000)
        #expect(finding?.isCountedOut == false)
        #expect(finding?.text.contains("came of at least 1,000 scheduled times") == true)
        let patient = OverdueAlarm(missed: 5000, grace: .zero).finding(
            slotsSinceLastGood: minutes, now: now, asksForProof: true)
        #expect(patient?.missed == 5000)
        #expect(patient?.since == Timestamp(seconds: 4999 * 60))
    }
}
