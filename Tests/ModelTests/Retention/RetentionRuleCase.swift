import Model

/// A policy, the verified backups of a database, and those that it keeps; newest first, in UTC.
struct RetentionRuleCase: Sendable, CustomStringConvertible {
    let description: String
    let policy: RetentionPolicy
    let backups: [String]
    let kept: [String]

    init(_ description: String, _ policy: RetentionPolicy, _ backups: [String], keeps kept: [String]) {
        self.description = description
        self.policy = policy
        self.backups = backups
        self.kept = kept
    }

    static let all: [RetentionRuleCase] = counted + long + others

    private static let hours = [
        "2026-03-15 05:50", "2026-03-15 05:10", "2026-03-15 04:40", "2026-03-15 04:20", "2026-03-15 02:30",
        "2026-03-15 02:00",
    ]
    private static let days = [
        "2026-03-15 23:59", "2026-03-15 00:00", "2026-03-12 12:00", "2026-03-11 12:00", "2026-03-11 01:00",
    ]

    private static let counted: [RetentionRuleCase] = [
        RetentionRuleCase(
            "the last 2", RetentionPolicy(keepLast: 2), ["2026-03-15 04:00", "2026-03-14 04:00", "2026-03-13 04:00"],
            keeps: ["2026-03-15 04:00", "2026-03-14 04:00"]),
        RetentionRuleCase(
            "the last 5 of 3", RetentionPolicy(keepLast: 5),
            ["2026-03-15 04:00", "2026-03-14 04:00", "2026-03-13 04:00"],
            keeps: ["2026-03-15 04:00", "2026-03-14 04:00", "2026-03-13 04:00"]),
        RetentionRuleCase(
            "2 hours", RetentionPolicy(keepHourly: 2), hours, keeps: ["2026-03-15 05:50", "2026-03-15 04:40"]),
        RetentionRuleCase(
            "3 hours, all there are", RetentionPolicy(keepHourly: 3), hours,
            keeps: ["2026-03-15 05:50", "2026-03-15 04:40", "2026-03-15 02:30"]),
        RetentionRuleCase(
            "4 hours of 3 and so the oldest", RetentionPolicy(keepHourly: 4), hours,
            keeps: ["2026-03-15 05:50", "2026-03-15 04:40", "2026-03-15 02:30", "2026-03-15 02:00"]),
        RetentionRuleCase(
            "2 days, not counting those without a backup", RetentionPolicy(keepDaily: 2), days,
            keeps: ["2026-03-15 23:59", "2026-03-12 12:00"]),
        RetentionRuleCase(
            "4 days of 3 and so the oldest", RetentionPolicy(keepDaily: 4), days,
            keeps: ["2026-03-15 23:59", "2026-03-12 12:00", "2026-03-11 12:00", "2026-03-11 01:00"]),
        RetentionRuleCase(
            "every day and the oldest", RetentionPolicy(keepDaily: -1), days,
            keeps: ["2026-03-15 23:59", "2026-03-12 12:00", "2026-03-11 12:00", "2026-03-11 01:00"]),
    ]

    private static let long: [RetentionRuleCase] = [
        RetentionRuleCase(
            "2 weeks, which begin on Mondays", RetentionPolicy(keepWeekly: 2),
            ["2026-03-16 00:00", "2026-03-15 23:59", "2026-03-09 04:00", "2026-03-08 04:00", "2026-03-01 04:00"],
            keeps: ["2026-03-16 00:00", "2026-03-15 23:59"]),
        RetentionRuleCase(
            "3 weeks, of which one lies in two years", RetentionPolicy(keepWeekly: 3),
            [
                "2027-01-04 04:00", "2027-01-03 04:00", "2027-01-01 04:00", "2026-12-28 04:00", "2026-12-27 04:00",
                "2026-12-21 04:00", "2026-12-20 04:00",
            ],
            keeps: ["2027-01-04 04:00", "2027-01-03 04:00", "2026-12-27 04:00"]),
        RetentionRuleCase(
            "2 months", RetentionPolicy(keepMonthly: 2),
            ["2026-03-01 00:00", "2026-02-28 23:59", "2026-02-01 00:00", "2026-01-31 04:00"],
            keeps: ["2026-03-01 00:00", "2026-02-28 23:59"]),
        RetentionRuleCase(
            "2 years", RetentionPolicy(keepYearly: 2),
            ["2026-01-01 00:00", "2025-12-31 23:59", "2025-01-01 00:00", "2024-12-31 04:00"],
            keeps: ["2026-01-01 00:00", "2025-12-31 23:59"]),
        RetentionRuleCase(
            "3 years of 1 and so the oldest", RetentionPolicy(keepYearly: 3),
            ["2026-01-03 04:00", "2026-01-02 04:00", "2026-01-01 04:00"],
            keeps: ["2026-01-03 04:00", "2026-01-01 04:00"]),
    ]

    private static let others: [RetentionRuleCase] = [
        RetentionRuleCase(
            "less than 3 days before the newest", RetentionPolicy(keepWithin: .seconds(3 * 86_400)),
            ["2026-03-15 04:00:00", "2026-03-12 04:00:01", "2026-03-12 04:00:00"],
            keeps: ["2026-03-15 04:00:00", "2026-03-12 04:00:01"]),
        RetentionRuleCase(
            "what any of three rules keeps", RetentionPolicy(keepLast: 2, keepDaily: 2, keepMonthly: 2),
            [
                "2026-03-15 12:00", "2026-03-15 06:00", "2026-03-14 06:00", "2026-03-13 06:00", "2026-02-28 06:00",
                "2026-02-27 06:00", "2026-01-31 06:00",
            ],
            keeps: ["2026-03-15 12:00", "2026-03-15 06:00", "2026-03-14 06:00", "2026-02-28 06:00"]),
        RetentionRuleCase(
            "hours, weeks and a duration",
            RetentionPolicy(keepHourly: 2, keepWeekly: 2, keepWithin: .seconds(6 * 3600)),
            [
                "2026-03-15 12:30", "2026-03-15 12:00", "2026-03-15 11:00", "2026-03-15 07:00", "2026-03-15 06:30",
                "2026-03-08 06:00", "2026-03-07 06:00",
            ],
            keeps: [
                "2026-03-15 12:30", "2026-03-15 12:00", "2026-03-15 11:00", "2026-03-15 07:00", "2026-03-08 06:00",
            ]),
        RetentionRuleCase("nothing of nothing", RetentionPolicy(keepLast: 1), [], keeps: []),
    ]
}
