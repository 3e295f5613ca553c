import Model
import Pipeline
import Settings

/// When the folders that patterns look into are listed: every ten minutes, and again a minute after something was missing.
///
/// A listing has a thread of its own: a folder that does not answer must not hold up the schedule.
struct PatternWatch: Sendable {
    private static let interval: Int64 = 600
    /// The shortest time between two looks, too.
    private static let intervalWhileMissing: Int64 = 60

    private var last: Timestamp
    private var isUnderWay = false
    /// Of the look that counts; one from before a reload has an earlier number.
    private var number = 0
    /// Paths that the last look missed, and the one before did not.
    private(set) var missing: Set<String> = []

    /// - Parameter now: The folders have just been listed, when the configuration was read.
    init(since now: Timestamp) {
        last = now
    }

    /// When it is time for the next look.
    var next: Timestamp {
        Timestamp(seconds: last.seconds + (missing.isEmpty ? Self.interval : Self.intervalWhileMissing))
    }

    func isDue(at now: Timestamp) -> Bool {
        // A clock that was put back must not silence it.
        !isUnderWay && (next <= now || last > now)
    }

    /// Begins a look.
    /// - Parameter tell: Called on another thread, with the look's number, when it is through.
    mutating func begin(
        _ configuration: Configuration, at now: Timestamp, tell: @escaping @Sendable (Int, PatternLook) -> Void
    ) {
        last = now
        number += 1
        isUnderWay = Self.start(configuration, missing, number, tell)
    }

    /// - Returns: false where the system gives no thread: another look comes in its time.
    private static func start(
        _ configuration: Configuration, _ missing: Set<String>, _ number: Int,
        _ tell: @escaping @Sendable (Int, PatternLook) -> Void
    ) -> Bool {
        DedicatedThread.start {
            tell(number, configuration.look(after: configuration.databases, missing: missing))
        }
    }

    /// A look is through.
    /// - Returns: false for one from before a reload, which says nothing any more.
    mutating func end(_ number: Int, _ look: PatternLook) -> Bool {
        guard number == self.number else { return false }
        isUnderWay = false
        missing = look.missing
        return true
    }

    /// A reload has looked for itself.
    mutating func restart(with look: PatternLook, at now: Timestamp) {
        last = now
        number += 1
        isUnderWay = false
        missing = look.missing
    }
}
