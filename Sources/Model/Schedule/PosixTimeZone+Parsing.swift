extension PosixTimeZone {
    /// Reads `CET-1CEST,M3.5.0,M10.5.0/3`, or nil if it is not such a rule.
    ///
    /// Hours of -167 to 167 and names such as `<+0330>` are understood whatever the file's version.
    init?(_ text: [UInt8]) {
        var scanner = PosixScanner(text)
        guard let name = scanner.name(), let offset = scanner.offset() else { return nil }
        standard = TimeZoneRules.LocalTimeType(offset: offset, abbreviation: name)
        if scanner.isAtEnd {
            daylight = nil
            return
        }
        guard let summerName = scanner.name() else { return nil }
        var summerOffset = offset + 3600
        if !scanner.isNext(",") {
            guard let written = scanner.offset() else { return nil }
            summerOffset = written
        }
        guard TZifReader.offsets.contains(summerOffset),
            scanner.skip(","), let start = scanner.yearlyRule(),
            scanner.skip(","), let end = scanner.yearlyRule(), scanner.isAtEnd
        else { return nil }
        daylight = Daylight(
            type: TimeZoneRules.LocalTimeType(offset: summerOffset, abbreviation: summerName), start: start, end: end)
    }
}

/// Goes through the bytes of a rule; what it cannot read it answers with nil.
private struct PosixScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    func isNext(_ character: Unicode.Scalar) -> Bool { next == UInt8(ascii: character) }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isNext(character) else { return false }
        position += 1
        return true
    }

    /// Letters, or letters, digits and signs in angle brackets; three at least.
    mutating func name() -> String? {
        let isQuoted = skip("<")
        let start = position
        while let byte = next, Self.isLetter(byte) || (isQuoted && Self.isDigitOrSign(byte)) { position += 1 }
        let name = bytes[start..<position]
        guard name.count >= 3, !isQuoted || skip(">") else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    /// Seconds east of UTC; POSIX counts hours to the west.
    mutating func offset() -> Int64? {
        guard let west = time(hours: 0...24), TZifReader.offsets.contains(-west) else { return nil }
        return -west
    }

    /// `M3.5.0/2`, `J60`, `59/-1:30`; two o'clock where no time stands.
    mutating func yearlyRule() -> YearlyRule? {
        guard let date = self.date() else { return nil }
        guard skip("/") else { return YearlyRule(date: date, time: 7200) }
        guard let time = self.time(hours: 0...167) else { return nil }
        return YearlyRule(date: date, time: time)
    }

    private mutating func date() -> YearlyRule.Date? {
        if skip("M") {
            guard let month = number(in: 1...12), skip("."), let week = number(in: 1...5), skip("."),
                let weekday = number(in: 0...6)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
        if skip("J") { return number(in: 1...365).map { YearlyRule.Date.dayWithoutLeapDay($0) } }
        return number(in: 0...365).map { YearlyRule.Date.day($0) }
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private mutating func time(hours: ClosedRange<Int>) -> Int64? {
        let isNegative = skip("-")
        if !isNegative { _ = skip("+") }
        guard var seconds = number(in: hours).map({ $0 * 3600 }) else { return nil }
        if skip(":") {
            guard let minutes = number(in: 0...59) else { return nil }
            seconds += minutes * 60
            if skip(":") {
                guard let rest = number(in: 0...59) else { return nil }
                seconds += rest
            }
        }
        return Int64(isNegative ? -seconds : seconds)
    }

    /// One to three digits.
    private mutating func number(in range: ClosedRange<Int>) -> Int? {
        var value = 0
        var digits = 0
        while let byte = next, Self.isDigit(byte), digits < 3 {
            value = value * 10 + Int(byte - 48)
            digits += 1
            position += 1
        }
        return digits > 0 && range.contains(value) ? value : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isDigitOrSign(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }
}
