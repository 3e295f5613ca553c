extension RetentionPolicy {
    /// Why the rules keep each of `ids`, in their order; an empty list for one that no rule keeps.
    ///
    /// Applied to what it keeps, a policy keeps all of it: the newest backup of a period is still the newest of it when
    /// others are gone, so every rule finds the same periods again. The oldest backup goes only when every rule has
    /// used up its number, and then none asks for another oldest one.
    ///
    /// - Parameter ids: the backups that count, newest first.
    func reasons(for ids: [BackupID], in zone: TimeZoneRules) -> [[RetentionReason]] {
        var reasons = [[RetentionReason]](repeating: [], count: ids.count)
        for index in 0..<min(keepLast, ids.count) {
            reasons[index].append(.last(number: index + 1, limit: keepLast))
        }
        let periods = ids.map { LocalPeriods(of: $0.time, in: zone) }
        for period in RetentionPeriod.allCases {
            let limit = self.limit(of: period)
            var seen: Set<Int> = []
            for index in periods.indices {
                guard seen.count < limit else { break }
                if seen.insert(periods[index].number(of: period)).inserted {
                    let name = periods[index].name(of: period)
                    reasons[index].append(.newestOf(period, name: name, number: seen.count, limit: limit))
                } else if index == periods.count - 1 {
                    reasons[index].append(.oldest(period, found: seen.count, limit: limit))
                }
            }
        }
        if let keepWithin, let newest = ids.first {
            for (index, id) in ids.enumerated() where id.time.age(at: newest.time) < keepWithin {
                reasons[index].append(.within(keepWithin, of: newest))
            }
        }
        return reasons
    }
}
