import Appliance
import Catalog
import Dump
import Foundation
import Log
import Logging
import Model
import Settings
import Synchronization

/// The daemon with a clock that a test sets, as a process of its own that can be killed:
/// `DaemonSubject CONFIGURATION SLOT DATABASE ...` works until their backups of that slot are in the catalog, and ends.
@main
enum DaemonSubject {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 3, let seconds = Int64(arguments[2]) else { exit(64) }
        let slot = Timestamp(seconds: seconds)
        let appliance = Appliance(try Configuration.load(path: arguments[1], environment: [:]))
        let catalog = try await appliance.openCatalog { print($0) }
        let clock = HurryingClock(now: slot, until: Timestamp(seconds: slot.seconds + 3000))
        let daemon = Daemon(
            configurationPath: arguments[1], environment: [:], appliance: appliance, catalog: catalog, clock: clock,
            manager: ServiceManager(environment: [:]),
            log: Logger(label: "subject") { _ in DestinationLogHandler(.standard(environment: [:])) })
        let work = Task { try await daemon.run() }
        for await _ in clock.rests {
            var isThrough = try await catalog.activeRuns().isEmpty
            for name in arguments[3...] {
                let run = try await catalog.lastEnd(of: name)
                isThrough = isThrough && run?.slot == slot && run?.state == .completed
            }
            if isThrough { break }
        }
        work.cancel()
        try await work.value
        await catalog.close()
    }
}

/// A clock that jumps to the moment it is to wake at, and rests when it has come to the end of its time.
private final class HurryingClock: WallClock {
    let wakeups: AsyncStream<Void>
    /// One element whenever nothing is left but to wait.
    let rests: AsyncStream<Void>
    private let waking: AsyncStream<Void>.Continuation
    private let resting: AsyncStream<Void>.Continuation
    private let time: Mutex<Timestamp>
    private let end: Timestamp

    init(now: Timestamp, until end: Timestamp) {
        (wakeups, waking) = AsyncStream<Void>.makeStream()
        (rests, resting) = AsyncStream<Void>.makeStream()
        time = Mutex(now)
        self.end = end
    }

    var now: Timestamp { time.withLock { $0 } }

    func wake(at moment: Timestamp) {
        guard moment <= end else {
            resting.yield()
            return
        }
        time.withLock { $0 = max($0, moment) }
        waking.yield()
    }
}
