import Model

extension NodeReader {
    private static let retentionKeys = [
        "keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly", "keep_within",
    ]

    /// The rules under `retention:`. A mapping that turns every rule off is refused: whoever writes one may mean that
    /// nothing is kept, or that everything is.
    func retention() -> RetentionPolicy? {
        let complaintsBefore = context.complaints.count
        let what = "rules such as {keep_last: 7, keep_daily: 14}, or off"
        guard let mapping = self.mapping(what, keys: Self.retentionKeys) else { return nil }
        let century = Duration.seconds(36_500 * 86_400)
        let policy = RetentionPolicy(
            keepLast: mapping.count("keep_last"), keepHourly: mapping.count("keep_hourly"),
            keepDaily: mapping.count("keep_daily"), keepWeekly: mapping.count("keep_weekly"),
            keepMonthly: mapping.count("keep_monthly"), keepYearly: mapping.count("keep_yearly"),
            keepWithin: mapping["keep_within"]?.duration(in: Duration.zero...century, spelled: "0s to 36500d"))
        guard context.complaints.count == complaintsBefore else { return nil }
        guard !policy.isEmpty else {
            complain(
                "`\(key)`: would delete everything",
                hint: "name at least one rule; to keep everything leave `\(key)` out, or write `\(key): off`")
            return nil
        }
        return policy
    }
}

extension MappingReader {
    /// A number of backups or periods; 0 turns a rule off.
    fileprivate func count(_ key: String) -> Int {
        self[key]?.integer(in: 0...100_000) ?? 0
    }
}
