import Model
import Testing

@Suite struct RetentionPlanTests {
    @Test(
        "Without a policy, or with an empty one, everything is kept",
        arguments: [nil, RetentionPolicy()] as [RetentionPolicy?])
    func noRetention(policy: RetentionPolicy?) {
        let plan = RetentionFixture.plan(
            ["2026-03-15 04:00", "2020-01-01 04:00 unproved", "2019-01-01 04:00 different locked"], policy)
        #expect(plan.decisions.map(\.action) == [.keep, .keep, .keep])
        #expect(plan.decisions.map(\.text) == Array(repeating: "no retention is configured", count: 3))
    }

    @Test("Decisions come newest first and deletions oldest first, in whatever order the backups are listed")
    func order() {
        let plan = RetentionFixture.plan(
            ["2026-03-13 04:00", "2026-03-15 04:00", "2026-03-12 04:00", "2026-03-14 04:00"],
            RetentionPolicy(keepLast: 2))
        let newestFirst = ["2026-03-15 04:00", "2026-03-14 04:00", "2026-03-13 04:00", "2026-03-12 04:00"]
        #expect(plan.decisions.map(\.id) == newestFirst.map(RetentionFixture.id))
        #expect(plan.deletions == ["2026-03-12 04:00", "2026-03-13 04:00"].map(RetentionFixture.id))
        #expect(plan.decision("2026-03-12 04:00")?.text == "no rule keeps it")
    }

