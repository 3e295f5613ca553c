import Model
import Testing

@Suite struct ClockChangeTests {
    @Test("Clocks are put forward and back as cronie would have it", arguments: ClockChange.all)
    func slots(_ change: ClockChange) throws {
        let zone = try ZoneFiles.rules(change.zone)
        let schedule = try Schedule(parsing: change.schedule)
        let start = try utc(change.from)
        let end = try utc(change.to)
        let expected = try change.slots.map { try utc($0) }
        #expect(Array(schedule.slots(in: start..<end, zone: zone)) == expected)

        var forward: [Timestamp] = []
        var next = schedule.next(after: Timestamp(seconds: start.seconds - 1), in: zone)
        while let slot = next, slot < end {
            forward.append(slot)
            next = schedule.next(after: slot, in: zone)
        }
        #expect(forward == expected)

        var backward: [Timestamp] = []
        var latest = schedule.latest(atOrBefore: Timestamp(seconds: end.seconds - 1), in: zone)
        while let slot = latest, slot >= start {
            backward.append(slot)
            latest = schedule.latest(atOrBefore: Timestamp(seconds: slot.seconds - 1), in: zone)
        }
        #expect(Array(backward.reversed()) == expected)

        let count = schedule.count(
            after: Timestamp(seconds: start.seconds - 1), through: Timestamp(seconds: end.seconds - 1), in: zone)
        #expect(count == expected.count)
    }

    @Test("A daily time comes once on every day of ten years", arguments: ["Europe/Berlin", "Australia/Lord_Howe"])
    func onceADay(name: String) throws {
        let zone = try ZoneFiles.rules(name)
        let start = try utc("2020-01-01 12:00")
        let end = try utc("2030-01-01 12:00")
        for text in ["0 0 * * *", "15 1 * * *", "45 1 * * *", "0 2 * * *", "15 2 * * *", "0 3 * * *", "every 1d"] {
            let schedule = try Schedule(parsing: text)
            let days = schedule.slots(in: start..<end, zone: zone).map { zone.civilTime(at: $0).dayNumber }
            let first = try #require(days.first)
            #expect(days == Array(first..<(first + 3653)), "\(text)")
        }
    }
}

/// A schedule over a change of the clocks, with all slots from one moment until before another, in UTC.
struct ClockChange: Sendable, CustomStringConvertible {
    let zone: String
    let schedule: String
    let from: String
    let to: String
    let slots: [String]

    init(_ zone: String, _ schedule: String, from: String, to: String, _ slots: [String]) {
        self.zone = zone
        self.schedule = schedule
        self.from = from
        self.to = to
        self.slots = slots
    }

    var description: String { "\(schedule) in \(zone) from \(from)" }

    static let all: [ClockChange] = [berlin, newYork, lordHowe, apia, stJohns, midnights].flatMap { $0 }

