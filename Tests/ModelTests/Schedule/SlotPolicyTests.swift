import Model
import Testing

@Suite struct SlotPolicyTests {
    private static let hourly = "0 * * * *"
    private static let minute: Int64 = 60
    private static let hour: Int64 = 3600
    private static let day: Int64 = 86400

    private static func policy(
        _ schedule: String, jitter: Duration = .zero, catchUp: Bool = true, zone: TimeZoneRules = .utc
    ) throws -> SlotPolicy {
        SlotPolicy(
            schedule: try Schedule(parsing: schedule), zone: zone, database: "shop", jitter: jitter, catchUp: catchUp)
    }

    private static func moment(_ start: Timestamp, plus seconds: Int64) -> Timestamp {
        Timestamp(seconds: start.seconds + seconds)
    }

    @Test(
        "While the machine is awake, every slot is run once, on time",
        arguments: ["0 * * * *", "*/7 * * * *", "every 90m"])
    func awake(schedule: String) throws {
        let start = try utc("2026-03-15 00:30")
        let end = try utc("2026-03-18 00:30")
        let policy = try Self.policy(schedule)
        var clock = ManualClock(policy, at: start)
        try clock.run(until: end)
        let slots = Array(policy.schedule.slots(in: Self.moment(start, plus: 1)..<end, zone: .utc))
        #expect(clock.runs.map { $0.slot } == slots)
        #expect(clock.runs.map { $0.startAt } == slots)
        let faults = clock.runs.filter { $0.missed != 0 || $0.isCatchUp }
        #expect(faults == [])
        #expect(clock.skipped == [])
    }

    @Test("Both changes of the clocks give each slot one run", arguments: ["30 2 * * *", "*/15 2 * * *", "every 6h"])
    func clockChanges(schedule: String) throws {
        let berlin = try ZoneFiles.rules("Europe/Berlin")
        for (from, to) in [("2026-03-27 00:00", "2026-04-01 12:00"), ("2026-10-23 00:00", "2026-10-28 12:00")] {
            let start = try utc(from)
            let end = try utc(to)
            let policy = try Self.policy(schedule, zone: berlin)
            var clock = ManualClock(policy, at: start)
            try clock.run(until: end)
            let slots = Array(policy.schedule.slots(in: Self.moment(start, plus: 1)..<end, zone: berlin))
            #expect(clock.runs.map { $0.slot } == slots)
        }
    }

    @Test(
        "After downtime one run stands for all slots that were missed",
        arguments: [
            ("0 * * * *", 3600, 0), ("0 * * * *", 2 * 3600, 1), ("0 * * * *", 86400, 23),
            ("0 * * * *", 365 * 86400, 8759), ("* * * * *", 3600, 59), ("* * * * *", 365 * 86400, 525_599),
            ("30 2 * * *", 86400, 0), ("30 2 * * *", 365 * 86400, 364), ("@yearly", 365 * 86400, 0),
        ] as [(String, Int64, Int)])
    func downtime(schedule: String, seconds: Int64, missed: Int) throws {
        let start = try utc("2026-03-15 12:30:10")
        var clock = ManualClock(try Self.policy(schedule), at: start)
        try clock.run(until: start)
        clock.jump(to: Self.moment(start, plus: seconds + 20))
        try clock.run(until: clock.now)
        #expect(clock.runs.count == 1)
        #expect(clock.runs.first?.missed == missed)
        #expect(clock.skipped == [])
        let owed = try #require(clock.runs.first)
        #expect(clock.lastHandled == owed.slot)
        // Afterwards all is as before.
        clock.clearRecords()
        let next = try #require(clock.policy.schedule.next(after: clock.now, in: .utc))
        try clock.run(until: next)
        #expect(clock.runs == [DueSlot(slot: next, startAt: next, missed: 0, isCatchUp: false)])
    }

    @Test("Without catch_up, slots that were missed are given up and counted", arguments: [1, 24, 24 * 365])
    func givenUp(hours: Int) throws {
        let start = try utc("2026-03-15 12:30")
        var clock = ManualClock(try Self.policy(Self.hourly, catchUp: false), at: start)
        try clock.run(until: start)
        clock.jump(to: Self.moment(start, plus: Int64(hours) * Self.hour))
        try clock.run(until: clock.now)
        #expect(clock.runs == [])
        let latest = Self.moment(clock.now, plus: -30 * Self.minute)
        #expect(clock.skipped == [SkippedSlots(latest: latest, count: hours)])
        try clock.run(until: Self.moment(clock.now, plus: Self.hour))
        #expect(clock.runs.map { $0.slot } == [Self.moment(latest, plus: Self.hour)])
        #expect(clock.runs.map { $0.missed } == [0])
        #expect(clock.skipped.count == 1)
    }

