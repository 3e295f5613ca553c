/// Dates as HTTP has them: RFC 9110, section 5.6.7.
package enum HTTPDate {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    package static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    package static func text(_ time: Timestamp) -> String {
        let at = time.fields
        // The first day of 1970 was a Thursday.
        let days = Int((time.seconds - Int64(at.hour * 3600 + at.minute * 60 + at.second)) / 86_400)
        let weekday = weekdays[((days % 7) + 7) % 7]
        return "\(weekday), \(two(at.day)) \(months[at.month - 1]) \(at.year)"
            + " \(two(at.hour)):\(two(at.minute)):\(two(at.second)) GMT"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
