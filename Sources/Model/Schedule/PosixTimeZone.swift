/// The rule that a TZif file ends with: what holds after its last transition, for all years.
///
/// POSIX's TZ variable with RFC 8536's extensions (section 3.3.1): `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixTimeZone: Sendable, Hashable {
    /// Daylight saving time, and when it begins and ends in each year.
    struct Daylight: Sendable, Hashable {
        let type: TimeZoneRules.LocalTimeType
        /// In standard time.
        let start: YearlyRule
        /// In daylight saving time.
        let end: YearlyRule
    }

    let standard: TimeZoneRules.LocalTimeType
    /// nil where the clock is never changed.
    let daylight: Daylight?

    /// All periods of daylight saving time that touch `window`, ascending, apart from each other; there may be more
    /// than these. A period that follows on another at once is one with it: so a rule says "daylight saving all year".
    func daylightPeriods(around window: Range<Int64>) -> [Range<Int64>] {
        guard let daylight else { return [] }
        // A rule's time may lie a week beyond its year, and a southern summer begins in the year before.
        let first = CivilTime(Timestamp(seconds: window.lowerBound)).year - 2
        let last = CivilTime(Timestamp(seconds: window.upperBound)).year + 2
        var periods: [Range<Int64>] = []
        for year in first...last {
            let start = daylight.start.localSeconds(in: year) - standard.offset
            var end = daylight.end.localSeconds(in: year) - daylight.type.offset
            if end <= start { end = daylight.end.localSeconds(in: year + 1) - daylight.type.offset }
            if start < end { periods.append(start..<end) }
        }
        periods.sort { $0.lowerBound < $1.lowerBound }
        var merged: [Range<Int64>] = []
        for period in periods {
            if let last = merged.last, period.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, period.upperBound)
            } else {
                merged.append(period)
            }
        }
        return merged
    }
}

/// A moment that comes once in each year.
struct YearlyRule: Sendable, Hashable {
    enum Date: Sendable, Hashable {
        /// `Mm.w.d`: the `week`th such weekday (0 for Sunday) of the month; the fifth is the last.
        case weekday(month: Int, week: Int, weekday: Int)
        /// `Jn`: day 1 to 365; February 29 is never counted.
        case dayWithoutLeapDay(Int)
        /// `n`: day 0 to 365; February 29 is counted.
        case day(Int)
    }

    let date: Date
    /// Seconds after the date's midnight, up to a week before it or after.
    let time: Int64

    /// The moment in seconds since 1970-01-01 as a local clock counts them.
    func localSeconds(in year: Int) -> Int64 {
        let day: Int64
        switch date {
        case .weekday(let month, let week, let weekday):
            let first = CivilTime.dayNumber(year: year, month: month, day: 1)
            let toFirstSuch = (weekday - CivilTime.weekday(ofDay: first) + 7) % 7
            var dayOfMonth = 1 + toFirstSuch + (week - 1) * 7
            if dayOfMonth > CivilTime.daysInMonth(month, of: year) { dayOfMonth -= 7 }
            day = first + Int64(dayOfMonth - 1)
        case .dayWithoutLeapDay(let number):
            let isAfterLeapDay = number >= 60 && CivilTime.isLeapYear(year)
            let newYear = CivilTime.dayNumber(year: year, month: 1, day: 1)
            day = newYear + Int64(number - 1) + (isAfterLeapDay ? 1 : 0)
        case .day(let number):
            day = CivilTime.dayNumber(year: year, month: 1, day: 1) + Int64(number)
        }
        return day * 86400 + time
    }
}
