/// The times that a schedule names, as a local clock and calendar show them, apart from any zone.
///
/// A local time is a number of seconds since 1970-01-01T00:00:00 on that clock; those that are named are whole minutes.
struct ClockPattern: Sendable, Hashable {
    let days: DayPattern
    let minutes: MinutesOfDay

    init(_ expression: CronExpression) {
        days = DayPattern(expression)
        minutes = MinutesOfDay(hours: expression.hours, minutes: expression.minutes)
    }

    /// - Parameter seconds: whole minutes below a day, counted from each midnight, or whole days.
    init(every seconds: Int64) {
        days = .every(days: max(seconds / 86400, 1))
        minutes = MinutesOfDay(every: Int(min(seconds / 60, Self.dayLength)))
    }

    private static let dayLength = Int64(MinutesOfDay.dayLength)

    /// nil only if the pattern names no time at all.
    func first(atOrAfter local: Int64) -> Int64? {
        let number = FloorDivision.roundedUp(local, by: 60)
        let day = FloorDivision.quotient(number, by: Self.dayLength)
        guard let match = days.first(onOrAfter: day) else { return nil }
        if match > day { return seconds(day: match, minute: minutes.earliest) }
        if let minute = minutes.first(atOrAfter: Int(number - day * Self.dayLength)) {
            return seconds(day: day, minute: minute)
        }
        guard let later = days.first(onOrAfter: day + 1) else { return nil }
        return seconds(day: later, minute: minutes.earliest)
    }

    /// nil only if the pattern names no time at all.
    func last(before local: Int64) -> Int64? {
        let number = FloorDivision.quotient(local - 1, by: 60)
        let day = FloorDivision.quotient(number, by: Self.dayLength)
        guard let match = days.last(onOrBefore: day) else { return nil }
        if match < day { return seconds(day: match, minute: minutes.latest) }
        if let minute = minutes.last(atOrBefore: Int(number - day * Self.dayLength)) {
            return seconds(day: day, minute: minute)
        }
        guard let earlier = days.last(onOrBefore: day - 1) else { return nil }
        return seconds(day: earlier, minute: minutes.latest)
    }

    /// How many of them lie in `range`; the time it takes grows with the months in it, not with the count.
    func count(in range: Range<Int64>) -> Int {
        let from = FloorDivision.roundedUp(range.lowerBound, by: 60)
        let to = FloorDivision.roundedUp(range.upperBound, by: 60)
        let fromDay = FloorDivision.quotient(from, by: Self.dayLength)
        let toDay = FloorDivision.quotient(to, by: Self.dayLength)
        let before = days.contains(fromDay) ? minutes.count(before: Int(from - fromDay * Self.dayLength)) : 0
        let after = days.contains(toDay) ? minutes.count(before: Int(to - toDay * Self.dayLength)) : 0
        return days.count(in: fromDay..<toDay) * minutes.count - before + after
    }

    private func seconds(day: Int64, minute: Int) -> Int64 {
        (day * Self.dayLength + Int64(minute)) * 60
    }
}

extension DayPattern {
    fileprivate func contains(_ day: Int64) -> Bool { first(onOrAfter: day) == day }
}
