import Model
import Testing

@Suite struct CronExpressionTests {
    @Test("An expression fits what its fields say", arguments: CronCase.all)
    func matching(_ example: CronCase) throws {
        let expression = try CronExpression(parsing: example.text)
        for text in example.fits {
            let time = CivilTime(try utc(text))
            #expect(expression.matches(time), "\(text)")
        }
        for text in example.fitsNot {
            let time = CivilTime(try utc(text))
            #expect(!expression.matches(time), "\(text)")
        }
    }

    @Test(
        "Different words say the same",
        arguments: [
            ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 jan *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"),
            ("@weekly", "0 0 * * sun"), ("@daily", "0 0 * * *"), ("@midnight", "@daily"), ("@hourly", "0 * * * *"),
            ("@Daily", "@daily"), ("0 0 * * 7", "0 0 * * 0"), ("0 0 * * fri-sun", "0 0 * * 5-7"),
            ("0 0 * * 5-7", "0 0 * * 0,5,6"), ("0 0 * * sun-tue", "0 0 * * 0-2"), ("0 0 * * SAT", "0 0 * * sat"),
            ("0 0 1 Jan-mar *", "0 0 1 1-3 *"), ("0 0 1 feb,DEC *", "0 0 1 2,12 *"), ("5-5 0 * * *", "5 0 * * *"),
            ("0-59/20 0 * * *", "0,20,40 0 * * *"), ("05 00 * * *", "5 0 * * *"), ("  0\t0  * * *\n", "0 0 * * *"),
            ("0 0 * * sun-sun", "0 0 * * 0"), ("0 0 * * 1-7/2", "0 0 * * 1,3,5,0"), ("50-59/60 0 * * *", "50 0 * * *"),
            ("0 0 1 oct-dec/2 *", "0 0 1 10,12 *"), ("*/60 0 1 * *", "*/60 0 1 */1 *"),
        ])
    func synonyms(one: String, other: String) throws {
        let first = try CronExpression(parsing: one)
        let second = try CronExpression(parsing: other)
        #expect(first == second)
    }

    @Test(
        "Expressions are wildcards when their minute or their hour begins with a star",
        arguments: [
            ("* * * * *", true), ("*/5 3 * * *", true), ("0 */2 * * *", true), ("*,5 3 * * *", true),
            ("@hourly", true), ("0 3 * * *", false), ("0-59 0-23 * * *", false), ("5,*/10 3 * * *", false),
            ("@daily", false), ("@weekly", false), ("0 0 */2 * *", false),
        ])
    func wildcards(text: String, isWildcard: Bool) throws {
        let expression = try CronExpression(parsing: text)
        #expect(expression.isWildcard == isWildcard)
    }

    @Test("What cannot be read is refused in words that name the field", arguments: CronMistake.all)
    func refused(_ mistake: CronMistake) {
        let error = #expect(throws: ScheduleError.self) { try CronExpression(parsing: mistake.text) }
        let words = error.map { "\($0)" } ?? ""
        for part in mistake.says { #expect(words.contains(part), "\(words)") }
        #expect(error?.code == .configuration)
        #expect(error?.hint != nil || mistake.text.hasPrefix("@"))
    }

    @Test(
        "An expression that never comes is refused",
        arguments: ["0 0 31 2 *", "0 0 30 feb *", "0 0 31 2,4,6,9,11 *", "0 0 30,31 2 */2", "* * 31 apr *"])
    func never(text: String) {
        let error = #expect(throws: ScheduleError.self) { try CronExpression(parsing: text) }
        #expect(error?.message.contains("never comes") == true)
    }

    @Test(
        "An expression that comes seldom is not",
        arguments: ["0 0 29 2 *", "0 0 31 1,2 *", "0 0 31 2 mon", "0 0 30 2 1-5", "0 0 29 2 */7"])
    func seldom(text: String) {
        #expect(throws: Never.self) { try CronExpression(parsing: text) }
    }
}

/// An expression with times that it fits and times that it does not fit.
struct CronCase: Sendable, CustomStringConvertible {
    let text: String
    let fits: [String]
    let fitsNot: [String]

    var description: String { text }

