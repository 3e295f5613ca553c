/// A stretch of time in which a zone's offset stays the same.
///
/// Times are seconds since 1970, local times likewise, as a local clock counts them.
struct OffsetSegment: Sendable, Equatable {
    /// The first instant; far in the past before the zone's first transition.
    let start: Int64
    /// The first instant after it; far in the future after the zone's last transition.
    let end: Int64
    /// Seconds east of UTC.
    let offset: Int64
    /// All local times before this one, and no others, were shown or skipped before `start`.
    let reached: Int64

    var localStart: Int64 { start + offset }
    var localEnd: Int64 { end + offset }
}

extension TimeZoneRules {
    /// The segment that `time` lies in.
    ///
    /// - Parameter time: at most 2^61 seconds from 1970.
    func segment(containing time: Int64) -> OffsetSegment {
        let next = nextTransition(after: Timestamp(seconds: time))
        let end = next?.at.seconds ?? Instants.distantFuture
        guard let latest = previousTransition(atOrBefore: time) else {
            let offset = Int64(next?.offsetBefore ?? self.offset(at: Timestamp(seconds: time)))
            let start = Instants.distantPast
            return OffsetSegment(start: start, end: end, offset: offset, reached: start + offset)
        }
        let start = latest.at.seconds
        var reached = start + Int64(latest.offsetBefore)
        // Offsets differ by 51 hours at most: what was shown longer ago than three days was earlier than this.
        var earlier = previousTransition(atOrBefore: start - 1)
        while let transition = earlier, transition.at.seconds > start - 3 * 86400 {
            reached = max(reached, transition.at.seconds + Int64(transition.offsetBefore))
            earlier = previousTransition(atOrBefore: transition.at.seconds - 1)
        }
        return OffsetSegment(start: start, end: end, offset: Int64(latest.offsetAfter), reached: reached)
    }
}
