extension TimeZoneRules {
    /// What clocks in the zone show at `time`.
    package func civilTime(at time: Timestamp) -> CivilTime {
        CivilTime(Timestamp(seconds: Instants.clamped(time.seconds) + Int64(offset(at: time))))
    }

    /// The moments at which clocks in the zone show `civil`, the earlier first: one as a rule, none if the clocks were
    /// put forward over it, two if they were put back over it.
    package func timestamps(of civil: CivilTime) -> [Timestamp] {
        let local = civil.timestamp.seconds
        var found: [Timestamp] = []
        var segment = self.segment(containing: local - Self.largestOffset)
        while true {
            let instant = local - segment.offset
            if instant >= segment.start && instant < segment.end { found.append(Timestamp(seconds: instant)) }
            guard segment.end <= local + Self.largestOffset else { return found }
            segment = self.segment(containing: segment.end)
        }
    }

    /// The transition that put the clocks forward over `civil`, so that they never show it; nil if they do show it.
    package func gap(at civil: CivilTime) -> Transition? {
        guard timestamps(of: civil).isEmpty else { return nil }
        let local = civil.timestamp.seconds
        var next = nextTransition(after: Timestamp(seconds: local - Self.largestOffset))
        while let transition = next {
            let at = transition.at.seconds
            if local >= at + Int64(transition.offsetBefore) && local < at + Int64(transition.offsetAfter) {
                return transition
            }
            next = nextTransition(after: transition.at)
        }
        return nil
    }

    /// More than any offset from UTC, in seconds, east or west.
    private static let largestOffset: Int64 = 26 * 3600
}
