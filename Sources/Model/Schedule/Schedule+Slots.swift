extension Schedule {
    /// The first slot strictly after `time`; nil only at the end of the year 9999.
    package func next(after time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        let after = max(time.seconds, Instants.writable.lowerBound - 1)
        guard after < Instants.writable.upperBound else { return nil }
        var slots = SlotSequence(
            schedule: self, zone: zone, from: after + 1, before: Instants.writable.upperBound + 1)
        return slots.next()
    }

    /// The last slot at or before `time`; nil only at the beginning of the year 1.
    package func latest(atOrBefore time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        var end = min(time.seconds, Instants.writable.upperBound) + 1
        while end > Instants.writable.lowerBound {
            let segment = zone.segment(containing: end - 1)
            if let slot = lastSlot(in: segment, before: end) {
                return Instants.writable.contains(slot) ? Timestamp(seconds: slot) : nil
            }
            end = segment.start
        }
        return nil
    }

    /// The slots in `range`, one by one as they are asked for.
    package func slots(in range: Range<Timestamp>, zone: TimeZoneRules) -> SlotSequence {
        let end = min(range.upperBound.seconds, Instants.writable.upperBound + 1)
        let start = min(max(range.lowerBound.seconds, Instants.writable.lowerBound), Instants.writable.upperBound + 1)
        return SlotSequence(schedule: self, zone: zone, from: start, before: end)
    }

    /// How many slots lie after `start` and not after `end`, without visiting each.
    package func count(after start: Timestamp, through end: Timestamp, in zone: TimeZoneRules) -> Int {
        var from = max(start.seconds, Instants.writable.lowerBound - 1)
        let last = min(end.seconds, Instants.writable.upperBound)
        var count = 0
        while from < last {
            let segment = zone.segment(containing: from + 1)
            let through = min(segment.end - 1, last)
            count += slotCount(in: segment, after: from, through: through)
            from = through
        }
        return count
    }
}

extension Schedule {
    /// The first slot of `segment` that is not before `start`.
    fileprivate func firstSlot(in segment: OffsetSegment, from start: Int64) -> Int64? {
        if start <= segment.start, hasSlotAfterGap(segment) { return segment.start }
        let local = max(start + segment.offset, firstLocal(in: segment))
        guard let match = pattern.first(atOrAfter: local), match < segment.localEnd else { return nil }
        return match - segment.offset
    }

    /// The last slot of `segment` before `end`, an instant after its start.
    fileprivate func lastSlot(in segment: OffsetSegment, before end: Int64) -> Int64? {
        let local = min(end, segment.end) + segment.offset
        if let match = pattern.last(before: local), match >= firstLocal(in: segment) {
            return match - segment.offset
        }
        return hasSlotAfterGap(segment) ? segment.start : nil
    }

    /// The number of slots of `segment` after the instant `start` and not after `end`, both within it.
    fileprivate func slotCount(in segment: OffsetSegment, after start: Int64, through end: Int64) -> Int {
        let from = max(start + 1 + segment.offset, firstLocal(in: segment))
        let to = end + 1 + segment.offset
        var count = from < to ? pattern.count(in: from..<to) : 0
        if start < segment.start, hasSlotAfterGap(segment),
            pattern.first(atOrAfter: segment.localStart) != segment.localStart
        {
            count += 1
        }
        return count
    }

    /// The first local time of `segment` that can be a slot: fixed times do not come a second time.
    private func firstLocal(in segment: OffsetSegment) -> Int64 {
        isWildcard ? segment.localStart : max(segment.localStart, segment.reached)
    }

    /// Whether a fixed time was skipped right before `segment`, and runs at its first instant.
    private func hasSlotAfterGap(_ segment: OffsetSegment) -> Bool {
        guard !isWildcard, segment.reached < segment.localStart,
            let skipped = pattern.first(atOrAfter: segment.reached)
        else { return false }
        return skipped < segment.localStart
    }
}

/// The slots of a schedule in a range of time, ascending.
package struct SlotSequence: Sequence, IteratorProtocol, Sendable {
    private let schedule: Schedule
    private let zone: TimeZoneRules
    private var segment: OffsetSegment
    /// No slot before this one is still to come.
    private var start: Int64
    private let end: Int64

    init(schedule: Schedule, zone: TimeZoneRules, from start: Int64, before end: Int64) {
        self.schedule = schedule
        self.zone = zone
        self.start = start
        self.end = end
        segment = zone.segment(containing: start)
    }

    package mutating func next() -> Timestamp? {
        while start < end {
            if let slot = schedule.firstSlot(in: segment, from: start) {
                start = slot + 1
                return slot < end ? Timestamp(seconds: slot) : nil
            }
            start = segment.end
            if start < end { segment = zone.segment(containing: start) }
        }
        return nil
    }
}