    @Test("A backup without proof takes no place in a rule and stays while nothing newer is verified")
    func unprovedDoesNotCount() {
        let plan = RetentionFixture.plan(
            ["2026-03-15 04:00 unproved", "2026-03-14 04:00 different", "2026-03-13 04:00", "2026-03-12 04:00"],
            RetentionPolicy(keepLast: 1))
        #expect(plan.deletions == [RetentionFixture.id("2026-03-12 04:00")])
        #expect(plan.decision("2026-03-15 04:00")?.text == "unproved; no newer backup is verified")
        #expect(
            plan.decision("2026-03-14 04:00")?.text == "verification found a difference; no newer backup is verified")
        #expect(plan.decision("2026-03-13 04:00")?.text == "the newest verified backup; keep_last: number 1 of 1")
    }

    @Test("Where nothing was ever verified, nothing is deleted")
    func neverVerified() {
        let plan = RetentionFixture.plan(
            ["2026-03-15 04:00 unproved", "2025-03-14 04:00 unproved", "2024-03-13 04:00 different"],
            RetentionPolicy(keepLast: 1))
        #expect(plan.deletions.isEmpty)
    }

    @Test("An unverified backup goes when a newer verified one is a week old, and not a second before")
    func week() {
        let backups = ["2026-03-09 03:00", "2026-03-02 04:00", "2026-03-01 04:00 unproved"]
        let policy = RetentionPolicy(keepLast: 2)
        let before = RetentionFixture.plan(backups, policy, now: "2026-03-09 03:59:59")
        #expect(before.deletions.isEmpty)
        #expect(
            before.decision("2026-03-01 04:00")?.text
                == "unproved; a newer verified one must be a week old first (dump_20260302-040000 is 6 d 23 h old)")
        let after = RetentionFixture.plan(backups, policy, now: "2026-03-09 04:00:00")
        #expect(after.deletions == [RetentionFixture.id("2026-03-01 04:00")])
        #expect(
            after.decision("2026-03-01 04:00")?.text
                == "unproved, and dump_20260302-040000, newer and verified, is a week old")
    }

    @Test("A verified backup for which an unverified one waits stays as long, so that the wait has an end")
    func awaited() {
        let backups = [
            "2026-03-05 04:00", "2026-03-04 04:00", "2026-03-03 04:00", "2026-03-02 04:00 different",
            "2026-03-01 04:00 unproved",
        ]
        let early = RetentionFixture.plan(backups, RetentionPolicy(keepLast: 1))
        #expect(early.deletions == [RetentionFixture.id("2026-03-04 04:00")])
        #expect(
            early.decision("2026-03-03 04:00")?.text
                == "the first verified one after dump_20260302-040000, which is kept until this one is a week old")
        let late = RetentionFixture.plan(backups, RetentionPolicy(keepLast: 1), now: "2026-03-10 04:00")
        #expect(late.kept == [RetentionFixture.id("2026-03-05 04:00")])
    }

    @Test("Under a policy of a day, unverified backups of every night are gone a week later")
    func shortPolicy() {
        var lines: [String] = []
        for day in 1...28 {
            let night = "2026-02-\(day < 10 ? "0" : "")\(day) 04:00"
            lines.append("\(night)\(day % 3 == 0 ? " unproved" : "")")
            let plan = RetentionFixture.plan(lines, RetentionPolicy(keepLast: 1))
            let deleted = Set(plan.deletions)
            lines.removeAll { deleted.contains(RetentionFixture.backup($0).id) }
        }
        let left = [
            "2026-02-28 04:00", "2026-02-27 04:00 unproved", "2026-02-25 04:00", "2026-02-24 04:00 unproved",
            "2026-02-22 04:00", "2026-02-21 04:00 unproved",
        ]
        #expect(Array(lines.reversed()) == left)
    }

    @Test("A database that asks for no proof counts its unproved backups and keeps the newest whatever its state")
    func withoutProof() {
        let backups = [
            "2026-03-15 04:00 different", "2026-03-14 04:00 unproved", "2026-03-13 04:00 unproved",
            "2026-03-12 04:00 unproved", "2026-03-11 04:00", "2026-03-10 04:00",
        ]
        let plan = RetentionFixture.plan(backups, RetentionPolicy(keepLast: 2), asksForProof: false)
        #expect(
            plan.kept
                == ["2026-03-15 04:00", "2026-03-14 04:00", "2026-03-13 04:00", "2026-03-11 04:00"]
                .map(RetentionFixture.id))
        #expect(
            plan.decision("2026-03-14 04:00")?.text
                == "the newest backup; the database asks for no proof; keep_last: number 1 of 2")
        #expect(plan.decision("2026-03-11 04:00")?.text == "the newest verified backup")
        #expect(plan.decision("2026-03-12 04:00")?.action == .delete)
    }

    @Test("A freeze keeps everything and says what it keeps from being deleted")
    func freeze() {
        let freeze = Freeze(reason: "rows fell by half", since: RetentionFixture.time("2026-03-14 04:00"))
        let plan = RetentionFixture.plan(
            ["2026-03-15 04:00", "2026-03-14 04:00", "2026-03-13 04:00 locked"], RetentionPolicy(keepLast: 1),
            freeze: freeze)
        #expect(plan.deletions.isEmpty)
        #expect(plan.decisions.map(\.action) == [.keep, .keep, .keep])
        #expect(plan.decisions.map(\.wouldDelete) == [false, true, false])
        #expect(
            plan.decisions.map(\.text) == [
                "the newest verified backup; keep_last: number 1 of 1",
                "deletion is frozen since 2026-03-14T04:00:00Z: rows fell by half; no rule keeps it",
                "deletion is frozen since 2026-03-14T04:00:00Z: rows fell by half; the bucket's lock holds it; "
                    + "no rule keeps it",
            ])
        #expect(freeze.hint(database: "shop").contains("nightjar accept shop"))
    }

    @Test("A found difference freezes nothing by itself once a person has accepted it")
    func acceptedDifference() {
        let plan = RetentionFixture.plan(
            ["2026-03-15 04:00", "2026-03-05 04:00", "2026-03-04 04:00 different", "2026-03-03 04:00"],
            RetentionPolicy(keepLast: 1))
        #expect(plan.kept == [RetentionFixture.id("2026-03-15 04:00")])
    }

    @Test("A locked backup that no rule keeps is locked, and one that a rule keeps is kept")
    func locks() {
        let plan = RetentionFixture.plan(
            ["2026-03-15 04:00 locked", "2026-03-14 04:00 locked", "2026-03-13 04:00"], RetentionPolicy(keepLast: 1))
        #expect(plan.decisions.map(\.action) == [.keep, .locked, .delete])
        #expect(plan.decision("2026-03-14 04:00")?.text == "the bucket's lock holds it; no rule keeps it")
    }

    @Test("A backup dated in the future stays, and neither counts nor lets others go")
    func future() {
        let plan = RetentionFixture.plan(
            [
                "2030-01-01 04:00", "2029-01-01 04:00 unproved", "2026-03-15 04:00", "2026-03-14 04:00",
                "2026-03-13 04:00 unproved",
            ],
            RetentionPolicy(keepLast: 1, keepWithin: .seconds(3600)), now: "2026-03-15 05:00")
        #expect(plan.deletions.isEmpty)
        #expect(plan.decision("2030-01-01 04:00")?.text == "dated in the future of this machine's clock")
        #expect(plan.decision("2029-01-01 04:00")?.text == "dated in the future of this machine's clock")
        #expect(
            plan.decision("2026-03-15 04:00")?.text
                == "the newest verified backup; keep_last: number 1 of 1; "
                + "keep_within: less than 1h before dump_20260315-040000")
        #expect(plan.decision("2026-03-14 04:00")?.reasons == [.awaited(by: RetentionFixture.id("2026-03-13 04:00"))])
    }

    @Test("A backup of this very second is not in the future")
    func present() {
        let plan = RetentionFixture.plan(["2026-03-15 04:00"], RetentionPolicy(keepLast: 1), now: "2026-03-15 04:00")
        #expect(plan.decision("2026-03-15 04:00")?.reasons.first == .newestVerified)
    }

    @Test("When backups stop coming, the durations stop counting")
    func silence() {
        let plan = RetentionFixture.plan(
            ["2026-03-15 04:00", "2026-03-14 04:00"], RetentionPolicy(keepWithin: .seconds(2 * 86_400)),
            now: "2027-03-15 04:00")
        #expect(plan.deletions.isEmpty)
    }

    @Test("A backup that is listed twice is one backup, with the less certain of its states")
    func twice() {
        let plan = RetentionFixture.plan(
            ["2026-03-15 04:00", "2026-03-15 04:00", "2026-03-14 04:00", "2026-03-14 04:00 unproved"],
            RetentionPolicy(keepLast: 1))
        #expect(plan.decisions.map(\.id) == ["2026-03-15 04:00", "2026-03-14 04:00"].map(RetentionFixture.id))
        #expect(plan.decisions.map(\.state) == [.verified, .unproved])
        #expect(plan.deletions.isEmpty)
    }
}
