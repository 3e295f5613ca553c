/// One of the five fields of a cron expression, with what may stand in it (crontab(5)).
enum CronField: Sendable, CaseIterable {
    case minute
    case hour
    case dayOfMonth
    case month
    case dayOfWeek

    /// As it is called in messages.
    var name: String {
        switch self {
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day-of-month"
        case .month: "month"
        case .dayOfWeek: "day-of-week"
        }
    }

    /// What may stand in it; in the day of the week, 0 and 7 are both Sunday.
    var range: ClosedRange<Int> {
        switch self {
        case .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...7
        }
    }

    /// The largest value as people write it at the end of a range that goes on at `range.lowerBound`.
    private var last: Int { self == .dayOfWeek ? 6 : range.upperBound }

    /// The largest step that makes sense.
    private var largestStep: Int { self == .dayOfWeek ? 7 : last - range.lowerBound + 1 }

    /// Names of the values from `range.lowerBound` on.
    private var names: [String] {
        switch self {
        case .minute, .hour, .dayOfMonth: []
        case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        }
    }

    /// What is allowed, for people.
    private var allowed: String {
        let named =
            switch self {
            case .minute, .hour, .dayOfMonth: ""
            case .month: " or jan-dec"
            case .dayOfWeek: " or sun-sat (0 and 7 are Sunday)"
            }
        let (low, high) = (range.lowerBound, range.lowerBound + 4)
        return "allowed are \(range.lowerBound)-\(range.upperBound)\(named), * for all, lists (\(low),\(high)), "
            + "ranges (\(low)-\(high)) and steps (*/2, \(low)-\(high)/2)"
    }
}

extension CronField {
    /// The values that `text` names: bit n for n; Sunday is bit 0.
    func values(_ text: String) throws(ScheduleError) -> UInt64 {
        var values: UInt64 = 0
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            values |= try self.values(entry: String(entry), of: text)
        }
        if self == .dayOfWeek, values.contains(bit: 7) {
            values.insert(bit: 0)
            values &= UInt64.bits(below: 7)
        }
        return values
    }

    /// What stands between two commas: `5`, `*`, `*/2`, `1-5`, `1-5/2`.
    private func values(entry: String, of text: String) throws(ScheduleError) -> UInt64 {
        guard !entry.isEmpty else {
            throw ScheduleError("the \(name) field \"\(text)\" has an empty entry in its list", hint: allowed)
        }
        let halves = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { String($0) }
        let lower: Int
        let upper: Int
        if halves[0] == "*" {
            lower = range.lowerBound
            upper = range.upperBound
        } else if ends.count == 1 {
            lower = try value(halves[0], of: text)
            upper = lower
            guard halves.count == 1 else {
                throw ScheduleError(
                    "the \(name) field \"\(text)\" has a step after a single value, \"\(entry)\"",
                    hint: "write \(halves[0])-\(last)/\(halves[1]) for every such value from \(halves[0]) on")
            }
        } else if ends.count == 2 {
            lower = try value(ends[0], of: text)
            upper = try rangeEnd(ends[1], after: lower, of: text)
            guard lower <= upper else { throw backwards(ends, of: text) }
        } else {
            throw ScheduleError("the \(name) field \"\(text)\" cannot be read at \"\(entry)\"", hint: allowed)
        }
        let step = try halves.count == 2 ? self.step(halves[1], of: text) : 1
        var values: UInt64 = 0
        for value in stride(from: lower, through: upper, by: step) { values.insert(bit: value) }
        return values
    }

    private func value(_ word: String, of text: String) throws(ScheduleError) -> Int {
        if !word.isEmpty, word.utf8.allSatisfy({ (48...57).contains($0) }) {
            guard let number = Int(word), range.contains(number) else {
                throw ScheduleError("the \(name) field \"\(text)\" is out of range at \"\(word)\"", hint: allowed)
            }
            return number
        }
        guard let index = names.firstIndex(of: word.lowercased()) else {
            let place = word.isEmpty ? text : word
            throw ScheduleError("the \(name) field \"\(text)\" cannot be read at \"\(place)\"", hint: allowed)
        }
        return range.lowerBound + index
    }

    /// `sun` ends a week that began on another day.
    private func rangeEnd(_ word: String, after lower: Int, of text: String) throws(ScheduleError) -> Int {
        let value = try self.value(word, of: text)
        return self == .dayOfWeek && lower > 0 && word.lowercased() == "sun" ? 7 : value
    }

    private func step(_ word: String, of text: String) throws(ScheduleError) -> Int {
        guard word.utf8.allSatisfy({ (48...57).contains($0) }), let step = Int(word), (1...largestStep).contains(step)
        else {
            throw ScheduleError(
                "the \(name) field \"\(text)\" has the step \"\(word)\"",
                hint: "a step there is a number from 1 to \(largestStep); for other intervals write every 90m, "
                    + "every 7h or every 2d")
        }
        return step
    }

    /// A range whose end comes before its beginning.
    private func backwards(_ ends: [String], of text: String) -> ScheduleError {
        let isNamed = Int(ends[0]) == nil && !names.isEmpty
        let top = isNamed ? names[last - range.lowerBound] : String(last)
        let bottom = isNamed ? names[0] : String(range.lowerBound)
        let hint =
            if self == .dayOfWeek && ends[0] == "7" {
                "write 0-\(ends[1])"
            } else if self == .dayOfWeek && ends[1] == "0" {
                "write \(ends[0])-7"
            } else {
                "write \(ends[0])-\(top),\(bottom)-\(ends[1])"
            }
        return ScheduleError(
            "the \(name) field \"\(text)\" has a range that runs backwards, \"\(ends[0])-\(ends[1])\"", hint: hint)
    }
}
