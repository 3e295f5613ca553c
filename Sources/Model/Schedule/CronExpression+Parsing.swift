extension CronExpression {
    /// Reads `17 3 * * *`, `*/15 8-18 * * mon-fri` or `@daily`.
    ///
    /// - Throws: what cannot be read, and what never comes, such as `0 0 31 2 *`.
    package init(parsing text: String) throws(ScheduleError) {
        var fields = text.split(whereSeparator: \.isWhitespace).map { String($0) }
        if let first = fields.first, first.hasPrefix("@") {
            let expansion = try Self.expansion(of: first)
            guard fields.count == 1 else {
                throw ScheduleError("nothing may follow \(first), and \"\(fields[1])\" does")
            }
            fields = expansion.split(separator: " ").map { String($0) }
        }
        guard fields.count == 5 else {
            throw ScheduleError(
                "\"\(text)\" is no schedule: cron has five fields, and here \(Self.counted(fields.count))",
                hint: "the fields are minute, hour, day of the month, month and day of the week (17 3 * * * is 03:17 "
                    + "every day); or write @daily and its kin, or every 6h")
        }
        minutes = try CronField.minute.values(fields[0])
        hours = try CronField.hour.values(fields[1])
        daysOfMonth = try CronField.dayOfMonth.values(fields[2])
        months = try CronField.month.values(fields[3])
        daysOfWeek = try CronField.dayOfWeek.values(fields[4])
        eitherDaySuffices = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
        isWildcard = fields[0].hasPrefix("*") || fields[1].hasPrefix("*")
        guard eitherDaySuffices || Self.comes(days: daysOfMonth, in: months) else {
            throw ScheduleError(
                "\"\(text)\" never comes: no such month (\(fields[3])) has such a day (\(fields[2]))",
                hint: "February has 29 days at most; April, June, September and November have 30")
        }
    }

    private static func expansion(of word: String) throws(ScheduleError) -> String {
        switch word.lowercased() {
        case "@yearly", "@annually": return "0 0 1 1 *"
        case "@monthly": return "0 0 1 * *"
        case "@weekly": return "0 0 * * 0"
        case "@daily", "@midnight": return "0 0 * * *"
        case "@hourly": return "0 * * * *"
        case "@reboot":
            throw ScheduleError(
                "@reboot is no schedule here: a backup belongs to a time, not to the machine's start",
                hint: "catch_up: true runs a backup that was missed while the machine was off")
        default:
            throw ScheduleError(
                "\"\(word)\" is not known",
                hint: "there are @yearly, @annually, @monthly, @weekly, @daily, @midnight and @hourly")
        }
    }

    /// Whether one of `months` has one of `days` in any year.
    private static func comes(days: UInt64, in months: UInt64) -> Bool {
        (1...12).contains { month in
            // 2000 was a leap year.
            let length = CivilTime.daysInMonth(month, of: 2000)
            return months.contains(bit: month) && days & UInt64.bits(below: length + 1) != 0
        }
    }

    private static func counted(_ count: Int) -> String {
        count == 1 ? "is 1" : "are \(count)"
    }
}
