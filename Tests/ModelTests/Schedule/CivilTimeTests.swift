import Model
import TestSupport
import Testing

@Suite struct CivilTimeTests {
    @Test("Fields and moments are two forms of one thing")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 1)
        let range = try utc("0001-01-01 00:00").seconds...utc("9999-12-31 23:59:59").seconds
        for _ in 0..<2000 {
            let time = Timestamp(seconds: Int64.random(in: range, using: &generator))
            let civil = CivilTime(time)
            #expect(civil.timestamp == time)
            #expect("\(civil)Z" == time.text)
            let again = CivilTime(
                year: civil.year, month: civil.month, day: civil.day, hour: civil.hour, minute: civil.minute,
                second: civil.second)
            #expect(again == civil)
        }
    }

    @Test(
        "What no calendar and no clock shows is refused",
        arguments: [
            [2026, 2, 29, 0, 0, 0], [1900, 2, 29, 0, 0, 0], [2026, 4, 31, 0, 0, 0], [2026, 0, 1, 0, 0, 0],
            [2026, 13, 1, 0, 0, 0], [2026, 1, 0, 0, 0, 0], [2026, 1, 1, 24, 0, 0], [2026, 1, 1, 0, 60, 0],
            [2026, 1, 1, 0, 0, 60], [0, 1, 1, 0, 0, 0], [10_000, 1, 1, 0, 0, 0], [2026, 1, 1, -1, 0, 0],
        ])
    func refused(fields: [Int]) {
        let civil = CivilTime(
            year: fields[0], month: fields[1], day: fields[2], hour: fields[3], minute: fields[4], second: fields[5])
        #expect(civil == nil)
    }

    @Test(
        "Days have their weekday, Sunday being 0",
        arguments: [
            ("1970-01-01", 4), ("2000-02-29", 2), ("2026-03-15", 0), ("1969-12-31", 3), ("2038-01-19", 2),
            ("1600-01-01", 6),
        ])
    func weekdays(day: String, weekday: Int) throws {
        let civil = CivilTime(try utc(day))
        #expect(civil.weekday == weekday)
    }

    @Test("Days are added over the ends of months and years")
    func days() throws {
        let day = CivilTime(try utc("2024-02-28 13:14:15"))
        #expect("\(day.adding(days: 1))" == "2024-02-29T13:14:15")
        #expect("\(day.adding(days: 2))" == "2024-03-01T13:14:15")
        #expect("\(day.adding(days: -59))" == "2023-12-31T13:14:15")
        #expect(day.adding(days: 1).dayNumber == day.dayNumber + 1)
        #expect(day < day.adding(days: 1))
    }

    @Test("Months have their length")
    func months() {
        let lengths = (1...12).map { CivilTime.daysInMonth($0, of: 2026) }
        #expect(lengths == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
        let februaries = [1900, 2000, 2024, 2100].map { CivilTime.daysInMonth(2, of: $0) }
        #expect(februaries == [28, 29, 29, 28])
    }

    @Test(
        "What clocks show leads back to the moment", arguments: ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Gaza"])
    func civilAndBack(name: String) throws {
        let rules = try ZoneFiles.rules(name)
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<500 {
            let time = Timestamp(seconds: Int64.random(in: -3_000_000_000...6_000_000_000, using: &generator))
            let civil = rules.civilTime(at: time)
            #expect(rules.timestamps(of: civil).contains(time))
            #expect(rules.gap(at: civil) == nil)
        }
    }

    @Test(
        "A local time is shown once, never, or twice",
        arguments: [
            ("Europe/Berlin", "2026-03-15 02:30", ["2026-03-15 01:30"], nil),
            ("Europe/Berlin", "2026-03-29 01:59:59", ["2026-03-29 00:59:59"], nil),
            ("Europe/Berlin", "2026-03-29 02:00", [], "2026-03-29 01:00"),
            ("Europe/Berlin", "2026-03-29 02:59:59", [], "2026-03-29 01:00"),
            ("Europe/Berlin", "2026-03-29 03:00", ["2026-03-29 01:00"], nil),
            ("Europe/Berlin", "2026-10-25 02:00", ["2026-10-25 00:00", "2026-10-25 01:00"], nil),
            ("Europe/Berlin", "2026-10-25 03:00", ["2026-10-25 02:00"], nil),
            ("Australia/Lord_Howe", "2026-10-04 02:29", [], "2026-10-03 15:30"),
            ("Australia/Lord_Howe", "2026-10-04 02:30", ["2026-10-03 15:30"], nil),
            ("Australia/Lord_Howe", "2026-04-05 01:29", ["2026-04-04 14:29"], nil),
            ("Australia/Lord_Howe", "2026-04-05 01:30", ["2026-04-04 14:30", "2026-04-04 15:00"], nil),
            ("Pacific/Apia", "2011-12-30 12:00", [], "2011-12-30 10:00"),
            ("Pacific/Apia", "2011-12-29 23:59", ["2011-12-30 09:59"], nil),
            ("Pacific/Apia", "2011-12-31 00:00", ["2011-12-30 10:00"], nil),
            ("Africa/Cairo", "2026-04-24 00:30", [], "2026-04-23 22:00"),
        ] as [(String, String, [String], String?)])
    func shown(zone: String, local: String, moments: [String], gap: String?) throws {
        let rules = try ZoneFiles.rules(zone)
        let civil = CivilTime(try utc(local))
        let expected = try moments.map { try utc($0) }
        let transition = try gap.map { try utc($0) }
        #expect(rules.timestamps(of: civil) == expected)
        #expect(rules.gap(at: civil)?.at == transition)
    }
}
