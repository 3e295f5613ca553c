import Model

/// What raises an alarm about a database although no run of it fails; nil turns an alarm off.
package struct AlarmSettings: Sendable, Equatable {
    /// Rows or bytes fell.
    package var shrink: ShrinkAlarm?
    /// Backups that were due did not come.
    package var overdue: OverdueAlarm?

    package init(
        shrink: ShrinkAlarm? = AlarmSettings.standardShrink, overdue: OverdueAlarm? = AlarmSettings.standardOverdue
    ) {
        self.shrink = shrink
        self.overdue = overdue
    }

    /// By half.
    package static let standardShrink = ShrinkAlarm(tolerance: 0.5)
    /// One missed time and two hours.
    package static let standardOverdue = OverdueAlarm(missed: 1, grace: .seconds(7200))
}
