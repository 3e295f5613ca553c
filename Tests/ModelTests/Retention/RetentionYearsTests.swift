import Model
import Testing

/// Two years of nights in Berlin, on which a backup is made at 00:17 and retention runs an hour later.
@Suite struct RetentionYearsTests {
    private static let policy = RetentionPolicy(
        keepLast: 7, keepDaily: 14, keepWeekly: 8, keepMonthly: 12, keepYearly: 4, keepWithin: .seconds(3 * 86_400))

    /// What is there on 2026-01-31, by UTC's clock: 23:17 in winter and 22:17 in summer, on the day before.
    private static let expected = [
        // The last 7 verified ones, and one that waits until the newest is a week old.
        "20260130-231700", "20260129-231700 unproved", "20260128-231700", "20260127-231700", "20260126-231700",
        "20260125-231700", "20260124-231700", "20260123-231700",
        // The rest of 14 days that have a verified one.
        "20260122-231700", "20260121-231700", "20260119-231700", "20260117-231700", "20260116-231700",
        "20260115-231700", "20260114-231700",
        // Sundays, or the last verified one before them, and the year's last.
        "20260110-231700", "20260103-231700", "20251230-231700", "20251226-231700", "20251220-231700",
        "20251213-231700",
        // The last verified one of each month.
        "20251128-231700", "20251030-231700", "20250929-221700", "20250829-221700", "20250730-221700",
        "20250629-221700", "20250530-221700", "20250428-221700", "20250330-221700", "20250227-231700",
        // The end of 2024, and the oldest, for a fourth year has none.
        "20241230-231700", "20240131-231700",
    ]

    @Test("After two years of good and bad nights exactly the right backups are there")
    func twoYears() throws {
        let berlin = try RetentionFixture.berlin()
        var backups: [BackupID: RetentionCandidate.State] = [:]
        var unprovedYesterday: BackupID?
        var freeze: Freeze?
        var made = 0
        var deleted = 0
        var most = 0
        for night in 0..<731 {
            if let late = unprovedYesterday { backups[late] = .verified }
            unprovedYesterday = nil
            let time = Self.time(ofNight: night, in: berlin)
            let id = BackupID(time: time)
            if night % 13 != 5 {
                made += 1
                backups[id] = Self.state(ofNight: night)
                if night % 29 == 7 && backups[id] == .unproved && night % 11 != 3 { unprovedYesterday = id }
            }
            if night == 400 { freeze = Freeze(reason: "\(id) is different", since: time) }
            if night == 410 { freeze = nil }

            let newestVerified = backups.filter { $0.value == .verified }.keys.max()
            let plan = RetentionPlan(
                candidates: backups.map { RetentionCandidate(id: $0.key, state: $0.value) }, policy: Self.policy,
                zone: berlin, now: Timestamp(seconds: time.seconds + 3600), asksForProof: true, freeze: freeze)
            #expect(freeze == nil || plan.deletions.isEmpty, "night \(night)")
            for gone in plan.deletions { backups[gone] = nil }
            deleted += plan.deletions.count
            most = max(most, backups.count)
            let isNewestThere = newestVerified.map { backups[$0] == .verified } ?? true
            #expect(isNewestThere, "night \(night)")
        }
        let left = backups.keys.sorted(by: >).map { id in
            id.time.compact + (backups[id] == .verified ? "" : " unproved")
        }
        #expect(left == Self.expected)
        #expect(made == 675)
        #expect(deleted == 642)
        #expect(most == 40)
    }

    /// 00:17 in Berlin; night 0 is that of 2024-02-01.
    private static func time(ofNight night: Int, in berlin: TimeZoneRules) -> Timestamp {
        let local = RetentionFixture.time("2024-02-01 00:17").seconds + Int64(night) * 86_400
        // No clock changes between 22:00 and 00:00 UTC.
        let offset = berlin.offset(at: Timestamp(seconds: local - 3600))
        return Timestamp(seconds: local - Int64(offset))
    }

    /// Every eleventh night proves nothing, every 29th only a day later, and the 400th finds a difference.
    private static func state(ofNight night: Int) -> RetentionCandidate.State {
        if night == 400 { return .different }
        return night % 11 == 3 || night % 29 == 7 ? .unproved : .verified
    }
}
