/// What clocks show in one time zone: its offsets from UTC, past and future.
///
/// Made from the bytes of a TZif file (RFC 8536) such as /usr/share/zoneinfo holds, which the system keeps up to date: a
/// static binary would carry a copy of the world's rules of its own, and that goes stale.
package struct TimeZoneRules: Sendable {
    /// A moment at which the offset changes.
    package struct Transition: Sendable, Hashable {
        /// The first instant of the new offset.
        package let at: Timestamp
        /// Seconds east of UTC until then.
        package let offsetBefore: Int
        /// Seconds east of UTC from then on.
        package let offsetAfter: Int
    }

    /// An offset with its name.
    struct LocalTimeType: Sendable, Hashable {
        /// Seconds east of UTC, -89,999 to 93,599.
        let offset: Int64
        /// `CET`, `+0330`.
        let abbreviation: String
    }

    /// From `at` on, `types[type]` holds.
    struct Step: Sendable, Hashable {
        let at: Int64
        let type: Int
    }

    /// The last of the steps come again every 400 years, as the Gregorian calendar does.
    struct Cycle: Sendable, Hashable {
        static let length: Int64 = 146_097 * 86400
        /// Where the first of these 400 years begins.
        let base: Int64
        /// The index of the first step that comes again.
        let firstStep: Int
    }

    /// As in the configuration: `Europe/Berlin`.
    package let name: String
    let types: [LocalTimeType]
    /// What holds before the first step.
    let initialType: Int
    /// By time, ascending.
    let steps: [Step]
    let cycle: Cycle?

    /// Coordinated Universal Time.
    package static let utc = TimeZoneRules(
        name: "UTC", types: [LocalTimeType(offset: 0, abbreviation: "UTC")], steps: [], rule: nil)

    /// - Parameters:
    ///   - types: at least one; the first holds before the first step.
    ///   - steps: by time, strictly ascending, at most 2^60 seconds from 1970.
    ///   - rule: what holds after the last step; where there are no steps, from 1900 on.
    init(name: String, types: [LocalTimeType], steps: [Step], rule: PosixTimeZone?) {
        var types = types
        var steps = steps
        var initialType = 0
        var cycle: Cycle?
        if let rule {
            let firstStep = steps.count
            let base = steps.last.map { $0.at + 1 } ?? -2_208_988_800
            let standard = Self.index(of: rule.standard, in: &types)
            if steps.isEmpty { initialType = standard }
            if let daylight = rule.daylight, daylight.type.offset != rule.standard.offset {
                let summer = Self.index(of: daylight.type, in: &types)
                let window = base..<(base + Cycle.length)
                let periods = rule.daylightPeriods(around: window)
                for period in periods {
                    for (at, type) in [(period.lowerBound, summer), (period.upperBound, standard)]
                    where window.contains(at) {
                        steps.append(Step(at: at, type: type))
                    }
                }
                if steps.count > firstStep {
                    cycle = Cycle(base: base, firstStep: firstStep)
                } else if steps.isEmpty, periods.contains(where: { $0.contains(base) }) {
                    initialType = summer
                }
            }
        }
        self.name = name
        self.types = types
        self.initialType = initialType
        self.steps = steps
        self.cycle = cycle
    }

    private static func index(of type: LocalTimeType, in types: inout [LocalTimeType]) -> Int {
        if let index = types.firstIndex(of: type) { return index }
        types.append(type)
        return types.count - 1
    }
}

extension TimeZoneRules: Hashable {
    /// The name tells most zones apart; the steps are too many to hash.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }
}

extension TimeZoneRules {
    /// Seconds east of UTC at `time`.
    package func offset(at time: Timestamp) -> Int {
        Int(localTimeType(ofStep: lastStep(atOrBefore: Instants.clamped(time.seconds))).offset)
    }

    /// What the zone's time is called at `time`: `CET`, `CEST`, `+0330`.
    package func abbreviation(at time: Timestamp) -> String {
        localTimeType(ofStep: lastStep(atOrBefore: Instants.clamped(time.seconds))).abbreviation
    }

    /// The first change of the offset strictly after `time`, or nil if there is none any more.
    package func nextTransition(after time: Timestamp) -> Transition? {
        var index = lastStep(atOrBefore: Instants.clamped(time.seconds))
        let before = localTimeType(ofStep: index).offset
        while let step = self.step(index + 1) {
            index += 1
            let after = types[step.type].offset
            if after != before {
                return Transition(
                    at: Timestamp(seconds: step.at), offsetBefore: Int(before), offsetAfter: Int(after))
            }
        }
        return nil
    }

    /// The last change of the offset at or before `time`, or nil if there was none yet.
    func previousTransition(atOrBefore time: Int64) -> Transition? {
        var index = lastStep(atOrBefore: time)
        while let step = self.step(index) {
            let before = localTimeType(ofStep: index - 1).offset
            let after = types[step.type].offset
            if after != before {
                return Transition(
                    at: Timestamp(seconds: step.at), offsetBefore: Int(before), offsetAfter: Int(after))
            }
            index -= 1
        }
        return nil
    }

    /// The index of the step that holds at `time`; -1 before the first.
    ///
    /// - Parameter time: at most 2^61 seconds from 1970.
    private func lastStep(atOrBefore time: Int64) -> Int {
        var time = time
        var skipped = 0
        if let cycle, time >= cycle.base + Cycle.length {
            let turns = (time - cycle.base) / Cycle.length
            time -= turns * Cycle.length
            skipped = Int(turns) * (steps.count - cycle.firstStep)
        }
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].at <= time {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low - 1 + skipped
    }

    /// The step with this index, also beyond the list where the last of it come again and again.
    private func step(_ index: Int) -> Step? {
        guard index >= 0 else { return nil }
        if index < steps.count { return steps[index] }
        guard let cycle else { return nil }
        let (turns, rest) = (index - cycle.firstStep).quotientAndRemainder(dividingBy: steps.count - cycle.firstStep)
        let step = steps[cycle.firstStep + rest]
        return Step(at: step.at + Int64(turns) * Cycle.length, type: step.type)
    }

    private func localTimeType(ofStep index: Int) -> LocalTimeType {
        types[step(index)?.type ?? initialType]
    }
}
