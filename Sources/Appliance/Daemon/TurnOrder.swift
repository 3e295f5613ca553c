/// Whose turn it is: a run that somebody asks for comes before those of the schedule, but never two in a row while one of
/// the schedule could begin. So neither keeps the other waiting for long, however many there are.
struct TurnOrder: Sendable {
    enum Turn: Sendable {
        case request, schedule
    }

    /// Whether a run of the schedule could have begun when a request did.
    private var hasPassedOver = false

    /// Called for each run that there is room for, which has to be started then.
    /// - Parameters:
    ///   - hasRequest: Whether a run that somebody asked for could begin.
    ///   - hasDue: Whether one of the schedule could.
    /// - Returns: nil where neither can.
    mutating func next(hasRequest: Bool, hasDue: Bool) -> Turn? {
        let isForSchedule = hasDue && (hasPassedOver || !hasRequest)
        hasPassedOver = hasDue && !isForSchedule
        if isForSchedule { return .schedule }
        return hasRequest ? .request : nil
    }
}
