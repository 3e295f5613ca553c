/// The rules by which the slots of one database become runs, whatever the clock does in between.
///
/// At any moment at most one slot is owed: the latest whose start (slot and jitter) has come. Older ones are merged into
/// it, so that a downtime ends with one run and not with one for each slot. A slot is never run twice: what was handled
/// is remembered, and neither it nor an earlier one is owed again, also when the clock is put back.
package struct SlotPolicy: Sendable, Equatable {
    package let schedule: Schedule
    package let zone: TimeZoneRules
    /// The database's name; it seeds the jitter.
    package let database: String
    /// The longest delay after a slot; below a second there is none. It should be shorter than the time between slots.
    package let jitter: Duration
    /// Whether a slot whose start was missed is run late.
    package let catchUp: Bool
    /// How long after its start a slot still counts as on time.
    package let punctuality: Duration

    package init(
        schedule: Schedule, zone: TimeZoneRules, database: String, jitter: Duration = .zero, catchUp: Bool = true,
        punctuality: Duration = .seconds(60)
    ) {
        self.schedule = schedule
        self.zone = zone
        self.database = database
        self.jitter = jitter
        self.catchUp = catchUp
        self.punctuality = punctuality
    }

    /// When the backup of `slot` is to start.
    package func start(of slot: Timestamp) -> Timestamp {
        let delay = SlotJitter.delay(of: database, at: slot, maximum: jitter)
        return Timestamp(
            seconds: Instants.clamped(slot.seconds) + min(delay.components.seconds, Instants.writable.upperBound))
    }

    /// What to do at `now`.
    ///
    /// A clock that was wrong must not silence the schedule. `lastHandled` is forgotten if it lies more than a day after
    /// `now` and another slot comes between the two; less than that, and the slots up to it were in all likelihood run
    /// before the clock was put back. A `since` after `now` says nothing at all. Whatever is not known in this way is
    /// taken as if the database had been configured at `now`: of the slots that have started, only one that is on time
    /// is owed.
    ///
    /// - Parameters:
    ///   - lastHandled: the latest slot that was run, skipped or missed; nil if there was none.
    ///   - since: when the database was first configured; no slot at or before it is owed.
    package func decide(lastHandled: Timestamp?, since: Timestamp, now: Timestamp) -> SlotDecision {
        let now = Self.writable(now)
        let started = latestStarted(by: now)
        // As if the database were configured now.
        let fresh = started.map { $0.isOnTime ? Timestamp(seconds: $0.slot.seconds - 1) : $0.slot } ?? now

        var floor = since <= now ? since : fresh
        var forgotten: Timestamp?
        if let lastHandled, isUnbelievable(lastHandled, at: now) {
            forgotten = lastHandled
            floor = max(floor, fresh)
        } else if let lastHandled {
            floor = max(floor, lastHandled)
        }

        guard let started, started.slot > floor else {
            let remembered = forgotten.map { _ in floor }
            return SlotDecision(
                .wait(upcoming(after: floor, now: now)), forgotten: forgotten, lastHandled: remembered)
        }
        let owed = schedule.count(after: floor, through: started.slot, in: zone)
        guard started.isOnTime || catchUp else {
            return SlotDecision(
                .wait(upcoming(after: started.slot, now: now)),
                skipped: SkippedSlots(latest: started.slot, count: owed), forgotten: forgotten,
                lastHandled: started.slot)
        }
        let due = DueSlot(
            slot: started.slot, startAt: started.startAt, missed: owed - 1, isCatchUp: !started.isOnTime)
        return SlotDecision(.run(due), forgotten: forgotten, lastHandled: started.slot)
    }

    /// Whether a slot so far after `now` can only have been handled under a wrong clock.
    private func isUnbelievable(_ lastHandled: Timestamp, at now: Timestamp) -> Bool {
        guard lastHandled.seconds > now.seconds + 86400, let next = schedule.next(after: now, in: zone) else {
            return false
        }
        return next < lastHandled
    }

    /// The latest slot whose start has come at `now`.
    private func latestStarted(by now: Timestamp) -> StartedSlot? {
        var candidate = schedule.latest(atOrBefore: now, in: zone)
        while let slot = candidate {
            let startAt = start(of: slot)
            if startAt <= now {
                let isOnTime = now.seconds - startAt.seconds <= punctuality.components.seconds
                return StartedSlot(slot: slot, startAt: startAt, isOnTime: isOnTime)
            }
            candidate = schedule.latest(atOrBefore: Timestamp(seconds: slot.seconds - 1), in: zone)
        }
        return nil
    }

    /// The slot after `floor` that starts first after `now`.
    private func upcoming(after floor: Timestamp, now: Timestamp) -> UpcomingSlot? {
        let longest = min(max(jitter.components.seconds, 0), Instants.writable.upperBound)
        let from = max(floor.seconds, now.seconds - longest)
        var first: UpcomingSlot?
        var candidate = schedule.next(after: Timestamp(seconds: from), in: zone)
        while let slot = candidate {
            // With jitter a later slot may start earlier, but never before it has come.
            if let first, first.startAt <= slot { break }
            let startAt = start(of: slot)
            if startAt > now, first.map({ startAt < $0.startAt }) ?? true {
                first = UpcomingSlot(slot: slot, startAt: startAt)
            }
            candidate = schedule.next(after: slot, in: zone)
        }
        return first
    }

    private static func writable(_ time: Timestamp) -> Timestamp {
        let range = Instants.writable
        return Timestamp(seconds: min(max(time.seconds, range.lowerBound), range.upperBound))
    }
}

/// A slot whose start has come.
private struct StartedSlot {
    let slot: Timestamp
    let startAt: Timestamp
    /// Whether it came a moment ago only.
    let isOnTime: Bool
}
