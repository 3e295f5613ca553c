import Model
import Testing

/// A machine whose clock a test moves: it sleeps until the next start, wakes, and decides, as the scheduler does.
struct ManualClock {
    let policy: SlotPolicy
    /// When the database was configured.
    let since: Timestamp
    private(set) var now: Timestamp
    private(set) var lastHandled: Timestamp?
    private(set) var runs: [DueSlot] = []
    private(set) var skipped: [SkippedSlots] = []
    private(set) var forgotten: [Timestamp] = []

    init(_ policy: SlotPolicy, at now: Timestamp, since: Timestamp? = nil, lastHandled: Timestamp? = nil) {
        self.policy = policy
        self.now = now
        self.since = since ?? now
        self.lastHandled = lastHandled
    }

    /// The machine is awake until then, and its clock goes as it should.
    mutating func run(until end: Timestamp) throws {
        while true {
            let decision = policy.decide(lastHandled: lastHandled, since: since, now: now)
            lastHandled = decision.lastHandled ?? lastHandled
            if let late = decision.skipped { skipped.append(late) }
            if let absurd = decision.forgotten { forgotten.append(absurd) }
            switch decision.action {
            case .run(let due):
                runs.append(due)
            case .wait(let upcoming):
                let next = try #require(upcoming)
                let isLater = next.startAt > now
                try #require(isLater)
                guard next.startAt <= end else {
                    now = end
                    return
                }
                now = next.startAt
            }
        }
    }

    /// The machine sleeps or is off, or somebody sets its clock.
    mutating func jump(to time: Timestamp) {
        now = time
    }

    mutating func clearRecords() {
        runs = []
        skipped = []
        forgotten = []
    }
}