    @Test("A slot is on time for a minute, whether or not late ones are caught up", arguments: [true, false])
    func punctuality(catchUp: Bool) throws {
        let since = try utc("2026-03-15 10:30")
        let slot = try utc("2026-03-15 12:00")
        let policy = try Self.policy(Self.hourly, catchUp: catchUp)
        let onTime = policy.decide(lastHandled: nil, since: since, now: Self.moment(slot, plus: 60))
        let due = DueSlot(slot: slot, startAt: slot, missed: 1, isCatchUp: false)
        #expect(onTime == SlotDecision(.run(due), lastHandled: slot))

        let late = policy.decide(lastHandled: nil, since: since, now: Self.moment(slot, plus: 61))
        if catchUp {
            let due = DueSlot(slot: slot, startAt: slot, missed: 1, isCatchUp: true)
            #expect(late == SlotDecision(.run(due), lastHandled: slot))
        } else {
            let next = Self.moment(slot, plus: Self.hour)
            let skipped = SkippedSlots(latest: slot, count: 2)
            let waiting = SlotDecision.Action.wait(UpcomingSlot(slot: next, startAt: next))
            #expect(late == SlotDecision(waiting, skipped: skipped, lastHandled: slot))
        }
    }

    @Test("No slot is owed from before the database was configured")
    func since() throws {
        let policy = try Self.policy(Self.hourly)
        let noon = try utc("2026-03-15 12:00")
        let next = Self.moment(noon, plus: Self.hour)
        let waiting = SlotDecision(.wait(UpcomingSlot(slot: next, startAt: next)))
        #expect(policy.decide(lastHandled: nil, since: noon, now: Self.moment(noon, plus: 1)) == waiting)
        #expect(policy.decide(lastHandled: nil, since: noon, now: Self.moment(noon, plus: 3599)) == waiting)
        let due = DueSlot(slot: next, startAt: next, missed: 0, isCatchUp: false)
        #expect(policy.decide(lastHandled: nil, since: noon, now: next) == SlotDecision(.run(due), lastHandled: next))
        // A database that was removed for a while and configured anew owes nothing from in between.
        let old = Self.moment(noon, plus: -100 * Self.day)
        #expect(policy.decide(lastHandled: old, since: noon, now: Self.moment(noon, plus: 1)) == waiting)
    }

    @Test("When the clock is put back, no slot is run a second time", arguments: [10, 90 * 60, 23 * 3600] as [Int64])
    func back(seconds: Int64) throws {
        let start = try utc("2026-03-15 00:30")
        var clock = ManualClock(try Self.policy(Self.hourly), at: start)
        try clock.run(until: try utc("2026-03-17 12:00:05"))
        let slots = clock.runs.map { $0.slot }
        clock.jump(to: Self.moment(clock.now, plus: -seconds))
        try clock.run(until: try utc("2026-03-17 14:00"))
        let later = [try utc("2026-03-17 13:00"), try utc("2026-03-17 14:00")]
        #expect(clock.runs.map { $0.slot } == slots + later)
        #expect(clock.forgotten == [])
        let missed = clock.runs.filter { $0.missed > 0 }
        #expect(missed == [])
    }

    @Test("A weekly slot is not run again when the clock is put back three days")
    func backWeekly() throws {
        let sunday = try utc("2026-03-15 04:00")
        var clock = ManualClock(try Self.policy("0 4 * * sun"), at: try utc("2026-03-10 00:00"))
        try clock.run(until: sunday)
        clock.jump(to: Self.moment(sunday, plus: -3 * Self.day))
        try clock.run(until: Self.moment(sunday, plus: 7 * Self.day))
        #expect(clock.runs.map { $0.slot } == [sunday, Self.moment(sunday, plus: 7 * Self.day)])
        #expect(clock.forgotten == [])
    }

    @Test(
        "A clock that was years ahead does not silence the schedule once it is set right",
        arguments: ["0 * * * *", "30 2 * * *", "every 7d", "0 4 * * sun"])
    func wrongClock(schedule: String) throws {
        let right = try utc("2026-03-15 12:30")
        let wrong = try utc("2036-07-01 12:30")
        let policy = try Self.policy(schedule)
        var clock = ManualClock(policy, at: right, since: try utc("2026-01-01 00:00"), lastHandled: right)
        clock.jump(to: wrong)
        try clock.run(until: wrong)
        #expect(clock.runs.count == 1)
        let handled = try #require(clock.lastHandled)
        clock.clearRecords()

        clock.jump(to: right)
        let end = Self.moment(right, plus: 30 * Self.day)
        try clock.run(until: end)
        let slots = Array(policy.schedule.slots(in: Self.moment(right, plus: 1)..<end, zone: .utc))
        #expect(slots.count >= 4)
        #expect(clock.runs.map { $0.slot } == slots)
        #expect(clock.forgotten == [handled])
        let faults = clock.runs.filter { $0.missed != 0 || $0.isCatchUp }
        #expect(faults == [])
    }

