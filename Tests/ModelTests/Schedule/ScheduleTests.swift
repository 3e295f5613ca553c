import Model
import Testing

@Suite struct ScheduleTests {
    @Test("Slots come one after the other", arguments: SeriesCase.all)
    func series(_ series: SeriesCase) throws {
        let schedule = try Schedule(parsing: series.schedule)
        let expected = try series.slots.map { try utc($0) }
        var time = try utc(series.after)
        var found: [Timestamp] = []
        while found.count < expected.count, let next = schedule.next(after: time, in: .utc) {
            found.append(next)
            time = next
        }
        #expect(found == expected)
        // Backwards they are the same.
        let back = expected.dropFirst().compactMap { slot in
            schedule.latest(atOrBefore: Timestamp(seconds: slot.seconds - 1), in: .utc)
        }
        #expect(back == Array(expected.dropLast()))
    }

    @Test("A slot is at its own time, and the next is after it")
    func strictness() throws {
        let schedule = try Schedule(parsing: "17 3 * * *")
        let slot = try utc("2026-03-15 03:17")
        let before = Timestamp(seconds: slot.seconds - 1)
        let after = Timestamp(seconds: slot.seconds + 1)
        #expect(schedule.next(after: before, in: .utc) == slot)
        #expect(schedule.next(after: slot, in: .utc)?.text == "2026-03-16T03:17:00Z")
        #expect(schedule.latest(atOrBefore: slot, in: .utc) == slot)
        #expect(schedule.latest(atOrBefore: after, in: .utc) == slot)
        #expect(schedule.latest(atOrBefore: before, in: .utc)?.text == "2026-03-14T03:17:00Z")
        #expect(Array(schedule.slots(in: slot..<after, zone: .utc)) == [slot])
        #expect(Array(schedule.slots(in: before..<slot, zone: .utc)) == [])
        #expect(schedule.count(after: before, through: slot, in: .utc) == 1)
        #expect(schedule.count(after: slot, through: after, in: .utc) == 0)
        #expect(schedule.count(after: after, through: before, in: .utc) == 0)
    }

    @Test("Years of slots are counted without visiting each")
    func counting() throws {
        let berlin = try ZoneFiles.rules("Europe/Berlin")
        let start = try utc("2026-01-01 00:00")
        let end = try utc("2027-01-01 00:00")
        let counts = try ["* * * * *", "0 * * * *", "30 2 * * *", "every 7h", "0 0 29 2 *", "0-59 2 * * *"].map {
            try Schedule(parsing: $0).count(after: start, through: end, in: berlin)
        }
        // The last: 60 a day, but one alone on the day without that hour.
        #expect(counts == [525_600, 8760, 365, 1460, 0, 21_841])
        let millennia = try Schedule(parsing: "* * * * *").count(
            after: Timestamp(seconds: .min), through: Timestamp(seconds: .max), in: .utc)
        #expect(millennia == 3_652_059 * 1440)
    }

    @Test("Slots end where the years that can be written end")
    func ends() throws {
        let schedule = try Schedule(parsing: "@yearly")
        let last = try utc("9999-01-01 00:00")
        let first = try utc("0001-01-01 00:00")
        #expect(schedule.next(after: last, in: .utc) == nil)
        #expect(schedule.next(after: Timestamp(seconds: .max), in: .utc) == nil)
        #expect(schedule.next(after: Timestamp(seconds: .min), in: .utc) == first)
        #expect(schedule.latest(atOrBefore: Timestamp(seconds: .max), in: .utc) == last)
        #expect(schedule.latest(atOrBefore: first, in: .utc) == first)
        #expect(schedule.latest(atOrBefore: Timestamp(seconds: first.seconds - 1), in: .utc) == nil)
        #expect(schedule.latest(atOrBefore: Timestamp(seconds: .min), in: .utc) == nil)
    }

    @Test("Hourly slots of a month for five hundred databases are all there")
    func many() throws {
        let berlin = try ZoneFiles.rules("Europe/Berlin")
        let schedule = try Schedule(parsing: "@hourly")
        let start = try utc("2026-03-01 00:00")
        let end = try utc("2026-04-01 00:00")
        var slots = 0
        for _ in 0..<500 {
            for _ in schedule.slots(in: start..<end, zone: berlin) { slots += 1 }
        }
        #expect(slots == 500 * 31 * 24)
    }
}

