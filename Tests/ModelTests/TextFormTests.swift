import Model
import Testing

@Suite struct TextFormTests {
    @Test(
        "Durations are read with their unit",
        arguments: [
            ("250ms", 250), ("25s", 25_000), ("5m", 300_000), ("6h", 21_600_000), ("7d", 604_800_000), ("0s", 0),
        ])
    func durations(text: String, milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
    }

    @Test(
        "What is no duration is refused", arguments: ["", "5", "s", "-5s", "5 s", "5min", "1.5h", "99999999999999999d"])
    func noDurations(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(
        "Durations are written as people say them",
        arguments: [(0.42, "0.4 s"), (14.2, "14 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (273_600, "3 d 4 h")])
    func durationsForPeople(seconds: Double, text: String) {
        #expect(DurationText.format(.seconds(seconds)) == text)
    }

    @Test(
        "Sizes are read with their unit",
        arguments: [("512", 512), ("8MiB", 8 << 20), ("8MB", 8_000_000), ("5GiB", 5 << 30)])
    func sizes(text: String, bytes: Int64) {
        #expect(SizeText.parse(text) == bytes)
    }

    @Test("What is no size is refused", arguments: ["", "MiB", "8 MiB", "8mib", "-1", "9999999999999TiB"])
    func noSizes(text: String) {
        #expect(SizeText.parse(text) == nil)
    }

    @Test("Counts have their thousands apart")
    func counts() {
        #expect(CountText.format(2_051_331, "row") == "2,051,331 rows")
        #expect(CountText.format(1, "table") == "1 table")
        #expect(CountText.format(-1000) == "-1,000")
    }

    @Test(
        "Patterns match names as SQLite compares them",
        arguments: [
            ("tmp_*", "TMP_cache", true), ("tmp_*", "tmp", false), ("*", "", true), ("a?c", "abc", true),
            ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false), ("*log*", "query_log_2", true), ("é", "É", false),
        ])
    func globs(pattern: String, name: String, matches: Bool) {
        #expect(Glob(pattern).matches(SQLText(name)) == matches)
    }

    @Test("A secret shows itself nowhere")
    func secrets() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("Names are quoted so that nothing in them ends them")
    func quoting() {
        #expect(String(decoding: SQLText("a\"b").quoted, as: UTF8.self) == "\"a\"\"b\"")
    }
}