    static let all: [CronCase] = [
        CronCase(text: "* * * * *", fits: ["2026-03-15 02:30", "2026-12-31 23:59:59"], fitsNot: []),
        CronCase(
            text: "17 3 * * *", fits: ["2026-03-15 03:17", "2026-03-15 03:17:59"],
            fitsNot: ["2026-03-15 03:16:59", "2026-03-15 03:18", "2026-03-15 15:17"]),
        CronCase(
            text: "*/15 8-18 * * mon-fri", fits: ["2026-03-16 08:00", "2026-03-20 18:45"],
            fitsNot: ["2026-03-16 08:10", "2026-03-16 19:00", "2026-03-15 08:00", "2026-03-21 08:00"]),
        CronCase(
            text: "1-59/20 0 * * *", fits: ["2026-03-15 00:01", "2026-03-15 00:21", "2026-03-15 00:41"],
            fitsNot: ["2026-03-15 00:00", "2026-03-15 00:20"]),
        // Both days restricted: either is enough. 2026-03-13 is a Friday.
        CronCase(
            text: "0 0 13 * fri", fits: ["2026-03-13 00:00", "2026-03-20 00:00", "2026-04-13 00:00"],
            fitsNot: ["2026-03-14 00:00"]),
        // One begins with a star: both must fit, even if the star has a step.
        CronCase(
            text: "0 0 */2 * fri", fits: ["2026-03-13 00:00", "2026-03-27 00:00"],
            fitsNot: ["2026-03-20 00:00", "2026-03-15 00:00"]),
        CronCase(
            text: "0 0 13 * */2", fits: ["2026-01-13 00:00", "2026-06-13 00:00"],
            fitsNot: ["2026-03-13 00:00", "2026-01-15 00:00"]),
        CronCase(text: "0 0 13 * *", fits: ["2026-03-13 00:00"], fitsNot: ["2026-03-20 00:00"]),
        // The steps of the day of the week run from 0 to 7, as in cronie.
        CronCase(
            text: "0 0 * * */3", fits: ["2026-03-15 00:00", "2026-03-18 00:00", "2026-03-21 00:00"],
            fitsNot: ["2026-03-16 00:00", "2026-03-17 00:00", "2026-03-19 00:00", "2026-03-20 00:00"]),
        CronCase(text: "0 0 * * */7", fits: ["2026-03-15 00:00"], fitsNot: ["2026-03-16 00:00", "2026-03-21 00:00"]),
        CronCase(
            text: "30 4 1,15,31 */3 *", fits: ["2026-01-31 04:30", "2026-04-15 04:30", "2026-10-01 04:30"],
            fitsNot: ["2026-02-01 04:30", "2026-04-30 04:30", "2026-12-31 04:30"]),
    ]
}

/// An expression that is refused, and parts of the message and the hint.
struct CronMistake: Sendable, CustomStringConvertible {
    let text: String
    let says: [String]

    init(_ text: String, _ says: String...) {
        self.text = text
        self.says = says
    }

    var description: String { text }

    static let all: [CronMistake] = [
        CronMistake("", "five fields", "are 0"),
        CronMistake("3", "five fields", "is 1"),
        CronMistake("0 3 * *", "five fields", "are 4"),
        CronMistake("0 0 3 * * *", "five fields", "are 6"),
        CronMistake("0 3 * * * ?", "five fields"),
        CronMistake("60 3 * * *", "minute field", "\"60\"", "0-59"),
        CronMistake("0 24 * * *", "hour field", "\"24\"", "0-23"),
        CronMistake("0 3 0 * *", "day-of-month field", "\"0\"", "1-31"),
        CronMistake("0 3 32 * *", "day-of-month field", "\"32\""),
        CronMistake("0 3 * 13 *", "month field", "\"13\"", "jan-dec"),
        CronMistake("0 3 * 0 *", "month field", "\"0\""),
        CronMistake("0 3 * * 8", "day-of-week field", "\"8\"", "sun-sat"),
        CronMistake("0 3 * * monday", "day-of-week field", "monday", "sun-sat"),
        CronMistake("jan 3 * * *", "minute field", "jan"),
        CronMistake("0 3 * mon *", "month field", "mon"),
        CronMistake("0 3 ? * *", "day-of-month field", "?"),
        CronMistake("0 3 L * *", "day-of-month field", "L"),
        CronMistake("H 3 * * *", "minute field", "H"),
        CronMistake("5/15 * * * *", "minute field", "5/15", "write 5-59/15"),
        CronMistake("0 3 * * 1/2", "day-of-week field", "write 1-6/2"),
        CronMistake("0 22-2 * * *", "hour field", "22-2", "write 22-23,0-2"),
        CronMistake("50-10 3 * * *", "minute field", "write 50-59,0-10"),
        CronMistake("0 3 * nov-feb *", "month field", "write nov-dec,jan-feb"),
        CronMistake("0 3 * 11-2 *", "month field", "write 11-12,1-2"),
        CronMistake("0 3 * * fri-mon", "day-of-week field", "write fri-sat,sun-mon"),
        CronMistake("0 3 * * 5-1", "day-of-week field", "write 5-6,0-1"),
        CronMistake("0 3 * * 5-0", "day-of-week field", "write 5-7"),
        CronMistake("0 3 * * 7-2", "day-of-week field", "write 0-2"),
        CronMistake("*/0 3 * * *", "minute field", "\"0\"", "1 to 60"),
        CronMistake("*/90 3 * * *", "minute field", "\"90\"", "every 90m"),
        CronMistake("0 */25 * * *", "hour field", "1 to 24"),
        CronMistake("*/ 3 * * *", "minute field", "step"),
        CronMistake("*/ 3 * * * *", "five fields"),
        CronMistake("0 */ * * *", "hour field", "step"),
        CronMistake("0 */x * * *", "hour field", "\"x\""),
        CronMistake("0 */2/3 * * *", "hour field", "\"2/3\""),
        CronMistake("0 1,,2 * * *", "hour field", "empty entry"),
        CronMistake("0 ,1 * * *", "hour field", "empty entry"),
        CronMistake("0 -5 * * *", "hour field", "-5"),
        CronMistake("0 5- * * *", "hour field", "5-"),
        CronMistake("0 1-2-3 * * *", "hour field", "1-2-3"),
        CronMistake("0 +5 * * *", "hour field", "+5"),
        CronMistake("0 *5 * * *", "hour field", "*5"),
        CronMistake("0 **/2 * * *", "hour field", "**"),
        CronMistake("0 \u{0663} * * *", "hour field"),
        CronMistake("0 99999999999999999999 * * *", "hour field", "out of range"),
        CronMistake("@reboot", "@reboot", "catch_up"),
        CronMistake("@fortnightly", "@fortnightly", "@weekly"),
        CronMistake("@daily 3", "@daily", "\"3\""),
        CronMistake("@", "@yearly"),
    ]
}
