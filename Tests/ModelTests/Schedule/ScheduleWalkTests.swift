import Model
import TestSupport
import Testing

/// Schedules against a walk over real time, minute by minute.
@Suite struct ScheduleWalkTests {
    static let zones = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Africa/Cairo",
        "America/Sao_Paulo", "Asia/Beirut", "Antarctica/Troll", "Africa/Casablanca",
    ]

    @Test(
        "Around changes of the clocks, slots are the minutes at which cron would run",
        arguments: ScheduleWalkTests.zones)
    func aroundChanges(name: String) throws {
        let zone = try ZoneFiles.rules(name)
        let transitions = try Self.transitions(of: zone)
        var expressions = ExpressionGenerator(seed: UInt64(name.utf8.count))
        let intervals: [Int64] = [1, 7, 45, 60, 61, 90, 120, 360, 1380, 1440, 2880]
        for _ in 0..<3 {
            let transition = transitions[expressions.number(0...(transitions.count - 1))]
            let before = Int64(expressions.number(1...1440))
            let walk = Walk(zone, from: transition.seconds / 60 - before, minutes: 1500)
            for _ in 0..<6 { try walk.check(expressions.nightly()) }
            for _ in 0..<3 {
                try walk.check(everyMinutes: intervals[expressions.number(0...(intervals.count - 1))])
            }
        }
    }

    @Test(
        "At any time, slots are the minutes at which cron would run",
        arguments: ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
    func anywhere(name: String) throws {
        let zone = try ZoneFiles.rules(name)
        var expressions = ExpressionGenerator(seed: 5)
        for _ in 0..<4 {
            let start = Int64(expressions.number(10_000_000...60_000_000))
            let walk = Walk(zone, from: start, minutes: 3000)
            for _ in 0..<8 { try walk.check(expressions.arbitrary()) }
        }
    }

    /// The changes of the clocks between 1990 and 2100.
    private static func transitions(of zone: TimeZoneRules) throws -> [Timestamp] {
        var transitions: [Timestamp] = []
        let end = try utc("2100-01-01 00:00")
        var next = zone.nextTransition(after: try utc("1990-01-01 00:00"))
        while let transition = next, transition.at < end {
            transitions.append(transition.at)
            next = zone.nextTransition(after: transition.at)
        }
        return transitions
    }
}

/// A stretch of real time, and what the local clock shows in each of its minutes.
private struct Walk {
    private let zone: TimeZoneRules
    private let start: Int64
    private let minutes: Int
    private let faces: [Int64]
    /// The walk begins so many minutes earlier: it has to know of a change of the clocks just before `start`.
    private static let lead = 1800

    /// - Parameter start: minutes since 1970.
    init(_ zone: TimeZoneRules, from start: Int64, minutes: Int) {
        self.zone = zone
        self.start = start
        self.minutes = minutes
        faces = (-Self.lead..<minutes).map { minute in
            let seconds = (start + Int64(minute)) * 60
            return (seconds + Int64(zone.offset(at: Timestamp(seconds: seconds)))) / 60
        }
    }

    /// An expression that never comes is refused, and has no runs.
    func check(_ expression: String) throws {
        guard let schedule = try? Schedule(parsing: expression) else {
            let fields = expression.split(separator: " ")
            #expect(fields[2].first != "*", "\(expression)")
            #expect(fields[4].first == "*", "\(expression)")
            let runs = NaiveSchedule(expression: expression).runs(faces, lead: Self.lead)
            #expect(runs == [], "\(expression)")
            return
        }
        try check(schedule, NaiveSchedule(expression: expression))
    }

    func check(everyMinutes interval: Int64) throws {
        try check(Schedule(parsing: "every \(interval)m"), NaiveSchedule(everyMinutes: interval))
    }

    private func check(_ schedule: Schedule, _ judge: NaiveSchedule) throws {
        let place: Comment = "\(schedule) in \(zone.name) from minute \(start)"
        let expected = judge.runs(faces, lead: Self.lead).map { time($0 - Self.lead) }
        let first = Timestamp(seconds: time(0).seconds - 1)
        let last = Timestamp(seconds: time(minutes).seconds - 1)
        #expect(Array(schedule.slots(in: time(0)..<time(minutes), zone: zone)) == expected, place)
        #expect(schedule.count(after: first, through: last, in: zone) == expected.count, place)
        try #require(schedule.isWildcard == judge.followsTheFace, place)

        // From any moment, the next and the latest slot are the neighbours in this list.
        for index in stride(from: 0, to: minutes, by: 61) {
            let moment = Timestamp(seconds: time(index).seconds + Int64(index % 60))
            let following = expected.first { $0 > moment }
            let preceding = expected.last { $0 <= moment }
            // Outside of the walk there may be others.
            let next = schedule.next(after: moment, in: zone).flatMap { $0 <= last ? $0 : nil }
            let latest = schedule.latest(atOrBefore: moment, in: zone).flatMap { $0 > first ? $0 : nil }
            #expect(next == following, place)
            #expect(latest == preceding, place)
        }
        // Beyond the walk they agree with each other.
        let beyond = try #require(schedule.next(after: last, in: zone), place)
        #expect(schedule.latest(atOrBefore: beyond, in: zone) == beyond, place)
        let before = try #require(schedule.latest(atOrBefore: Timestamp(seconds: beyond.seconds - 1), in: zone), place)
        #expect(before < beyond, place)
        #expect(schedule.next(after: before, in: zone) == beyond, place)
    }

    private func time(_ minute: Int) -> Timestamp {
        Timestamp(seconds: (start + Int64(minute)) * 60)
    }
}
