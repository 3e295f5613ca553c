/// Sizes as people write them: `8MiB`, `8MB`, `512`.
package enum SizeText {
    private static let units: [(suffix: String, bytes: Int64)] = [
        ("", 1), ("B", 1),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// The number of bytes that `text` says, or nil.
    package static func parse(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits),
            let unit = units.first(where: { $0.suffix == text.dropFirst(digits.count) })
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    /// For people: `512 B`, `8.0 MiB`, `12 GiB`; three figures are enough.
    package static func format(_ bytes: Int64) -> String {
        var value = Double(bytes)
        var unit = 0
        let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 1023.5 && unit < names.count - 1 {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(bytes) B" }
        if value >= 99.95 { return "\(Int(value.rounded())) \(names[unit])" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(names[unit])"
    }
}

/// Counts as people write them: `2,051,331`.
package enum CountText {
    package static func format(_ count: Int64) -> String {
        var groups = ""
        for (index, digit) in String(count.magnitude).reversed().enumerated() {
            if index > 0 && index % 3 == 0 { groups.append(",") }
            groups.append(digit)
        }
        return (count < 0 ? "-" : "") + String(groups.reversed())
    }

    /// `1 row`, `2,051,331 rows`.
    package static func format(_ count: Int64, _ noun: String) -> String {
        "\(format(count)) \(noun)\(count == 1 ? "" : "s")"
    }
}
