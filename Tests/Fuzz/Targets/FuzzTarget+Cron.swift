@testable import Model

extension FuzzTarget {
    /// A schedule is refused in words, or its slots follow each other as all three ways of asking for them say.
    static let cron = FuzzTarget(name: "cron") { bytes in
        let schedule: Schedule
        do throws(ScheduleError) {
            schedule = try Schedule(parsing: String(decoding: bytes, as: UTF8.self))
        } catch {
            return try requirePrintable("\(error)")
        }
        let zone = TimeZoneRules.utc
        let start = Timestamp(seconds: 1_709_164_799)  // 2024-02-28T23:59:59Z
        var before = start
        for number in 1...4 {
            guard let slot = schedule.next(after: before, in: zone) else {
                throw Broken(description: "there is no slot after \(before)")
            }
            try require(slot > before, "the slot after \(before) is \(slot)")
            if case .cron(let expression) = schedule.kind {
                try require(expression.matches(CivilTime(slot)), "\(slot) is a slot, and does not match")
            }
            try require(
                schedule.latest(atOrBefore: slot, in: zone) == slot,
                "the last slot up to the slot \(slot) is another one")
            try require(
                schedule.count(after: start, through: slot, in: zone) == number,
                "up to the slot \(slot), which is number \(number), as many are counted as "
                    + "\(schedule.count(after: start, through: slot, in: zone))")
            before = slot
        }
    }
}
