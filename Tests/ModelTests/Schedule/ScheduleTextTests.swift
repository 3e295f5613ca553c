import Model
import Testing

@Suite struct ScheduleTextTests {
    @Test(
        "Intervals are read with their unit",
        arguments: [
            ("every 1m", 60, true), ("every 15m", 900, true), ("every 60m", 3600, true), ("every 1h", 3600, true),
            ("every 61m", 3660, false), ("every 90m", 5400, false), ("every 6h", 21600, false),
            ("every 1d", 86400, false), ("every 24h", 86400, false), ("every 7d", 604_800, false),
            ("every 366d", 31_622_400, false),
            ("every 120s", 120, true), ("  Every   6h ", 21600, false), ("every 60000ms", 60, true),
        ] as [(String, Int64, Bool)])
    func intervals(text: String, seconds: Int64, isWildcard: Bool) throws {
        let schedule = try Schedule(parsing: text)
        #expect(schedule.kind == .every(seconds: seconds))
        #expect(schedule.isWildcard == isWildcard)
        #expect(schedule.text == text)
        #expect("\(schedule)" == text)
    }

    @Test("Expressions of cron are read as such", arguments: ["17 3 * * *", "*/5 * * * *", "@daily", " 0 0 * * sun "])
    func expressions(text: String) throws {
        let schedule = try Schedule(parsing: text)
        let expression = try CronExpression(parsing: text)
        #expect(schedule.kind == .cron(expression))
        #expect(schedule.isWildcard == expression.isWildcard)
        #expect(schedule.text == text)
    }

    @Test(
        "What is no schedule is refused in words",
        arguments: [
            ("every", "no duration"), ("every 6", "no duration"), ("every six hours", "no duration"),
            ("every 2 h", "every 15m"), ("every -1h", "no duration"), ("every 0m", "whole minutes"),
            ("every 30s", "every 1m"), ("every 90s", "whole minutes"), ("every 1ms", "whole minutes"),
            ("every 36h", "every 1d or every 2d"), ("every 1441m", "whole days"), ("every 367d", "every 366d"),
            ("every 99999999999999999d", "no duration"), ("", "five fields"), ("daily", "@daily"),
            ("6h", "every 6h"), ("@every 6h", "@every"), ("0 25 * * *", "hour field"),
        ])
    func refused(text: String, says: String) {
        let error = #expect(throws: ScheduleError.self) { try Schedule(parsing: text) }
        let words = error.map { "\($0)" } ?? ""
        #expect(words.contains(says), "\(words)")
    }
}
