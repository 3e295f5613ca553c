/// The alarm for silence: so many scheduled times have passed and no backup came of them.
package struct OverdueAlarm: Sendable, Equatable {
    /// Missed times are counted no further than this, or than `missed` where that is more.
    package static let countedAtMost = 1000

    /// How many missed times are an alarm, at least 1.
    package let missed: Int
    /// How long after its scheduled time a backup may come before the time counts as missed; not negative.
    package let grace: Duration

    package init(missed: Int, grace: Duration) {
        self.missed = max(missed, 1)
        self.grace = max(grace, .zero)
    }

    /// Whether the database is overdue at `now`; nil where it is not.
    ///
    /// A scheduled time is missed when it is longer ago than the grace. Slots are taken from the sequence only as far
    /// as needed, so it may be endless.
    ///
    /// - Parameters:
    ///   - slots: the scheduled times after that of the last verified backup, ascending. For a database that asks for
    ///     no proof, those after the last backup.
    ///   - asksForProof: false for a database with `after_backup: none`; it decides on the words alone.
    package func finding(
        slotsSinceLastGood slots: some Sequence<Timestamp>, now: Timestamp, asksForProof: Bool
    ) -> OverdueFinding? {
        let most = max(missed, Self.countedAtMost)
        var count = 0
        var first: Timestamp?
        var decisive: Timestamp?
        for slot in slots {
            guard slot.age(at: now) > grace else { break }
            count += 1
            if count == 1 { first = slot }
            if count == missed { decisive = slot }
            if count == most { break }
        }
        guard let first, let decisive else { return nil }
        return OverdueFinding(
            since: Timestamp(seconds: decisive.seconds + wholeGrace), firstMissed: first, missed: count,
            isCountedOut: count < most, asksForProof: asksForProof)
    }

    /// In seconds, rounded up.
    private var wholeGrace: Int64 {
        let (seconds, attoseconds) = grace.components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}

/// Since when a database is overdue.
package struct OverdueFinding: Sendable, Equatable {
    /// When the alarm began: the missed time that was one too many, and the grace. It stays the same while nothing
    /// comes.
    package let since: Timestamp
    /// The first scheduled time without a backup.
    package let firstMissed: Timestamp
    /// The number of missed times, or the least that it can be where `isCountedOut` is false.
    package let missed: Int
    /// Whether all missed times were counted.
    package let isCountedOut: Bool
    let asksForProof: Bool

    /// `no verified backup came of 3 scheduled times since 2026-03-15T02:17:00Z; overdue since 2026-03-15T04:17:00Z`.
    package var text: String {
        let what = asksForProof ? "no verified backup" : "no backup"
        let end = "overdue since \(since.text)"
        if missed == 1 { return "\(what) came of the scheduled time \(firstMissed.text); \(end)" }
        let times = "\(isCountedOut ? "" : "at least ")\(CountText.format(Int64(missed))) scheduled times"
        return "\(what) came of \(times) since \(firstMissed.text); \(end)"
    }
}