    @Test("A wrong memory is forgotten only beyond a day, and only if a slot comes before it")
    func unbelievable() throws {
        let now = try utc("2026-03-15 12:30")
        let daily = try Self.policy("0 0 * * *")
        let weekly = try Self.policy("0 0 * * mon")
        let monthly = try Self.policy("0 0 22 * *")
        let cases: [(SlotPolicy, Int64, Bool)] = [
            (daily, 86400, false), (daily, 86401, true), (daily, 11 * 3600, false), (weekly, 2 * 86400, true),
            (weekly, 11 * 3600 + 1800, false), (weekly, 86401, true),
            // A slot a week ahead, and none before it: the clock may well have been put back.
            (monthly, 6 * 86400 + 11 * 3600 + 1800, false),
        ]
        for (policy, ahead, isForgotten) in cases {
            let memory = Self.moment(now, plus: ahead)
            let decision = policy.decide(lastHandled: memory, since: Self.moment(now, plus: -1000 * Self.day), now: now)
            #expect(decision.forgotten == (isForgotten ? memory : nil), "\(policy.schedule) \(ahead)")
            guard case .wait(let upcoming) = decision.action else {
                Issue.record("nothing is owed at \(now.text)")
                continue
            }
            let expected = policy.schedule.next(after: isForgotten ? now : memory, in: .utc)
            #expect(upcoming?.slot == expected)
        }
    }

    @Test("A database that was configured under a wrong clock is backed up once the clock is right")
    func configuredInTheFuture() throws {
        let wrong = try utc("2036-07-01 12:30")
        let right = try utc("2026-03-15 12:30")
        var clock = ManualClock(try Self.policy(Self.hourly), at: right, since: wrong)
        try clock.run(until: Self.moment(right, plus: 3 * Self.hour))
        let slots = clock.runs.map { $0.slot.text }
        #expect(slots == ["2026-03-15T13:00:00Z", "2026-03-15T14:00:00Z", "2026-03-15T15:00:00Z"])
        let missed = clock.runs.filter { $0.missed > 0 }
        #expect(missed == [])
    }

    @Test("When the clock is put forward, what was jumped over is one run")
    func forward() throws {
        let start = try utc("2026-03-15 12:30")
        var clock = ManualClock(try Self.policy(Self.hourly), at: start)
        clock.jump(to: try utc("2026-03-15 17:45"))
        try clock.run(until: try utc("2026-03-15 18:00"))
        let slots = clock.runs.map { $0.slot.text }
        #expect(slots == ["2026-03-15T17:00:00Z", "2026-03-15T18:00:00Z"])
        #expect(clock.runs.map { $0.missed } == [4, 0])
        #expect(clock.runs.map { $0.isCatchUp } == [true, false])
    }

    @Test("With jitter every slot is run once, at its own delay")
    func jitter() throws {
        let policy = try Self.policy(Self.hourly, jitter: .seconds(600))
        let start = try utc("2026-03-15 00:30")
        var clock = ManualClock(policy, at: start)
        try clock.run(until: try utc("2026-03-17 00:30"))
        let slots = Array(policy.schedule.slots(in: start..<clock.now, zone: .utc))
        #expect(clock.runs.map { $0.slot } == slots)
        #expect(clock.runs.map { $0.startAt } == slots.map { policy.start(of: $0) })
        let delays = clock.runs.map { $0.startAt.seconds - $0.slot.seconds }
        #expect(Set(delays).count > 20)
        let outside = delays.filter { !(0..<600).contains($0) }
        #expect(outside == [])
    }

    @Test("Between a slot and its delayed start nothing is due yet, and it is not forgotten")
    func pending() throws {
        let policy = try Self.policy(Self.hourly, jitter: .seconds(600))
        let slot = try utc("2026-03-15 12:00")
        let startAt = policy.start(of: slot)
        #expect(startAt.seconds == slot.seconds + 143)
        let before = Self.moment(slot, plus: -Self.day)
        let waiting = SlotDecision(.wait(UpcomingSlot(slot: slot, startAt: startAt)))
        let previous = Self.moment(slot, plus: -Self.hour)
        for now in [slot, Self.moment(slot, plus: 30), Self.moment(startAt, plus: -1)] {
            #expect(policy.decide(lastHandled: previous, since: before, now: now) == waiting)
        }
        let due = DueSlot(slot: slot, startAt: startAt, missed: 0, isCatchUp: false)
        let decision = policy.decide(lastHandled: previous, since: before, now: startAt)
        #expect(decision == SlotDecision(.run(due), lastHandled: slot))
    }

    @Test("Jitter that is longer than the time between slots neither stops the schedule nor runs a slot twice")
    func longJitter() throws {
        let policy = try Self.policy("*/10 * * * *", jitter: .seconds(3600))
        let start = try utc("2026-03-15 00:00")
        var clock = ManualClock(policy, at: start)
        try clock.run(until: try utc("2026-03-18 00:00"))
        let slots = clock.runs.map { $0.slot.seconds }
        #expect(slots == Set(slots).sorted())
        let covered = clock.runs.reduce(0) { $0 + 1 + $1.missed }
        let last = try #require(clock.runs.last)
        #expect(covered == policy.schedule.count(after: start, through: last.slot, in: .utc))
        #expect(clock.runs.count > 72)
    }
}
