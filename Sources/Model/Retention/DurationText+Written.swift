extension DurationText {
    private static let wholeUnits: [(seconds: Int64, suffix: String)] = [(86_400, "d"), (3_600, "h"), (60, "m")]

    /// As the configuration has it: `3d`, `36h`, `90s`, in the largest unit that leaves no rest.
    ///
    /// The inverse of `parse`; what is finer than a millisecond is left out.
    package static func written(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if milliseconds != 0 { return "\(seconds &* 1000 &+ milliseconds)ms" }
        for unit in wholeUnits where seconds != 0 && seconds % unit.seconds == 0 {
            return "\(seconds / unit.seconds)\(unit.suffix)"
        }
        return "\(seconds)s"
    }

    private static let nouns: [(seconds: Int64, noun: String)] = [(86_400, "day"), (3_600, "hour"), (60, "minute")]

    /// For people, without rounding: `30 days`, `36 hours`; `24 hours` for one day, so that `every` can stand before.
    package static func spelled(seconds: Int64) -> String {
        for unit in nouns where seconds > unit.seconds && seconds % unit.seconds == 0 {
            return CountText.format(seconds / unit.seconds, unit.noun)
        }
        return CountText.format(seconds, "second")
    }
}
