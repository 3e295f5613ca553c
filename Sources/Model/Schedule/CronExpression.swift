/// Five fields of cron: minute, hour, day of the month, month, day of the week (crontab(5), as cronie reads them).
package struct CronExpression: Sendable, Hashable {
    /// Bit n for the minute n, 0 to 59.
    let minutes: UInt64
    /// Bit n for the hour n, 0 to 23.
    let hours: UInt64
    /// Bit n for the day n of a month, 1 to 31.
    let daysOfMonth: UInt64
    /// Bit n for the month n, 1 to 12.
    let months: UInt64
    /// Bit n for the day n of a week, 0 (Sunday) to 6.
    let daysOfWeek: UInt64
    /// Whether either of the two days suffices, as when neither field begins with `*`; else both must fit.
    let eitherDaySuffices: Bool
    /// Whether the minute or the hour begins with `*`.
    ///
    /// Such an expression follows the face of the clock through its changes; others name times that come once a day.
    package let isWildcard: Bool

    /// Whether a clock that shows `civil` is at such a time; seconds do not matter.
    package func matches(_ civil: CivilTime) -> Bool {
        guard minutes.contains(bit: civil.minute), hours.contains(bit: civil.hour), months.contains(bit: civil.month)
        else { return false }
        let dayFits = daysOfMonth.contains(bit: civil.day)
        let weekdayFits = daysOfWeek.contains(bit: civil.weekday)
        return eitherDaySuffices ? dayFits || weekdayFits : dayFits && weekdayFits
    }
}
