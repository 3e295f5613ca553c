/// What to do at a moment about a database's schedule, and what to remember of it.
package struct SlotDecision: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        /// Start a backup now.
        case run(DueSlot)
        /// Nothing is due until then; nil only at the end of the year 9999.
        case wait(UpcomingSlot?)
    }

    package let action: Action
    /// Slots that went by unhandled and are given up, since late ones are not to be caught up; nil if there are none.
    package let skipped: SkippedSlots?
    /// The latest handled slot as it was remembered, if it cannot be true and was forgotten: the clock was wrong then.
    package let forgotten: Timestamp?
    /// What to remember from now on as the latest handled slot; nil if what is remembered stays as it is.
    ///
    /// It is to be stored before the action is taken, or the next decision comes to the same slot again.
    package let lastHandled: Timestamp?

    package init(
        _ action: Action, skipped: SkippedSlots? = nil, forgotten: Timestamp? = nil, lastHandled: Timestamp? = nil
    ) {
        self.action = action
        self.skipped = skipped
        self.forgotten = forgotten
        self.lastHandled = lastHandled
    }
}

/// A slot whose backup is to be started now.
package struct DueSlot: Sendable, Equatable {
    package let slot: Timestamp
    /// The slot with its jitter: when the backup was to start.
    package let startAt: Timestamp
    /// How many earlier slots went by unhandled; this one run is for all of them.
    package let missed: Int
    /// Whether it starts late, after downtime, sleep or a jump of the clock.
    package let isCatchUp: Bool

    package init(slot: Timestamp, startAt: Timestamp, missed: Int, isCatchUp: Bool) {
        self.slot = slot
        self.startAt = startAt
        self.missed = missed
        self.isCatchUp = isCatchUp
    }
}

/// A slot that is still to come.
package struct UpcomingSlot: Sendable, Equatable {
    package let slot: Timestamp
    /// The slot with its jitter: when the backup will start.
    package let startAt: Timestamp

    package init(slot: Timestamp, startAt: Timestamp) {
        self.slot = slot
        self.startAt = startAt
    }
}

/// Slots that went by and for which there will be no backup.
package struct SkippedSlots: Sendable, Equatable {
    package let latest: Timestamp
    /// At least 1.
    package let count: Int

    package init(latest: Timestamp, count: Int) {
        self.latest = latest
        self.count = count
    }
}
