import Model

extension ChannelSettings.Digest {
    /// Reads `digest` and `timezone` of a channel; nil where there is no digest, or after a complaint.
    ///
    /// - Parameter zone: what `defaults` say.
    static func read(_ mapping: MappingReader, zone standard: TimeZoneRules?) -> ChannelSettings.Digest? {
        let own = mapping["timezone"]?.timeZone()
        guard let reader = mapping["digest"] else {
            mapping["timezone"]?.complain(
                "`timezone` is that of the digest, and there is none", hint: "digest: daily 07:00")
            return nil
        }
        guard let schedule = reader.orOff({ $0.digestSchedule() })?.value else { return nil }
        return ChannelSettings.Digest(schedule: schedule, zone: own ?? standard ?? reader.context.machineZone)
    }
}

extension NodeReader {
    private static let weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    /// `daily 07:00`, `weekly mon 07:00`, or what a schedule of backups can be.
    fileprivate func digestSchedule() -> Schedule? {
        let what = "a time such as daily 07:00 or weekly mon 07:00, a schedule such as \"0 7 * * *\", or off"
        guard let text = self.text(what) else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
        let day: String?
        switch (words.first ?? "", words.count) {
        case ("daily", 2): day = "*"
        case ("weekly", 3): day = Self.weekdays.first { [$0, String($0.prefix(3))].contains(words[1]) }
        case ("daily", _), ("weekly", _): day = nil
        default: return self.schedule()
        }
        guard let day, let time = words.last.flatMap({ Self.clock($0) }),
            let schedule = try? Schedule(parsing: "\(time.minute) \(time.hour) * * \(day.prefix(3))")
        else {
            complainExpected(what)
            return nil
        }
        return schedule
    }

    /// `07:00` or `7:00`.
    private static func clock(_ word: String) -> (hour: Int, minute: Int)? {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
            word.utf8.allSatisfy({ (48...58).contains($0) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        return (hour, minute)
    }
}
