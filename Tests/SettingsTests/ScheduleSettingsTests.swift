import Model
import Settings
import Testing

/// A database with one more line, whose value stands in line 4.
private func database(_ line: String) -> String {
    "databases:\n  a:\n    sqlite: /a.db\n    \(line)\n"
}

private let expectation = "`schedule`: expected a schedule such as \"17 3 * * *\", @daily or \"every 6h\", or off"

@Suite("Schedules in a configuration")
struct ScheduleSettingsTests {
    @Test(
        "are cron's five fields, its words, or intervals",
        arguments: [
            ("17 3 * * *", "17 3 * * *"), ("\"17 3 * * *\"", "17 3 * * *"), ("\"*/5 * * * *\"", "*/5 * * * *"),
            ("'@daily'", "@daily"), ("every 6h", "every 6h"), ("0 2 * * ${DAYS}", "0 2 * * mon-fri"),
        ])
    func forms(written: String, meant: String) throws {
        let found = try configuration(database("schedule: \(written)"), environment: ["DAYS": "mon-fri"])
        let schedule = try Schedule(parsing: meant)
        #expect(found.databases.first?.schedule == schedule)
        #expect(found.databases.first?.schedule?.text == meant)
    }

    @Test("come from the defaults, and a database may have its own or none")
    func defaults() throws {
        let found = try configuration(
            """
            defaults: {schedule: "@daily", jitter: 5m, catch_up: false}
            databases:
              plain: {sqlite: /a.db}
              own: {sqlite: /b.db, schedule: every 6h, jitter: 0s, catch_up: true}
              none: {sqlite: /c.db, schedule: off}
              quoted: {sqlite: /d.db, schedule: "off"}
            """
        ).databases
        #expect(found.map { $0.schedule?.text } == ["@daily", "every 6h", nil, nil])
        #expect(found.map { $0.jitter } == [.seconds(300), .zero, .seconds(300), .seconds(300)])
        #expect(found.map { $0.catchUp } == [false, true, false, false])
    }

    @Test(
        "may be delayed by up to twelve hours",
        arguments: [("0s", Duration.zero), ("1ms", Duration.milliseconds(1)), ("12h", Duration.seconds(43_200))])
    func jitter(text: String, expected: Duration) throws {
        #expect(try configuration(database("jitter: \(text)")).databases.first?.jitter == expected)
    }

    @Test(
        "that cannot be read are complaints in the parser's words",
        arguments: ["61 3 * * *", "17 3 * *", "@fortnightly", "every 7", "0 0 31 2 *", "@reboot"])
    func wrong(text: String) throws {
        let error = #expect(throws: ScheduleError.self) { try Schedule(parsing: text) }
        let message = try #require(error?.message)
        let hint = error?.hint.map { " — \($0)" } ?? ""
        let found = try complaints(about: database("schedule: \"\(text)\""))
        #expect(found == ["4:15: `schedule`: \(message)\(hint)"])
    }

    @Test(
        "and what belongs to them have their places in complaints",
        arguments: [
            ComplaintCase("defaults: {schedule: [a]}", "1:22: \(expectation), found a list"),
            ComplaintCase("defaults:\n  schedule:\n", "2:12: \(expectation), found nothing"),
            ComplaintCase("defaults: {schedule: \"\"}", "1:22: \(expectation), found an empty text"),
            ComplaintCase(
                "defaults: {jitter: 13h}", "1:20: `jitter`: expected a duration from 0s to 12h, found `13h`"),
            ComplaintCase(
                "defaults: {jitter: 5}",
                "1:20: `jitter`: expected a duration such as 25s, found `5` — units are ms, s, m, h and d"),
            ComplaintCase("defaults: {catch_up: yes}", "1:22: `catch_up`: expected `true` or `false`, found `yes`"),
            ComplaintCase(
                "defaults: {catch_up: True}",
                "1:22: `catch_up`: expected `true` or `false`, found `True` — did you mean `true`?"),
            ComplaintCase("defaults: {shedule: x}", "1:12: unknown key `shedule` — did you mean `schedule`?"),
        ])
    func places(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test("never show what a variable holds")
    func hidden() throws {
        let found = try complaints(about: database("schedule: ${KEY}"), environment: ["KEY": "hunter2"])
        #expect(found == ["4:15: \(expectation), found `${KEY}`"])
    }
}
