/// Durations as people write them: `250ms`, `25s`, `5m`, `6h`, `7d`.
package enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// The duration that `text` says, or nil: a whole number and a unit, nothing else.
    package static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits),
            let unit = units.first(where: { $0.suffix == text.dropFirst(digits.count) })
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : .milliseconds(milliseconds)
    }

    /// Longer ones come from a clock or a report that is wrong; about 30,000 years.
    private static let longest = 1e12

    /// For people, of seconds that need not be sensible ones: what is read from a store may say anything.
    package static func format(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < longest else { return "unknown" }
        return format(.seconds(seconds))
    }

    /// For people: `0.4 s`, `14 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
    package static func format(_ duration: Duration) -> String {
        let seconds = duration.seconds
        if seconds < 10 {
            let tenths = Int((seconds * 10).rounded())
            return "\(tenths / 10).\(tenths % 10) s"
        }
        let whole = Int(seconds.rounded())
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s"
        case ..<86400: return "\(whole / 3600) h \(whole % 3600 / 60) min"
        default: return "\(whole / 86400) d \(whole % 86400 / 3600) h"
        }
    }
}

extension Duration {
    /// The duration in seconds.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
