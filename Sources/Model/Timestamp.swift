/// A moment in UTC, to the second, as it stands in names and manifests.
///
/// Written without Foundation's formatters: an idle appliance should not load ICU for it.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package let seconds: Int64

    package init(seconds: Int64) {
        self.seconds = seconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.seconds < right.seconds
    }

    /// Year, month, day, hour, minute, second in UTC (proleptic Gregorian calendar).
    package var fields: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        var days = seconds / 86400
        var rest = Int(seconds % 86400)
        if rest < 0 {
            rest += 86400
            days -= 1
        }
        // Days from civil, after Howard Hinnant's chrono-compatible date algorithms.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        let month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        let year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        return (year, month, day, rest / 3600, rest % 3600 / 60, rest % 60)
    }

    /// `2026-03-15T02:30:00Z` (RFC 3339).
    package var text: String {
        let at = fields
        return "\(padded(at.year, 4))-\(padded(at.month))-\(padded(at.day))"
            + "T\(padded(at.hour)):\(padded(at.minute)):\(padded(at.second))Z"
    }

    /// `20260315-023000`.
    package var compact: String {
        let at = fields
        return "\(padded(at.year, 4))\(padded(at.month))\(padded(at.day))"
            + "-\(padded(at.hour))\(padded(at.minute))\(padded(at.second))"
    }

    /// Reads `2026-03-15T02:30:00Z`, `2026-03-15 02:30[:00]`, `2026-03-15` and `20260315-023000`, all as UTC.
    package init?(_ text: String) {
        var digits: [Int] = []
        var number = ""
        var groups: [String] = []
        for character in text {
            if character.isASCII && character.isNumber {
                number.append(character)
            } else if "-: TZ".contains(character) {
                if !number.isEmpty { groups.append(number) }
                number = ""
            } else {
                return nil
            }
        }
        if !number.isEmpty { groups.append(number) }
        if let first = groups.first, first.count == 8 {
            let date = Array(first)
            digits = [Int(String(date[0..<4])), Int(String(date[4..<6])), Int(String(date[6..<8]))].compactMap { $0 }
            if groups.count == 2, groups[1].count == 6 {
                let time = Array(groups[1])
                digits += [Int(String(time[0..<2])), Int(String(time[2..<4])), Int(String(time[4..<6]))]
                    .compactMap { $0 }
            } else if groups.count != 1 {
                return nil
            }
        } else {
            guard groups.first?.count == 4 else { return nil }
            digits = groups.compactMap { Int($0) }
        }
        guard (3...6).contains(digits.count) else { return nil }
        digits += Array(repeating: 0, count: 6 - digits.count)
        guard (1...12).contains(digits[1]), (1...31).contains(digits[2]), digits[3] < 24, digits[4] < 60,
            digits[5] < 61
        else { return nil }
        let year = Int64(digits[1] <= 2 ? digits[0] - 1 : digits[0])
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let month = Int64(digits[1])
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + Int64(digits[2]) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        seconds = days * 86400 + Int64(digits[3] * 3600 + digits[4] * 60 + digits[5])
    }
}

private func padded(_ number: Int, _ width: Int = 2) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a time"))
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
