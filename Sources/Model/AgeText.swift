/// How far a moment is from now, in the words of people; the script on the pages says it in the same words.
package enum AgeText {
    private static let minute: Int64 = 60
    private static let hour: Int64 = 3600
    private static let day: Int64 = 86_400

    /// `9 hours ago`, `in 14 hours`; `just now` and `in less than a minute` below one minute.
    package static func format(_ time: Timestamp, now: Timestamp) -> String {
        let seconds = now.seconds - time.seconds
        if seconds >= 0 { return seconds < minute ? "just now" : "\(amount(seconds)) ago" }
        return seconds > -minute ? "in less than a minute" : "in \(amount(-seconds))"
    }

    /// `26 hours`: the time from one moment to a later one; `less than a minute` below one minute.
    package static func length(from begin: Timestamp, to end: Timestamp) -> String {
        let seconds = end.seconds - begin.seconds
        return seconds < minute ? "less than a minute" : amount(seconds)
    }

    /// In hours up to two days and in days up to two months: `30 hours` says more than `1 day`.
    private static func amount(_ seconds: Int64) -> String {
        switch seconds {
        case ..<hour: CountText.format(seconds / minute, "minute")
        case ..<(2 * day): CountText.format(seconds / hour, "hour")
        case ..<(60 * day): CountText.format(seconds / day, "day")
        case ..<(730 * day): CountText.format(seconds / (30 * day), "month")
        default: CountText.format(seconds / (365 * day), "year")
        }
    }
}
