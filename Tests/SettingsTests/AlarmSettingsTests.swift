import Model
import Settings
import Testing

/// A database whose alarm stands in line 4, column 12.
private func database(_ alarm: String) -> String {
    "databases:\n  a:\n    sqlite: /a.db\n    alarm: \(alarm)\n"
}

private let standard = OverdueAlarm(missed: 1, grace: .seconds(7200))

@Suite("Alarms in a configuration")
struct AlarmSettingsTests {
    @Test(
        "for a shrinking database have a tolerance, or are off",
        arguments: [
            ("1%", ShrinkAlarm(tolerance: 0.01)), ("29%", ShrinkAlarm(tolerance: 0.29)),
            ("\"50%\"", ShrinkAlarm(tolerance: 0.5)), ("99%", ShrinkAlarm(tolerance: 0.99)), ("off", nil),
        ] as [(String, ShrinkAlarm?)])
    func shrink(text: String, expected: ShrinkAlarm?) throws {
        let found = try configuration(database("{shrink: \(text)}")).databases.first?.alarm
        #expect(found == AlarmSettings(shrink: expected))
        #expect(found?.overdue == standard)
    }

    @Test(
        "for missed times have a number and a grace, or are off",
        arguments: [
            ("{missed: 3}", OverdueAlarm(missed: 3, grace: .seconds(7200))),
            ("{grace: 0s}", OverdueAlarm(missed: 1, grace: .zero)),
            ("{missed: 1000, grace: 30d}", OverdueAlarm(missed: 1000, grace: .seconds(2_592_000))),
            ("{}", standard), ("off", nil),
        ] as [(String, OverdueAlarm?)])
    func overdue(text: String, expected: OverdueAlarm?) throws {
        let found = try configuration(database("{overdue: \(text)}")).databases.first?.alarm
        #expect(found == AlarmSettings(overdue: expected))
        #expect(found?.shrink == ShrinkAlarm(tolerance: 0.5))
    }

    @Test("are merged part by part")
    func merged() throws {
        let found = try configuration(
            """
            defaults: {alarm: {shrink: 20%, overdue: {missed: 2, grace: 1h}}}
            databases:
              plain: {sqlite: /a.db}
              shrink: {sqlite: /b.db, alarm: {shrink: off}}
              missed: {sqlite: /c.db, alarm: {overdue: {missed: 5}}}
              quiet: {sqlite: /d.db, alarm: {overdue: off}}
            """
        ).databases
        let tolerance = ShrinkAlarm(tolerance: 0.2)
        let twice = OverdueAlarm(missed: 2, grace: .seconds(3600))
        #expect(
            found.map { $0.alarm } == [
                AlarmSettings(shrink: tolerance, overdue: twice),
                AlarmSettings(shrink: nil, overdue: twice),
                AlarmSettings(shrink: tolerance, overdue: OverdueAlarm(missed: 5, grace: .seconds(3600))),
                AlarmSettings(shrink: tolerance, overdue: nil),
            ])
    }

    @Test("that the defaults turn off start from the built-in ones where a database turns them on")
    func turnedOn() throws {
        let found = try configuration(
            """
            defaults: {alarm: {shrink: off, overdue: off}}
            databases:
              plain: {sqlite: /a.db}
              own: {sqlite: /b.db, alarm: {overdue: {missed: 2}}}
            """
        ).databases
        #expect(
            found.map { $0.alarm } == [
                AlarmSettings(shrink: nil, overdue: nil),
                AlarmSettings(shrink: nil, overdue: OverdueAlarm(missed: 2, grace: .seconds(7200))),
            ])
    }

    @Test("refuse a tolerance that is no percentage", arguments: ["0%", "100%", "50", "0.5", "half", "50.5%", "-1%"])
    func tolerance(text: String) throws {
        #expect(
            try complaints(about: database("{shrink: \(text)}")) == [
                "4:21: `shrink`: expected a whole percentage from 1% to 99%, or off, found `\(text)`"
            ])
    }

    @Test(
        "have complaints about each of their parts",
        arguments: [
            ComplaintCase(database("off"), "4:12: `alarm`: expected {shrink: …, overdue: …}, found `off`"),
            ComplaintCase(database("{shrnik: off}"), "4:13: unknown key `shrnik` — did you mean `shrink`?"),
            ComplaintCase(
                database("{overdue: 2h}"), "4:22: `overdue`: expected {missed: …, grace: …} or off, found `2h`"),
            ComplaintCase(
                database("{overdue: {missed: 0}}"),
                "4:31: `missed`: expected a whole number from 1 to 1000, found `0`"),
            ComplaintCase(
                database("{overdue: {missed: 1001}}"),
                "4:31: `missed`: expected a whole number from 1 to 1000, found `1001`"),
            ComplaintCase(
                database("{overdue: {grace: 31d}}"),
                "4:30: `grace`: expected a duration from 0s to 30d, found `31d`"),
            ComplaintCase(
                database("{overdue: {grace: soon, mised: 1}}"),
                "4:30: `grace`: expected a duration such as 25s, found `soon` — units are ms, s, m, h and d",
                "4:36: unknown key `mised` — did you mean `missed`?"),
        ])
    func wrong(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }
}
