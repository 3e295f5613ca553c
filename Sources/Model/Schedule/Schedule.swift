/// When the backups of a database are due, in the words of the configuration: `17 3 * * *`, `@daily`, `every 6h`.
///
/// A slot is a moment at which a backup is due. What happens to slots when clocks are changed follows cronie
/// (https://github.com/cronie-crond/cronie, cron(8)):
///
/// - A schedule with fixed times runs each of its local times once. The slot is the first instant at which the clock
///   has reached that time: a time that is skipped runs right after the gap, a time that comes twice runs when it
///   comes first. Times that fall on the same instant in this way are one slot.
/// - A wildcard schedule (minute or hour begins with `*`, or `every` of an hour or less) follows the face of the clock:
///   times that are skipped do not run, times that come twice run twice.
package struct Schedule: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        case cron(CronExpression)
        /// Whole minutes below a day, counted from each local midnight, or whole days, counted from 1970-01-01.
        case every(seconds: Int64)
    }

    /// As it was written.
    package let text: String
    package let kind: Kind
    /// Whether it follows the face of the clock through its changes.
    package let isWildcard: Bool
    let pattern: ClockPattern

    /// Reads five fields of cron, `@daily` and its kin, or `every` with a duration.
    ///
    /// `every 7h` is 00:00, 07:00, 14:00, 21:00 and 00:00 again; `every 2d` is 00:00 on every second day.
    ///
    /// - Throws: what cannot be read, and what never comes.
    package init(parsing text: String) throws(ScheduleError) {
        self.text = text
        let words = text.split(whereSeparator: \.isWhitespace)
        if let first = words.first, first.lowercased() == "every" {
            let seconds = try Self.interval(words.dropFirst().joined(separator: " "), of: text)
            kind = .every(seconds: seconds)
            isWildcard = seconds <= 3600
            pattern = ClockPattern(every: seconds)
        } else {
            let expression = try CronExpression(parsing: text)
            kind = .cron(expression)
            isWildcard = expression.isWildcard
            pattern = ClockPattern(expression)
        }
    }

    package var description: String { text }

    private static let longestInterval: Int64 = 366

    /// The seconds of `6h` in `every 6h`.
    private static func interval(_ word: String, of text: String) throws(ScheduleError) -> Int64 {
        guard let duration = DurationText.parse(word) else {
            throw ScheduleError(
                "\"\(text)\" is no schedule: \"\(word)\" is no duration",
                hint: "write a whole number and a unit together: every 15m, every 6h, every 1d")
        }
        let (seconds, attoseconds) = duration.components
        guard attoseconds == 0, seconds > 0, seconds % 60 == 0 else {
            throw ScheduleError(
                "\"\(text)\" is no schedule: it must be whole minutes", hint: "the shortest is every 1m")
        }
        guard seconds < 86400 || seconds % 86400 == 0 else {
            throw ScheduleError(
                "\"\(text)\" is no schedule: from a day on it must be whole days",
                hint: "write every \(seconds / 86400)d or every \(seconds / 86400 + 1)d")
        }
        guard seconds <= longestInterval * 86400 else {
            throw ScheduleError(
                "\"\(text)\" is no schedule: that is longer than a year", hint: "the longest is every 366d")
        }
        return seconds
    }
}
