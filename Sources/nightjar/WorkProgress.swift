import Dump
import Synchronization

/// How far long work is, whichever process does it.
struct WorkProgress: Sendable {
    enum Phase: String, Sendable {
        case waiting, queued, snapshot, export, verify, restore, prune
    }

    var phase = Phase.waiting
    var rows: Int64 = 0
    /// Of the uncompressed dump.
    var dumpBytes: Int64 = 0
    var storedBytes: Int64 = 0
    /// From 0 to 1, within the phase; nil while nobody can say.
    var fraction: Double?
    /// Of the phase; nil while nobody can say.
    var timeLeft: Duration?
    /// Stored bytes that a verification or a restore has fetched; nil where nobody says.
    var fetchedBytes: Int64?
}

extension WorkProgress {
    /// Of work of this process.
    init(_ progress: RunProgress) {
        phase =
            switch progress.phase {
            case .waiting: .waiting
            case .snapshot: .snapshot
            case .export: .export
            case .verify: .verify
            case .restore: .restore
            }
        rows = progress.rows
        dumpBytes = progress.dumpBytes
        storedBytes = progress.storedBytes
        fraction = progress.fraction
        timeLeft = progress.timeLeft
        fetchedBytes = progress.fetchedBytes
    }
}

/// What the daemon said last of work that it does.
final class RemoteProgress: Sendable {
    private let state = Mutex(WorkProgress())

    var now: WorkProgress { state.withLock { $0 } }

    func set(_ progress: WorkProgress) { state.withLock { $0 = progress } }
}
