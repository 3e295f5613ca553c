/// Which backup retention gives up next, if all runs to come are made and verified.
package struct RetentionForecast: Sendable, Equatable {
    /// A policy that keeps more than so many runs keeps the present backups for longer than is worth telling.
    private static let runsLooked = 400

    package let backup: BackupID
    /// When the backup is made after which it goes.
    package let at: Timestamp

    /// - Parameters:
    ///   - candidates: as for a plan.
    ///   - slots: when the runs to come are due.
    /// - Returns: nil where nothing goes for long.
    package init?(
        candidates: [RetentionCandidate], policy: RetentionPolicy?, zone: TimeZoneRules, asksForProof: Bool,
        slots: some Sequence<Timestamp>
    ) {
        guard let policy, !policy.isEmpty else { return nil }
        let present = Set(candidates.map(\.id))
        var all = candidates
        for slot in slots.prefix(Self.runsLooked) {
            all.append(RetentionCandidate(id: BackupID(time: slot), state: .verified))
            let plan = RetentionPlan(
                candidates: all, policy: policy, zone: zone, now: slot, asksForProof: asksForProof, freeze: nil)
            if let gone = plan.deletions.first(where: { present.contains($0) }) {
                backup = gone
                at = slot
                return
            }
            let deleted = Set(plan.deletions)
            all.removeAll { deleted.contains($0.id) }
        }
        return nil
    }
}
