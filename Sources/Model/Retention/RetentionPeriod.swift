/// The stretches of local time of which a rule keeps one backup each; the raw value is the rule's name.
package enum RetentionPeriod: String, Sendable, CaseIterable {
    case hour = "keep_hourly"
    case day = "keep_daily"
    case week = "keep_weekly"
    case month = "keep_monthly"
    case year = "keep_yearly"

    /// `hours`, `days`, …
    var plural: String {
        switch self {
        case .hour: "hours"
        case .day: "days"
        case .week: "weeks"
        case .month: "months"
        case .year: "years"
        }
    }
}

/// The hour, day, week, month and year in which a moment lies, by the clock of one time zone.
///
/// Weeks are those of ISO 8601: from Monday to Sunday, and each belongs to the year of its Thursday. An hour that the
/// clock strikes twice, when summer time ends, is one hour, as it is for restic.
struct LocalPeriods: Sendable {
    private let year: Int
    private let month: Int
    private let day: Int
    private let hour: Int
    private let yearOfWeek: Int
    private let week: Int

    init(of time: Timestamp, in zone: TimeZoneRules) {
        let local = Timestamp(seconds: time.seconds + Int64(zone.offset(at: time)))
        let fields = local.fields
        year = fields.year
        month = fields.month
        day = fields.day
        hour = fields.hour
        let days = (local.seconds >= 0 ? local.seconds : local.seconds - 86_399) / 86_400
        // 1970-01-01 was a Thursday: three days after Monday.
        let daysAfterMonday = ((days + 3) % 7 + 7) % 7
        let thursday = Timestamp(seconds: (days - daysAfterMonday + 3) * 86_400).fields
        yearOfWeek = thursday.year
        week = (Self.dayOfYear(year: thursday.year, month: thursday.month, day: thursday.day) - 1) / 7 + 1
    }

    /// A number that every moment of this period has and no moment of another.
    func number(of period: RetentionPeriod) -> Int {
        switch period {
        case .hour: ((year * 100 + month) * 100 + day) * 100 + hour
        case .day: (year * 100 + month) * 100 + day
        case .week: yearOfWeek * 100 + week
        case .month: year * 100 + month
        case .year: year
        }
    }

    /// `2026-03-15 02:00`, `2026-03-15`, `2026-W11`, `2026-03`, `2026`.
    func name(of period: RetentionPeriod) -> String {
        switch period {
        case .hour: "\(year)-\(Self.padded(month))-\(Self.padded(day)) \(Self.padded(hour)):00"
        case .day: "\(year)-\(Self.padded(month))-\(Self.padded(day))"
        case .week: "\(yearOfWeek)-W\(Self.padded(week))"
        case .month: "\(year)-\(Self.padded(month))"
        case .year: "\(year)"
        }
    }

    private static let daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

    /// Counted from 1.
    private static func dayOfYear(year: Int, month: Int, day: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return daysBeforeMonth[month - 1] + day + (isLeap && month > 2 ? 1 : 0)
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
