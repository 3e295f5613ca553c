import Model

/// Times as clocks in a database's zone show them.
package enum LocalTime {
    /// `2026-03-16 03:17 Europe/Berlin`.
    package static func text(_ time: Timestamp, in zone: TimeZoneRules) -> String {
        let civil = zone.civilTime(at: time)
        return "\(civil.dateText) \(two(civil.hour)):\(two(civil.minute)) \(zone.name)"
    }

    /// `2026-03-16 03:17:05 Europe/Berlin`.
    package static func exact(_ time: Timestamp, in zone: TimeZoneRules) -> String {
        "\(zone.civilTime(at: time).text) \(zone.name)"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension CivilTime {
    /// `2026-03-16`.
    package var dateText: String {
        String(timestamp.text.prefix(10))
    }
}
