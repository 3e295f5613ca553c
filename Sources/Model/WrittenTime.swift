/// A moment as a person writes it.
package enum WrittenTime: Sendable, Hashable {
    /// With `Z` or an offset from UTC, or in the form that backups' names have, which is UTC.
    case instant(Timestamp)
    /// What the clocks of a zone show.
    case clock(CivilTime)
    /// A date alone, which means its end: what the clocks show in its last second.
    case day(CivilTime)

    /// What a written time means in a zone.
    package struct Reading: Sendable, Equatable {
        package let time: Timestamp
        /// What a person should know where clocks never showed that time, or showed it twice; one sentence.
        package let note: String?
    }

    /// Reads `2026-03-01`, `2026-03-01 12:00[:00]` with a blank or a `T` between, the same with `Z` or an offset
    /// (RFC 3339; `+0100` too), and `20260301-120000`, which is UTC. Fractions of a second are left out.
    package init?(_ text: String) {
        var reader = Reader(rest: Array(text.utf8)[...])
        guard let written = reader.time() else { return nil }
        self = written
    }

    /// Whether it depends on a zone.
    package var needsZone: Bool {
        if case .instant = self { false } else { true }
    }

    /// The moment that is meant. Of two moments at which clocks show the time it is the earlier; where they are put forward
    /// over it, it is the moment of that change.
    package func reading(in zone: TimeZoneRules) -> Reading {
        switch self {
        case .instant(let time): return Reading(time: time, note: nil)
        case .clock(let civil):
            let times = zone.timestamps(of: civil)
            let shown = civil.text
            guard let first = times.first else {
                let time = Self.change(over: civil, in: zone)
                return Reading(
                    time: time,
                    note: "Clocks in \(zone.name) were put forward over \(shown): the moment of that change is meant, "
                        + "\(time.text)")
            }
            guard let last = times.last, last != first else { return Reading(time: first, note: nil) }
            return Reading(
                time: first,
                note: "Clocks in \(zone.name) showed \(shown) twice: the first time is meant, \(first.text); "
                    + "for the second one write \(last.text)")
        case .day(let end):
            return Reading(time: zone.timestamps(of: end).last ?? Self.change(over: end, in: zone), note: nil)
        }
    }

    /// The moment at which clocks were put forward over `civil`.
    private static func change(over civil: CivilTime, in zone: TimeZoneRules) -> Timestamp {
        let plain = civil.timestamp
        return zone.gap(at: civil)?.at ?? Timestamp(seconds: plain.seconds - Int64(zone.offset(at: plain)))
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        /// All of the text; nil where it is no time.
        mutating func time() -> WrittenTime? {
            if let written = compact() { return written }
            guard let year = number(4...4), take("-"), let month = number(1...2), take("-"), let day = number(1...2)
            else { return nil }
            if rest.isEmpty { return Self.day(year, month, day) }
            guard take("T") || take("t") || take(" "), let hour = number(1...2) else { return nil }
            var minute = 0
            var second = 0
            if take(":") {
                guard let minutes = number(2...2) else { return nil }
                minute = minutes
                if take(":") {
                    guard let seconds = number(2...2) else { return nil }
                    second = seconds
                    if take("."), number(1...9) == nil { return nil }
                }
            }
            guard
                let civil = CivilTime(
                    year: year, month: month, day: day, hour: hour, minute: minute, second: second)
            else { return nil }
            if rest.isEmpty { return .clock(civil) }
            guard let east = offset(), rest.isEmpty else { return nil }
            return .instant(Timestamp(seconds: civil.timestamp.seconds - Int64(east)))
        }

        /// `20260301-120000` or `20260301`; nothing is taken where it is neither.
        private mutating func compact() -> WrittenTime? {
            let start = rest
            if let date = number(8...8) {
                let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100)
                if rest.isEmpty { return Self.day(year, month, day) }
                if take("-") || take("T"), let clock = number(6...6), rest.isEmpty || take("Z"), rest.isEmpty,
                    let civil = CivilTime(
                        year: year, month: month, day: day, hour: clock / 10_000, minute: clock / 100 % 100,
                        second: clock % 100)
                {
                    return .instant(civil.timestamp)
                }
            }
            rest = start
            return nil
        }

        private static func day(_ year: Int, _ month: Int, _ day: Int) -> WrittenTime? {
            CivilTime(year: year, month: month, day: day, hour: 23, minute: 59, second: 59).map { .day($0) }
        }

        /// Seconds east of UTC.
        private mutating func offset() -> Int? {
            _ = take(" ")
            if take("Z") || take("z") { return 0 }
            let isEast = take("+")
            guard isEast || take("-"), let hours = number(2...2) else { return nil }
            _ = take(":")
            guard let minutes = number(2...2), hours < 24, minutes < 60 else { return nil }
            let seconds = hours * 3600 + minutes * 60
            return isEast ? seconds : -seconds
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// As many digits as there are, up to the width's end; nil, and nothing taken, where they are too few.
        private mutating func number(_ width: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix(width.upperBound).prefix { (48...57).contains($0) }
            guard digits.count >= width.lowerBound else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        }
    }
}

extension CivilTime {
    /// `2026-03-15 02:30:00`.
    package var text: String {
        String(description.map { $0 == "T" ? " " : $0 })
    }
}
