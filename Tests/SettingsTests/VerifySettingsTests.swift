import Model
import Settings
import Testing

/// A database whose `verify` stands in line 4, column 13.
private func database(_ verify: String) -> String {
    "databases:\n  a:\n    sqlite: /a.db\n    verify: \(verify)\n"
}

private func verify(_ text: String) throws -> VerifySettings? {
    try configuration(database(text)).databases.first?.verify
}

private let mebibyte: Int64 = 1 << 20
private let gibibyte: Int64 = 1 << 30
private let tenGibibytes: Int64 = 10 << 30
private let pebibyte: Int64 = 1 << 50
private let check = Drill(command: ["/bin/check"], timeout: .seconds(300))

@Suite("Verification in a configuration")
struct VerifySettingsTests {
    @Test(
        "has parts of which each may be left out",
        arguments: [
            ("{}", VerifySettings(afterBackup: .restore, againEvery: 2_592_000)),
            ("{after_backup: checksum}", VerifySettings(afterBackup: .checksum)),
            ("{after_backup: none}", VerifySettings(afterBackup: .none, againEvery: nil)),
            ("{after_backup: none, again_every: 1h}", VerifySettings(afterBackup: .none, againEvery: 3600)),
            ("{again_every: 1h}", VerifySettings(againEvery: 3600)),
            ("{again_every: 3650d}", VerifySettings(againEvery: 315_360_000)),
            ("{again_every: off}", VerifySettings(againEvery: nil)),
            ("{budget: 10GiB}", VerifySettings(budget: tenGibibytes)),
            ("{budget: off}", VerifySettings(budget: nil)),
            ("{scratch_limit: 1MiB}", VerifySettings(scratchLimit: mebibyte)),
            ("{scratch_limit: 1024TiB}", VerifySettings(scratchLimit: pebibyte)),
            ("{drill: {command: [/bin/check]}}", VerifySettings(drill: check)),
            (
                "{drill: {command: [/bin/check, -q, \"a b\"], timeout: 24h}}",
                VerifySettings(drill: Drill(command: ["/bin/check", "-q", "a b"], timeout: .seconds(86_400)))
            ),
            ("{drill: off}", VerifySettings(drill: nil)),
        ] as [(String, VerifySettings)])
    func parts(text: String, expected: VerifySettings) throws {
        #expect(try verify(text) == expected)
    }

    @Test("is merged part by part, and a drill whole")
    func merged() throws {
        let found = try configuration(
            """
            defaults:
              verify:
                after_backup: checksum
                again_every: 7d
                budget: 1GiB
                scratch_limit: 2GiB
                drill: {command: [/bin/check], timeout: 1m}
            databases:
              plain: {sqlite: /a.db}
              budget: {sqlite: /b.db, verify: {budget: 5GiB}}
              drill: {sqlite: /c.db, verify: {drill: {command: [/bin/other]}}}
              nothing: {sqlite: /d.db, verify: {again_every: off, budget: off, scratch_limit: off, drill: off}}
            """
        ).databases
        let plain = VerifySettings(
            afterBackup: .checksum, againEvery: 604_800, budget: gibibyte, scratchLimit: 2 * gibibyte,
            drill: Drill(command: ["/bin/check"], timeout: .seconds(60)))
        var budget = plain
        budget.budget = 5 * gibibyte
        var drill = plain
        drill.drill = Drill(command: ["/bin/other"], timeout: .seconds(300))
        let nothing = VerifySettings(afterBackup: .checksum, againEvery: nil)
        #expect(found.map { $0.verify } == [plain, budget, drill, nothing])
    }

    @Test("is asked for again by a database whose default asks for none")
    func back() throws {
        let found = try configuration(
            """
            defaults: {verify: {after_backup: none}}
            databases:
              none: {sqlite: /a.db}
              proved: {sqlite: /b.db, verify: {after_backup: restore}}
            """
        ).databases
        #expect(found.map { $0.verify } == [VerifySettings(afterBackup: .none, againEvery: nil), VerifySettings()])
    }

