/// What a clock and a calendar on a wall show: a date and a time to the second, without a zone.
///
/// Proleptic Gregorian calendar; there are no leap seconds.
package struct CivilTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// 1 to 31.
    package let day: Int
    /// 0 to 23.
    package let hour: Int
    /// 0 to 59.
    package let minute: Int
    /// 0 to 59.
    package let second: Int

    /// The moment with these fields, or nil if the calendar or the clock has none such.
    ///
    /// - Parameter year: 1 to 9999.
    package init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.daysInMonth(month, of: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// What a clock with offset 0 shows at `time`. Times more than 2^61 seconds from 1970 count as that far.
    package init(_ time: Timestamp) {
        let fields = Timestamp(seconds: Instants.clamped(time.seconds)).fields
        year = fields.year
        month = fields.month
        day = fields.day
        hour = fields.hour
        minute = fields.minute
        second = fields.second
    }

    /// The moment at which a clock with offset 0 shows this.
    package var timestamp: Timestamp {
        Timestamp(seconds: dayNumber * 86400 + Int64(hour * 3600 + minute * 60 + second))
    }

    /// Days since 1970-01-01.
    package var dayNumber: Int64 { Self.dayNumber(year: year, month: month, day: day) }

    /// 0 for Sunday to 6 for Saturday, as cron counts.
    package var weekday: Int { Self.weekday(ofDay: dayNumber) }

    /// The same time of day, so many days later, or earlier if `days` is negative.
    package func adding(days: Int) -> CivilTime {
        CivilTime(Timestamp(seconds: timestamp.seconds + Int64(days) * 86400))
    }

    /// `2026-03-15T02:30:00`.
    package var description: String { String(timestamp.text.dropLast()) }

    package static func < (left: CivilTime, right: CivilTime) -> Bool {
        left.timestamp < right.timestamp
    }
}

extension CivilTime {
    package static func isLeapYear(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// 28 to 31.
    ///
    /// - Parameter month: 1 to 12.
    package static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeapYear(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01, after Howard Hinnant's chrono-compatible date algorithms.
    static func dayNumber(year: Int, month: Int, day: Int) -> Int64 {
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// 0 for Sunday to 6 for Saturday; day 0 was a Thursday.
    static func weekday(ofDay day: Int64) -> Int {
        Int(FloorDivision.remainder(day + 4, by: 7))
    }
}
