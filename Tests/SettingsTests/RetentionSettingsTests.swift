import Model
import Settings
import Testing

/// A database whose retention stands in line 4, column 16.
private func database(_ retention: String) -> String {
    "databases:\n  a:\n    sqlite: /a.db\n    retention: \(retention)\n"
}

private let refusal =
    "`retention`: would delete everything — name at least one rule; to keep everything leave `retention` out, or write"
    + " `retention: off`"

@Suite("Retention in a configuration")
struct RetentionSettingsTests {
    @Test(
        "has seven rules",
        arguments: [
            ("{keep_last: 7}", RetentionPolicy(keepLast: 7)),
            ("{keep_hourly: 24}", RetentionPolicy(keepHourly: 24)),
            ("{keep_daily: 14}", RetentionPolicy(keepDaily: 14)),
            ("{keep_weekly: 8}", RetentionPolicy(keepWeekly: 8)),
            ("{keep_monthly: 12}", RetentionPolicy(keepMonthly: 12)),
            ("{keep_yearly: 3}", RetentionPolicy(keepYearly: 3)),
            ("{keep_within: 3d}", RetentionPolicy(keepWithin: .seconds(259_200))),
            (
                "{keep_last: 1, keep_hourly: 2, keep_daily: 3, keep_weekly: 4, keep_monthly: 5, keep_yearly: 6}",
                RetentionPolicy(
                    keepLast: 1, keepHourly: 2, keepDaily: 3, keepWeekly: 4, keepMonthly: 5, keepYearly: 6)
            ),
        ])
    func rules(text: String, expected: RetentionPolicy) throws {
        #expect(try configuration(database(text)).databases.first?.retention == expected)
    }

    @Test("has wide ranges")
    func ranges() throws {
        let found = try configuration(database("{keep_last: 100000, keep_daily: 0, keep_within: 36500d}")).databases
        #expect(
            found.first?.retention
                == RetentionPolicy(keepLast: 100_000, keepWithin: .seconds(36_500 * 86_400)))
        let least = try configuration(database("{keep_yearly: 1, keep_within: 0s}")).databases
        #expect(least.first?.retention == RetentionPolicy(keepYearly: 1))
    }

    @Test("of a database replaces the default's whole, or turns it off")
    func replaced() throws {
        let found = try configuration(
            """
            defaults: {retention: {keep_last: 7, keep_daily: 14}}
            databases:
              plain: {sqlite: /a.db}
              own: {sqlite: /b.db, retention: {keep_weekly: 2}}
              all: {sqlite: /c.db, retention: off}
            """
        ).databases
        #expect(
            found.map { $0.retention } == [
                RetentionPolicy(keepLast: 7, keepDaily: 14), RetentionPolicy(keepWeekly: 2), nil,
            ])
    }

    @Test("keeps everything where nobody says anything")
    func nothing() throws {
        #expect(try configuration("databases: {a: {sqlite: /a.db}}").databases.first?.retention == nil)
    }

    @Test(
        "without any rule is refused",
        arguments: ["{}", "{keep_last: 0}", "{keep_last: 0, keep_within: 0s}", "{keep_daily: 0, keep_yearly: 0}"])
    func empty(text: String) throws {
        #expect(try complaints(about: database(text)) == ["4:16: \(refusal)"])
    }

    @Test(
        "has complaints about each of its rules",
        arguments: [
            ComplaintCase(
                database("7"),
                "4:16: `retention`: expected rules such as {keep_last: 7, keep_daily: 14}, or off, found `7`"),
            ComplaintCase(
                database(""),
                "4:15: `retention`: expected rules such as {keep_last: 7, keep_daily: 14}, or off, found nothing"),
            ComplaintCase(
                database("{keep_last: 100001}"),
                "4:28: `keep_last`: expected a whole number from 0 to 100000, found `100001`"),
            ComplaintCase(
                database("{keep_last: -1}"),
                "4:28: `keep_last`: expected a whole number from 0 to 100000, found `-1`"),
            ComplaintCase(
                database("{keep_hourly: x}"),
                "4:30: `keep_hourly`: expected a whole number from 0 to 100000, found `x`"),
            ComplaintCase(
                database("{keep_within: 3}"),
                "4:30: `keep_within`: expected a duration such as 25s, found `3` — units are ms, s, m, h and d"),
            ComplaintCase(
                database("{keep_within: 36501d}"),
                "4:30: `keep_within`: expected a duration from 0s to 36500d, found `36501d`"),
            ComplaintCase(
                database("{keep_lats: 7}"), "4:17: unknown key `keep_lats` — did you mean `keep_last`?"),
            ComplaintCase(
                database("{keep_daily: 0, keep_weekly: no, keep_last: all}"),
                "4:45: `keep_weekly`: expected a whole number from 0 to 100000, found `no`",
                "4:60: `keep_last`: expected a whole number from 0 to 100000, found `all`"),
        ])
    func wrong(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }
}
