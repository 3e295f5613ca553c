import Model
import Testing

@Suite struct RetentionRuleTests {
    @Test(
        "Each rule keeps what restic would keep, and several keep what any of them does",
        arguments: RetentionRuleCase.all)
    func rules(_ example: RetentionRuleCase) {
        let plan = RetentionFixture.plan(example.backups, example.policy)
        #expect(plan.kept == example.kept.map(RetentionFixture.id))
        #expect(plan.deletions.count == example.backups.count - example.kept.count)
    }

    @Test("Days begin at the database's midnight")
    func localDays() throws {
        let backups = ["2026-03-14 23:30", "2026-03-14 22:30", "2026-03-14 00:30"]
        let policy = RetentionPolicy(keepDaily: 2)
        let berlin = try RetentionFixture.berlin()
        let local = RetentionFixture.plan(backups, policy, zone: berlin)
        #expect(local.kept == ["2026-03-14 23:30", "2026-03-14 22:30"].map(RetentionFixture.id))
        #expect(
            local.decision("2026-03-14 23:30")?.text.contains("keep_daily: the last of 2026-03-15 (1 of 2)") == true)
        let utc = RetentionFixture.plan(backups, policy)
        #expect(utc.kept == ["2026-03-14 23:30", "2026-03-14 00:30"].map(RetentionFixture.id))
    }

    @Test("The hour that the clock strikes twice is one hour")
    func doubledHour() throws {
        let plan = RetentionFixture.plan(
            ["2026-10-25 01:30", "2026-10-25 00:30", "2026-10-24 23:30", "2026-10-24 22:30"],
            RetentionPolicy(keepHourly: 2), zone: try RetentionFixture.berlin())
        #expect(plan.kept == ["2026-10-25 01:30", "2026-10-24 23:30"].map(RetentionFixture.id))
        #expect(
            plan.decision("2026-10-25 01:30")?.text
                == "the newest verified backup; keep_hourly: the last of 2026-10-25 02:00 (1 of 2)")
    }

    @Test("The hour that the clock leaves out is no hour")
    func missingHour() throws {
        let plan = RetentionFixture.plan(
            ["2026-03-29 01:30", "2026-03-29 00:30", "2026-03-28 23:30"], RetentionPolicy(keepHourly: 2),
            zone: try RetentionFixture.berlin())
        #expect(plan.kept == ["2026-03-29 01:30", "2026-03-29 00:30"].map(RetentionFixture.id))
        #expect(plan.decision("2026-03-29 01:30")?.text.contains("2026-03-29 03:00") == true)
        #expect(plan.decision("2026-03-29 00:30")?.text.contains("2026-03-29 01:00") == true)
    }

    @Test("Each rule names itself, its period and its count")
    func words() {
        let policy = RetentionPolicy(
            keepLast: 7, keepHourly: 24, keepDaily: 14, keepWeekly: 8, keepMonthly: 12, keepYearly: 3,
            keepWithin: .seconds(3 * 86_400))
        let plan = RetentionFixture.plan(["2027-01-03 04:00", "2027-01-03 03:00"], policy)
        #expect(
            plan.decision("2027-01-03 04:00")?.reasons.map(\.text) == [
                "the newest verified backup", "keep_last: number 1 of 7",
                "keep_hourly: the last of 2027-01-03 04:00 (1 of 24)", "keep_daily: the last of 2027-01-03 (1 of 14)",
                "keep_weekly: the last of 2026-W53 (1 of 8)", "keep_monthly: the last of 2027-01 (1 of 12)",
                "keep_yearly: the last of 2027 (1 of 3)", "keep_within: less than 3d before dump_20270103-040000",
            ])
        #expect(
            plan.decision("2027-01-03 03:00")?.reasons.map(\.text) == [
                "keep_last: number 2 of 7", "keep_hourly: the last of 2027-01-03 03:00 (2 of 24)",
                "keep_daily: the oldest there is, as only 1 of 14 days have one",
                "keep_weekly: the oldest there is, as only 1 of 8 weeks have one",
                "keep_monthly: the oldest there is, as only 1 of 12 months have one",
                "keep_yearly: the oldest there is, as only 1 of 3 years have one",
                "keep_within: less than 3d before dump_20270103-040000",
            ])
    }

    @Test("A rule without a limit names none")
    func unlimited() {
        let policy = RetentionPolicy(keepLast: -1, keepDaily: .max)
        let plan = RetentionFixture.plan(["2026-03-15 04:00", "2026-03-15 03:00"], policy)
        #expect(
            plan.decision("2026-03-15 04:00")?.text
                == "the newest verified backup; keep_last: number 1; keep_daily: the last of 2026-03-15 (1)")
        #expect(plan.decision("2026-03-15 03:00")?.text == "keep_last: number 2; keep_daily: the oldest there is")
        #expect("\(policy)" == "keep_last unlimited, keep_daily unlimited")
    }

    @Test("A policy is written as the configuration has it")
    func description() {
        let policy = RetentionPolicy(
            keepLast: 7, keepHourly: 24, keepDaily: 14, keepWeekly: 8, keepMonthly: 12, keepYearly: 3,
            keepWithin: .seconds(36 * 3600))
        #expect(
            "\(policy)" == "keep_last 7, keep_hourly 24, keep_daily 14, keep_weekly 8, keep_monthly 12, keep_yearly 3, "
                + "keep_within 36h")
        #expect("\(RetentionPolicy())" == "keep everything")
    }

    @Test("A policy without rules is empty, whatever its duration would have been")
    func emptiness() {
        #expect(RetentionPolicy().isEmpty)
        #expect(RetentionPolicy(keepWithin: .zero).isEmpty)
        #expect(RetentionPolicy(keepWithin: .seconds(-5)).isEmpty)
        #expect(!RetentionPolicy(keepWithin: .seconds(1)).isEmpty)
        #expect(!RetentionPolicy(keepYearly: 1).isEmpty)
    }

    @Test(
        "Durations are written as they were read",
        arguments: ["250ms", "1500ms", "25s", "90s", "5m", "36h", "7d", "0s"])
    func durations(text: String) throws {
        let duration = try #require(DurationText.parse(text))
        #expect(DurationText.written(duration) == text)
    }
}
