import Glibc
import TestSupport

/// What crontab(5) says about the five fields, word for word and without any haste: a second opinion on schedules.
///
/// It asks of every minute that a clock shows whether it fits, and shares nothing with what it judges.
struct NaiveSchedule {
    /// For minute, hour, day of the month, month and day of the week: whether each number fits.
    private var table: [[Bool]] = []
    private var bothDaysMustFit = false
    /// The length of an interval in minutes; 0 for an expression.
    private var interval: Int64 = 0
    private(set) var followsTheFace = false

    private static let lowest = [0, 0, 1, 1, 0]
    private static let highest = [59, 23, 31, 12, 7]
    private static let names: [[String]] = [
        [], [], [],
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    ]

    init(expression text: String) {
        let fields = text.split(separator: " ").map { String($0) }
        for (index, field) in fields.enumerated() {
            table.append((0...59).map { Self.isIn(field, $0, index) })
        }
        // "If one of them begins with *, both must match": the day of the month and the day of the week.
        bothDaysMustFit = fields[2].first == "*" || fields[4].first == "*"
        followsTheFace = fields[0].first == "*" || fields[1].first == "*"
    }

    init(everyMinutes minutes: Int64) {
        interval = minutes
        followsTheFace = minutes <= 60
    }

    private static func isIn(_ field: String, _ number: Int, _ index: Int) -> Bool {
        func value(_ word: String) -> Int {
            if let number = Int(word) { return number }
            return (names[index].firstIndex(of: word) ?? -1000) + lowest[index]
        }
        for entry in field.split(separator: ",").map({ String($0) }) {
            let halves = entry.split(separator: "/").map { String($0) }
            let ends = halves[0].split(separator: "-").map { String($0) }
            let first = halves[0] == "*" ? lowest[index] : value(ends[0])
            let last = halves[0] == "*" ? highest[index] : value(ends[ends.count - 1])
            let step = halves.count == 2 ? Int(halves[1]) ?? 1 : 1
            if number >= first && number <= last && (number - first) % step == 0 { return true }
        }
        return false
    }

    /// Whether a clock that has gone for so many minutes since 1970-01-01T00:00 shows a time that fits.
    private func fits(minute: Int64) -> Bool {
        if interval >= 1440 { return minute % interval == 0 }
        if interval > 0 { return minute % 1440 % interval == 0 }
        var seconds = time_t(minute * 60)
        var shown = tm()
        gmtime_r(&seconds, &shown)
        let weekday = Int(shown.tm_wday)
        let isTime = table[0][Int(shown.tm_min)] && table[1][Int(shown.tm_hour)]
        let isDay = table[2][Int(shown.tm_mday)]
        let isWeekday = table[4][weekday] || (weekday == 0 && table[4][7])
        let isDate = bothDaysMustFit ? isDay && isWeekday : isDay || isWeekday
        return isTime && isDate && table[3][Int(shown.tm_mon) + 1]
    }

    /// The moments at which a daemon runs a job that looks at the clock once a minute, as cron(8) describes it.
    ///
    /// - Parameters:
    ///   - faces: what the local clock shows at each minute of real time, in minutes since 1970.
    ///   - lead: how many of them come before the first that counts.
    /// - Returns: indexes of `faces`.
    func runs(_ faces: [Int64], lead: Int) -> [Int] {
        var runs: [Int] = []
        // The minutes up to this one have had their fixed jobs.
        var done = faces[0] - 1
        for (index, face) in faces.enumerated() {
            var isDue = false
            if followsTheFace {
                isDue = fits(minute: face)
            } else {
                while done < face {
                    done += 1
                    if fits(minute: done) { isDue = true }
                }
            }
            if isDue && index >= lead { runs.append(index) }
        }
        return runs
    }
}

/// Makes up expressions that cronie would accept.
struct ExpressionGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// One that comes at some time of most nights, when clocks are changed.
    mutating func nightly() -> String {
        let minute = pick(["0", "30", "59", "*/15", "0,30", "17", "1-59/7", "*", "45"])
        let hour = pick(["0", "1", "2", "3", "23", "1-3", "*/2", "2,3", "0,23", "*", "0-23"])
        let day = pick(["*", "*", "*", "*/2", "1-31", "24-30"])
        let weekday = pick(["*", "*", "*", "0", "sun", "sat,sun", "*/2", "5-7"])
        return "\(minute) \(hour) \(day) * \(weekday)"
    }

    /// Any at all, though it may never come.
    mutating func arbitrary() -> String {
        let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]
        var fields: [String] = []
        for range in ranges { fields.append(field(range)) }
        if number(0...3) == 0 { fields[3] = pick(["jan", "mar-oct", "oct-dec/2", "feb,mar,apr"]) }
        if number(0...3) == 0 { fields[4] = pick(["mon-fri", "sun", "tue-sat/2", "wed,7"]) }
        return fields.joined(separator: " ")
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    private mutating func pick(_ words: [String]) -> String {
        words[number(0...(words.count - 1))]
    }

    private mutating func field(_ range: ClosedRange<Int>) -> String {
        if number(0...3) == 0 { return "*" }
        var entries: [String] = []
        for _ in 0..<number(1...3) { entries.append(entry(range)) }
        return entries.joined(separator: ",")
    }

    private mutating func entry(_ range: ClosedRange<Int>) -> String {
        let one = number(range)
        let other = number(range)
        let ends = "\(min(one, other))-\(max(one, other))"
        switch number(0...9) {
        case 0...2: return "\(one)"
        case 3...5: return ends
        case 6...7: return "\(ends)/\(number(1...7))"
        case 8: return "*/\(number(1...7))"
        default: return "*"
        }
    }
}
