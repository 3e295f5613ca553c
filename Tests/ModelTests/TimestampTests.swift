import Model
import Testing

@Suite struct TimestampTests {
    @Test(
        "Seconds and text are two forms of one moment",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_773_541_800, "2026-03-15T02:30:00Z"),
            (-1, "1969-12-31T23:59:59Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func roundTrip(seconds: Int64, text: String) {
        #expect(Timestamp(seconds: seconds).text == text)
        #expect(Timestamp(text)?.seconds == seconds)
    }

    @Test("Every day of four centuries comes back from its name")
    func everyDay() {
        for day in stride(from: Int64(-73_000), to: 73_000, by: 1) {
            let time = Timestamp(seconds: day * 86400 + 43_199)
            #expect(Timestamp(time.compact) == time)
        }
    }

    @Test(
        "People's ways of writing a time are understood",
        arguments: ["2026-03-15 02:30", "2026-03-15 02:30:00", "2026-03-15T02:30Z", "20260315-023000"])
    func spellings(text: String) {
        #expect(Timestamp(text)?.text == "2026-03-15T02:30:00Z")
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "yesterday", "2026", "2026-13-01", "2026-03-32", "2026-03-15 25:00", "2026-03-15 02:60", "15.3.2026",
        ])
    func refused(text: String) {
        #expect(Timestamp(text) == nil)
    }
}

@Suite struct BackupIDTests {
    @Test("An id is its time")
    func text() {
        let id = BackupID(time: Timestamp(seconds: 1_773_541_800))
        #expect("\(id)" == "dump_20260315-023000")
        #expect(BackupID("dump_20260315-023000") == id)
    }

    @Test(
        "Anything else is no id",
        arguments: [
            "dump_2026031-0230000", "dump_20260315-023060x", "dump_20261315-023000", "Dump_20260315-023000", "shop",
        ])
    func refused(text: String) {
        #expect(BackupID(text) == nil)
    }

    @Test("Keys name the backup that they belong to")
    func keys() throws {
        let keys = BackupKeys(database: "shop", id: try #require(BackupID("dump_20260315-023000")))
        #expect(keys.dump(.sql, .zstd(level: 3)).root == "shop/dump_20260315-023000.sql.zst")
        #expect(keys.dump(.sql, .none).root == "shop/dump_20260315-023000.sql")
        #expect(BackupKeys.containing(keys.verification(at: Timestamp(seconds: 0))) == keys)
        #expect(BackupKeys.containing(keys.manifest) == keys)
        #expect(BackupKeys.containing("owner.json") == nil)
    }
}
