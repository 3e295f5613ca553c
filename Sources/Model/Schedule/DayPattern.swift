/// A set of days, each a number of days since 1970-01-01.
enum DayPattern: Sendable, Hashable {
    /// Every so many days from 1970-01-01 on, and before it.
    case every(days: Int64)
    /// By month, day of the month and day of the week, as a cron expression says.
    case calendar(CronExpression)

    init(_ expression: CronExpression) {
        let isEveryDay =
            expression.daysOfMonth.nonzeroBitCount == 31 && expression.months.nonzeroBitCount == 12
            && expression.daysOfWeek.nonzeroBitCount == 7
        self = isEveryDay ? .every(days: 1) : .calendar(expression)
    }

    /// nil only if no day is like that.
    func first(onOrAfter day: Int64) -> Int64? {
        switch self {
        case .every(let days): return FloorDivision.roundedUp(day, by: days) * days
        case .calendar(let expression):
            var month = MonthDays(containing: day)
            var days = expression.days(of: month) & UInt64.bits(from: month.number(of: day))
            for _ in 0...MonthDays.monthsOfCalendar {
                if days != 0 { return month.first + Int64(days.trailingZeroBitCount) - 1 }
                month = month.next
                days = expression.days(of: month)
            }
            return nil
        }
    }

    /// nil only if no day is like that.
    func last(onOrBefore day: Int64) -> Int64? {
        switch self {
        case .every(let days): return FloorDivision.quotient(day, by: days) * days
        case .calendar(let expression):
            var month = MonthDays(containing: day)
            var days = expression.days(of: month) & UInt64.bits(below: month.number(of: day) + 1)
            for _ in 0...MonthDays.monthsOfCalendar {
                if days != 0 { return month.first + Int64(63 - days.leadingZeroBitCount) - 1 }
                month = month.previous
                days = expression.days(of: month)
            }
            return nil
        }
    }

    /// How many of them lie in `range`.
    func count(in range: Range<Int64>) -> Int {
        switch self {
        case .every(let days):
            let before = FloorDivision.roundedUp(range.lowerBound, by: days)
            return Int(FloorDivision.roundedUp(range.upperBound, by: days) - before)
        case .calendar(let expression):
            var count = 0
            var month = MonthDays(containing: range.lowerBound)
            while month.first < range.upperBound {
                var days = expression.days(of: month)
                if month.first < range.lowerBound {
                    days &= UInt64.bits(from: month.number(of: range.lowerBound))
                }
                if range.upperBound < month.next.first {
                    days &= UInt64.bits(below: month.number(of: range.upperBound))
                }
                count += days.nonzeroBitCount
                month = month.next
            }
            return count
        }
    }
}

/// A month of a year, with the number of its first day.
private struct MonthDays {
    /// After so many months the calendar begins anew, days of the week included.
    static let monthsOfCalendar = 400 * 12

    let year: Int
    let month: Int
    let first: Int64

    private init(year: Int, month: Int) {
        self.year = year
        self.month = month
        first = CivilTime.dayNumber(year: year, month: month, day: 1)
    }

    init(containing day: Int64) {
        let date = CivilTime(Timestamp(seconds: day * 86400))
        self.init(year: date.year, month: date.month)
    }

    /// Which day of the month the `day` is, if it lies in it.
    func number(of day: Int64) -> Int { Int(day - first) + 1 }

    var next: MonthDays { month == 12 ? .init(year: year + 1, month: 1) : .init(year: year, month: month + 1) }

    var previous: MonthDays { month == 1 ? .init(year: year - 1, month: 12) : .init(year: year, month: month - 1) }
}

extension CronExpression {
    /// The days of a month that fit: bit n for the day n.
    fileprivate func days(of month: MonthDays) -> UInt64 {
        guard months.contains(bit: month.month) else { return 0 }
        // The week turned so that it begins with the weekday of the month's first day, five times in a row.
        let shift = UInt64(CivilTime.weekday(ofDay: month.first))
        let week = (daysOfWeek >> shift | daysOfWeek << (7 - shift)) & 127
        let weekdays = (week * 0x1020_4081) << 1
        let length = CivilTime.daysInMonth(month.month, of: month.year)
        let days = eitherDaySuffices ? daysOfMonth | weekdays : daysOfMonth & weekdays
        return days & UInt64.bits(below: length + 1)
    }
}