    @Test(
        "has the default's again_every whatever a database says of its runs, where the default says one",
        arguments: [("off", nil), ("7d", 604_800)] as [(String, Int64?)])
    func backWithAgainEvery(text: String, expected: Int64?) throws {
        let found = try configuration(
            """
            defaults: {verify: {after_backup: none, again_every: \(text)}}
            databases:
              default: {sqlite: /a.db}
              proved: {sqlite: /b.db, verify: {after_backup: restore}}
              own: {sqlite: /c.db, verify: {after_backup: checksum, again_every: 1h}}
            """
        ).databases
        #expect(
            found.map { $0.verify } == [
                VerifySettings(afterBackup: .none, againEvery: expected),
                VerifySettings(afterBackup: .restore, againEvery: expected),
                VerifySettings(afterBackup: .checksum, againEvery: 3600),
            ])
    }

    @Test("proves again at the level of the run's end, and by a restore where nothing is verified then")
    func level() {
        #expect(VerifySettings(afterBackup: .restore).level == .restore)
        #expect(VerifySettings(afterBackup: .checksum).level == .checksum)
        #expect(VerifySettings(afterBackup: .none).level == .restore)
    }

    @Test(
        "says in words what is proved again",
        arguments: [
            (VerifySettings(), "proved again every 30 days"),
            (VerifySettings(budget: tenGibibytes), "proved again every 30 days, at most 10.0 GiB a day"),
            (VerifySettings(afterBackup: .checksum, againEvery: 129_600), "checked again every 36 hours"),
            (VerifySettings(againEvery: 86_400), "proved again every 24 hours"),
            (VerifySettings(againEvery: 5400), "proved again every 90 minutes"),
            (VerifySettings(againEvery: 3601), "proved again every 3,601 seconds"),
            (VerifySettings(againEvery: nil, budget: gibibyte), "never proved again by itself"),
        ] as [(VerifySettings, String)])
    func words(settings: VerifySettings, expected: String) {
        #expect(settings.routineText == expected)
    }

    @Test(
        "has complaints about each of its parts",
        arguments: [
            ComplaintCase(
                database("restore"),
                "4:13: `verify`: expected {after_backup: …, again_every: …}, found `restore`"),
            ComplaintCase(
                database("{agian_every: 30d}"), "4:14: unknown key `agian_every` — did you mean `again_every`?"),
            ComplaintCase(
                database("{again_every: 30m}"),
                "4:27: `again_every`: expected a duration from 1h to 3650d, or off, found `30m`"),
            ComplaintCase(
                database("{again_every: 3651d}"),
                "4:27: `again_every`: expected a duration from 1h to 3650d, or off, found `3651d`"),
            ComplaintCase(
                database("{again_every: monthly}"),
                "4:27: `again_every`: expected a duration such as 25s, found `monthly` — units are ms, s, m, h and d"),
            ComplaintCase(
                database("{budget: 0}"), "4:22: `budget`: expected a size from 1MiB to 1024TiB, or off, found `0`"),
            ComplaintCase(
                database("{budget: 10G}"),
                "4:22: `budget`: expected a size such as 8MiB, found `10G`"
                    + " — units are B, KiB, MiB, GiB, TiB, KB, MB, GB and TB"),
            ComplaintCase(
                database("{scratch_limit: 1025TiB}"),
                "4:29: `scratch_limit`: expected a size from 1MiB to 1024TiB, or off, found `1025TiB`"),
            ComplaintCase(
                database("{drill: /bin/check}"),
                "4:21: `drill`: expected {command: […], timeout: …} or off, found `/bin/check`"),
            ComplaintCase(
                database("{drill: {timeout: 1m}}"),
                "4:14: `drill`: `command` is missing — command: [\"/usr/local/bin/check-shop\"]"),
            ComplaintCase(
                database("{drill: {comand: [/bin/check]}}"),
                "4:14: `drill`: `command` is missing — command: [\"/usr/local/bin/check-shop\"]",
                "4:22: unknown key `comand` — did you mean `command`?"),
            ComplaintCase(
                database("{drill: {command: /bin/check}}"),
                "4:31: `command`: expected a list of a program's absolute path and its arguments, found `/bin/check`"),
            ComplaintCase(
                database("{drill: {command: []}}"),
                "4:31: `command`: expected a list of a program's absolute path and its arguments, found an empty list"
            ),
            ComplaintCase(
                database("{drill: {command: [check, -q]}}"),
                "4:32: `command`: expected a program's absolute path first, found `check`"),
            ComplaintCase(
                database("{drill: {command: [/bin/check, [-q]]}}"),
                "4:44: `command`: expected an argument, found a list"),
            ComplaintCase(
                database("{drill: {command: [/bin/check], timeout: 25h}}"),
                "4:54: `timeout`: expected a duration from 1s to 24h, found `25h`"),
        ])
    func wrong(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }
}
