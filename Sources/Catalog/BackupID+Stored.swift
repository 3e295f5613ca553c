import Model

extension BackupID {
    /// Reads `dump_20260315-023000` as the catalog stores it: without the ways of writing that people may use, and so
    /// many times faster, which counts in lists of hundreds of thousands.
    init?(stored bytes: [UInt8]) {
        guard bytes.count == 20, bytes.starts(with: "dump_".utf8), bytes[13] == UInt8(ascii: "-"),
            let date = Self.number(bytes[5..<13]), let clock = Self.number(bytes[14..<20])
        else { return nil }
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100)
        let (hour, minute, second) = (clock / 10_000, clock / 100 % 100, clock % 100)
        // Days from civil, after Howard Hinnant's chrono-compatible date algorithms: years begin in March.
        let shiftedYear = month <= 2 ? year - 1 : year
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let secondOfDay = hour * 3_600 + minute * 60 + second
        let time = Timestamp(seconds: days * 86_400 + secondOfDay)
        // What is no date, such as the 30th of February, comes out as another one.
        let fields = time.fields
        guard Int64(fields.year * 10_000 + fields.month * 100 + fields.day) == date,
            Int64(fields.hour * 10_000 + fields.minute * 100 + fields.second) == clock
        else { return nil }
        self.init(time: time)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var number: Int64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return number
    }
}