    /// 02:00 becomes 03:00 on March 29 at 01:00 UTC, 03:00 becomes 02:00 on October 25 at 01:00 UTC.
    private static let berlin: [ClockChange] = [
        ClockChange(
            "Europe/Berlin", "30 2 * * *", from: "2026-03-28 00:00", to: "2026-03-31 00:00",
            ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"]),
        ClockChange(
            "Europe/Berlin", "30 2 * * *", from: "2026-10-24 00:00", to: "2026-10-27 00:00",
            ["2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"]),
        ClockChange(
            "Europe/Berlin", "0,15,30,45 2 * * *", from: "2026-03-28 22:00", to: "2026-03-29 22:00",
            ["2026-03-29 01:00"]),
        ClockChange(
            "Europe/Berlin", "0,15,30,45 2 * * *", from: "2026-10-24 22:00", to: "2026-10-25 22:00",
            ["2026-10-25 00:00", "2026-10-25 00:15", "2026-10-25 00:30", "2026-10-25 00:45"]),
        // What is skipped, and what stands at the gap's end, is one slot.
        ClockChange(
            "Europe/Berlin", "0 2,3 * * *", from: "2026-03-28 22:00", to: "2026-03-29 22:00", ["2026-03-29 01:00"]),
        ClockChange(
            "Europe/Berlin", "0 2,3 * * *", from: "2026-10-24 22:00", to: "2026-10-25 22:00",
            ["2026-10-25 00:00", "2026-10-25 02:00"]),
        ClockChange(
            "Europe/Berlin", "*/30 2 * * *", from: "2026-03-28 22:00", to: "2026-03-29 22:00", []),
        ClockChange(
            "Europe/Berlin", "*/30 2 * * *", from: "2026-10-24 22:00", to: "2026-10-25 22:00",
            ["2026-10-25 00:00", "2026-10-25 00:30", "2026-10-25 01:00", "2026-10-25 01:30"]),
        ClockChange(
            "Europe/Berlin", "*/30 * * * *", from: "2026-03-29 00:00", to: "2026-03-29 02:00",
            ["2026-03-29 00:00", "2026-03-29 00:30", "2026-03-29 01:00", "2026-03-29 01:30"]),
        ClockChange(
            "Europe/Berlin", "every 6h", from: "2026-03-28 22:00", to: "2026-03-29 23:00",
            ["2026-03-28 23:00", "2026-03-29 04:00", "2026-03-29 10:00", "2026-03-29 16:00", "2026-03-29 22:00"]),
        ClockChange(
            "Europe/Berlin", "every 6h", from: "2026-10-24 20:00", to: "2026-10-26 00:00",
            ["2026-10-24 22:00", "2026-10-25 05:00", "2026-10-25 11:00", "2026-10-25 17:00", "2026-10-25 23:00"]),
        ClockChange(
            "Europe/Berlin", "every 90m", from: "2026-03-28 22:30", to: "2026-03-29 05:00",
            ["2026-03-28 23:00", "2026-03-29 00:30", "2026-03-29 01:00", "2026-03-29 02:30", "2026-03-29 04:00"]),
        ClockChange(
            "Europe/Berlin", "every 2h", from: "2026-10-24 21:00", to: "2026-10-25 04:00",
            ["2026-10-24 22:00", "2026-10-25 00:00", "2026-10-25 03:00"]),
        ClockChange(
            "Europe/Berlin", "every 1h", from: "2026-10-24 23:00", to: "2026-10-25 03:00",
            ["2026-10-24 23:00", "2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00"]),
        ClockChange(
            "Europe/Berlin", "@daily", from: "2026-10-24 20:00", to: "2026-10-26 12:00",
            ["2026-10-24 22:00", "2026-10-25 23:00"]),
    ]

    /// 02:00 becomes 03:00 on March 8 at 07:00 UTC, 02:00 becomes 01:00 on November 1 at 06:00 UTC.
    private static let newYork: [ClockChange] = [
        ClockChange(
            "America/New_York", "30 2 * * *", from: "2026-03-07 00:00", to: "2026-03-10 00:00",
            ["2026-03-07 07:30", "2026-03-08 07:00", "2026-03-09 06:30"]),
        ClockChange(
            "America/New_York", "30 1 * * *", from: "2026-10-31 00:00", to: "2026-11-03 00:00",
            ["2026-10-31 05:30", "2026-11-01 05:30", "2026-11-02 06:30"]),
        ClockChange(
            "America/New_York", "15 1,2 * * *", from: "2026-11-01 04:00", to: "2026-11-02 00:00",
            ["2026-11-01 05:15", "2026-11-01 07:15"]),
        ClockChange(
            "America/New_York", "@hourly", from: "2026-11-01 04:30", to: "2026-11-01 08:30",
            ["2026-11-01 05:00", "2026-11-01 06:00", "2026-11-01 07:00", "2026-11-01 08:00"]),
        ClockChange(
            "America/New_York", "@hourly", from: "2026-03-08 05:30", to: "2026-03-08 08:30",
            ["2026-03-08 06:00", "2026-03-08 07:00", "2026-03-08 08:00"]),
        ClockChange(
            "America/New_York", "0 */2 * * *", from: "2026-03-08 04:30", to: "2026-03-08 10:30",
            ["2026-03-08 05:00", "2026-03-08 08:00", "2026-03-08 10:00"]),
    ]

    /// Half an hour: 02:00 becomes 01:30 on April 4 at 15:00 UTC, 02:00 becomes 02:30 on October 3 at 15:30 UTC.
    private static let lordHowe: [ClockChange] = [
        ClockChange(
            "Australia/Lord_Howe", "15 2 * * *", from: "2026-10-02 00:00", to: "2026-10-05 00:00",
            ["2026-10-02 15:45", "2026-10-03 15:30", "2026-10-04 15:15"]),
        ClockChange(
            "Australia/Lord_Howe", "45 1 * * *", from: "2026-04-03 00:00", to: "2026-04-06 00:00",
            ["2026-04-03 14:45", "2026-04-04 14:45", "2026-04-05 15:15"]),
        ClockChange(
            "Australia/Lord_Howe", "*/15 1 * * *", from: "2026-04-04 12:00", to: "2026-04-05 12:00",
            [
                "2026-04-04 14:00", "2026-04-04 14:15", "2026-04-04 14:30", "2026-04-04 14:45", "2026-04-04 15:00",
                "2026-04-04 15:15",
            ]),
        ClockChange(
            "Australia/Lord_Howe", "*/15 2 * * *", from: "2026-10-03 12:00", to: "2026-10-04 12:00",
            ["2026-10-03 15:30", "2026-10-03 15:45"]),
        ClockChange(
            "Australia/Lord_Howe", "0,30 2 * * *", from: "2026-10-03 12:00", to: "2026-10-04 12:00",
            ["2026-10-03 15:30"]),
        ClockChange(
            "Australia/Lord_Howe", "every 2h", from: "2026-10-03 13:00", to: "2026-10-03 17:30",
            ["2026-10-03 13:30", "2026-10-03 15:30", "2026-10-03 17:00"]),
        ClockChange(
            "Australia/Lord_Howe", "@hourly", from: "2026-10-03 13:00", to: "2026-10-03 17:30",
            ["2026-10-03 13:30", "2026-10-03 14:30", "2026-10-03 16:00", "2026-10-03 17:00"]),
    ]

    /// A day that never was: December 29 ended at 10:00 UTC on the 30th, and December 31 began.
    private static let apia: [ClockChange] = [
        ClockChange(
            "Pacific/Apia", "0 3 * * *", from: "2011-12-29 00:00", to: "2012-01-01 00:00",
            ["2011-12-29 13:00", "2011-12-30 10:00", "2011-12-30 13:00", "2011-12-31 13:00"]),
        ClockChange(
            "Pacific/Apia", "@daily", from: "2011-12-29 00:00", to: "2012-01-01 00:00",
            ["2011-12-29 10:00", "2011-12-30 10:00", "2011-12-31 10:00"]),
        ClockChange(
            "Pacific/Apia", "0 0,3,12 30 12 *", from: "2011-12-01 00:00", to: "2012-12-01 00:00",
            ["2011-12-30 10:00"]),
        ClockChange(
            "Pacific/Apia", "*/30 12 30 12 *", from: "2011-12-01 00:00", to: "2012-12-01 00:00", []),
        ClockChange(
            "Pacific/Apia", "every 6h", from: "2011-12-30 00:00", to: "2011-12-31 00:00",
            ["2011-12-30 04:00", "2011-12-30 10:00", "2011-12-30 16:00", "2011-12-30 22:00"]),
    ]

    /// Until 2011 one minute after midnight: 00:01 became 01:01 in March, and 23:01 of the day before in November.
    private static let stJohns: [ClockChange] = [
        ClockChange(
            "America/St_Johns", "1 0 * * *", from: "2011-03-12 00:00", to: "2011-03-15 00:00",
            ["2011-03-12 03:31", "2011-03-13 03:31", "2011-03-14 02:31"]),
        ClockChange(
            "America/St_Johns", "@daily", from: "2010-11-06 00:00", to: "2010-11-09 00:00",
            ["2010-11-06 02:30", "2010-11-07 02:30", "2010-11-08 03:30"]),
        ClockChange(
            "America/St_Johns", "30 0 * * *", from: "2010-11-06 00:00", to: "2010-11-09 00:00",
            ["2010-11-06 03:00", "2010-11-07 04:00", "2010-11-08 04:00"]),
        ClockChange(
            "America/St_Johns", "30 2 * * *", from: "2026-03-07 12:00", to: "2026-03-09 12:00",
            ["2026-03-08 05:30", "2026-03-09 05:00"]),
    ]

    /// Clocks that are changed at midnight: forward from 00:00 to 01:00, back from 24:00 to 23:00.
    private static let midnights: [ClockChange] = [
        ClockChange(
            "Africa/Cairo", "@daily", from: "2026-04-22 00:00", to: "2026-04-25 00:00",
            ["2026-04-22 22:00", "2026-04-23 22:00", "2026-04-24 21:00"]),
        ClockChange(
            "Africa/Cairo", "@daily", from: "2026-10-28 00:00", to: "2026-11-01 00:00",
            ["2026-10-28 21:00", "2026-10-29 22:00", "2026-10-30 22:00", "2026-10-31 22:00"]),
        ClockChange(
            "Africa/Cairo", "30 23 * * *", from: "2026-10-28 00:00", to: "2026-10-31 00:00",
            ["2026-10-28 20:30", "2026-10-29 20:30", "2026-10-30 21:30"]),
        ClockChange(
            "America/Sao_Paulo", "@daily", from: "2018-11-03 00:00", to: "2018-11-06 00:00",
            ["2018-11-03 03:00", "2018-11-04 03:00", "2018-11-05 02:00"]),
        ClockChange(
            "America/Sao_Paulo", "@daily", from: "2018-02-16 00:00", to: "2018-02-20 00:00",
            ["2018-02-16 02:00", "2018-02-17 02:00", "2018-02-18 03:00", "2018-02-19 03:00"]),
        ClockChange(
            "Asia/Beirut", "0 0 29 3 *", from: "2026-01-01 00:00", to: "2027-01-01 00:00", ["2026-03-28 22:00"]),
        ClockChange(
            "Asia/Beirut", "30 23 * * *", from: "2026-10-23 00:00", to: "2026-10-26 00:00",
            ["2026-10-23 20:30", "2026-10-24 20:30", "2026-10-25 21:30"]),
    ]
}