/// Slots in UTC that follow on each other.
struct SeriesCase: Sendable, CustomStringConvertible {
    let schedule: String
    let after: String
    let slots: [String]

    var description: String { "\(schedule) after \(after)" }

    static let all: [SeriesCase] = [
        SeriesCase(
            schedule: "17 3 * * *", after: "2026-12-30 12:00",
            slots: ["2026-12-31 03:17", "2027-01-01 03:17", "2027-01-02 03:17"]),
        // Leap days, over a century that has none.
        SeriesCase(
            schedule: "0 0 29 2 *", after: "2026-01-01 00:00",
            slots: ["2028-02-29", "2032-02-29", "2036-02-29"]),
        SeriesCase(schedule: "0 0 29 2 *", after: "2096-02-29 00:00", slots: ["2104-02-29", "2108-02-29"]),
        SeriesCase(
            schedule: "0 0 29 2 */7", after: "2026-01-01 00:00",
            slots: ["2032-02-29", "2060-02-29", "2088-02-29", "2128-02-29", "2156-02-29"]),
        SeriesCase(
            schedule: "59 23 28,29 2 *", after: "2027-12-31 00:00",
            slots: ["2028-02-28 23:59", "2028-02-29 23:59", "2029-02-28 23:59"]),
        // Ends of months.
        SeriesCase(
            schedule: "0 0 31 * *", after: "2026-01-01 00:00",
            slots: [
                "2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31", "2026-08-31", "2026-10-31", "2026-12-31",
                "2027-01-31",
            ]),
        SeriesCase(
            schedule: "0 12 30 * *", after: "2026-01-01 00:00",
            slots: ["2026-01-30 12:00", "2026-03-30 12:00", "2026-04-30 12:00"]),
        SeriesCase(
            schedule: "0 0 1 * *", after: "2026-11-30 23:59:59", slots: ["2026-12-01", "2027-01-01", "2027-02-01"]),
        // Either day, both days.
        SeriesCase(
            schedule: "0 4 13 * 5", after: "2026-01-01 00:00",
            slots: ["2026-01-02 04:00", "2026-01-09 04:00", "2026-01-13 04:00", "2026-01-16 04:00"]),
        SeriesCase(
            schedule: "0 4 */2 * 5", after: "2026-01-01 00:00",
            slots: ["2026-01-09 04:00", "2026-01-23 04:00", "2026-02-13 04:00"]),
        SeriesCase(
            schedule: "0 0 31 2 mon", after: "2026-01-01 00:00",
            slots: ["2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23", "2027-02-01"]),
        SeriesCase(
            schedule: "0 4 * * mon-fri", after: "2026-01-01 12:00",
            slots: ["2026-01-02 04:00", "2026-01-05 04:00", "2026-01-06 04:00"]),
        // Intervals begin anew at each midnight, and count whole days from 1970 on.
        SeriesCase(
            schedule: "every 7h", after: "2026-01-01 00:00",
            slots: ["2026-01-01 07:00", "2026-01-01 14:00", "2026-01-01 21:00", "2026-01-02", "2026-01-02 07:00"]),
        SeriesCase(
            schedule: "every 59m", after: "2026-01-01 22:00",
            slots: ["2026-01-01 22:37", "2026-01-01 23:36", "2026-01-02 00:00", "2026-01-02 00:59"]),
        SeriesCase(
            schedule: "every 2d", after: "1969-12-29 00:00", slots: ["1969-12-30", "1970-01-01", "1970-01-03"]),
        SeriesCase(schedule: "every 7d", after: "2026-01-01 00:00", slots: ["2026-01-08", "2026-01-15"]),
        SeriesCase(
            schedule: "*/20 23 31 12 *", after: "1968-12-31 23:30",
            slots: ["1968-12-31 23:40", "1969-12-31 23:00", "1969-12-31 23:20"]),
    ]
}
