/// The rules under `retention:` that say which backups of a database are kept.
///
/// Their meaning is restic's (<https://restic.readthedocs.io/en/stable/060_forget.html>, and `ApplyPolicy` in its
/// `snapshot_policy.go`): a backup is kept if any rule keeps it.
/// - `keep_last` keeps the newest backups.
/// - The rules for hours, days, weeks, months and years keep the newest backup of each period, for so many periods that
///   have one; periods without a backup are not counted. While a rule's number is not used up, it keeps the oldest
///   backup of all too, so that the history reaches as far back as it can.
/// - `keep_within` keeps what is newer than the newest backup less the duration. Measured from the newest backup and
///   not from the clock, nothing vanishes when backups stop coming. A day is 24 hours.
///
/// Where a database has no policy at all, everything is kept; so it is with an empty one.
package struct RetentionPolicy: Sendable, Equatable, CustomStringConvertible {
    /// The number of a rule that keeps one backup of every period there is.
    package static let unlimited = Int.max

    /// The number of newest backups; 0 turns a rule off, here as below.
    package let keepLast: Int
    /// The number of hours that keep their newest backup.
    package let keepHourly: Int
    package let keepDaily: Int
    package let keepWeekly: Int
    package let keepMonthly: Int
    package let keepYearly: Int
    /// Greater than zero; nil turns the rule off.
    package let keepWithin: Duration?

    /// A negative number means `unlimited`, as restic's -1 does; a duration that is not positive turns its rule off.
    package init(
        keepLast: Int = 0, keepHourly: Int = 0, keepDaily: Int = 0, keepWeekly: Int = 0, keepMonthly: Int = 0,
        keepYearly: Int = 0, keepWithin: Duration? = nil
    ) {
        self.keepLast = Self.number(keepLast)
        self.keepHourly = Self.number(keepHourly)
        self.keepDaily = Self.number(keepDaily)
        self.keepWeekly = Self.number(keepWeekly)
        self.keepMonthly = Self.number(keepMonthly)
        self.keepYearly = Self.number(keepYearly)
        if let keepWithin, keepWithin > .zero {
            self.keepWithin = keepWithin
        } else {
            self.keepWithin = nil
        }
    }

    private static func number(_ count: Int) -> Int {
        count < 0 ? unlimited : count
    }

    /// Whether all rules are off. Such a policy keeps everything, for nothing is deleted on a guess.
    package var isEmpty: Bool { self == RetentionPolicy() }

    /// The number of periods that keep their newest backup.
    package func limit(of period: RetentionPeriod) -> Int {
        switch period {
        case .hour: keepHourly
        case .day: keepDaily
        case .week: keepWeekly
        case .month: keepMonthly
        case .year: keepYearly
        }
    }

    /// `keep_last 7, keep_daily 14, keep_within 3d`.
    package var description: String {
        var rules: [String] = []
        if keepLast > 0 { rules.append("keep_last \(Self.text(keepLast))") }
        for period in RetentionPeriod.allCases where limit(of: period) > 0 {
            rules.append("\(period.rawValue) \(Self.text(limit(of: period)))")
        }
        if let keepWithin { rules.append("keep_within \(DurationText.written(keepWithin))") }
        return rules.isEmpty ? "keep everything" : rules.joined(separator: ", ")
    }

    private static func text(_ limit: Int) -> String {
        limit == unlimited ? "unlimited" : "\(limit)"
    }
}
