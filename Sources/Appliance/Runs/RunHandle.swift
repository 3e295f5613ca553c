import Dump
import Synchronization

/// A run at work, for those who watch or stop it.
package final class RunHandle: Sendable {
    package let progress: RunProgress
    private let state = Mutex(State())

    private struct State {
        var run: Int64?
        var isCancelled = false
    }

    package init(progress: RunProgress = RunProgress()) {
        self.progress = progress
    }

    /// The run's id in the catalog; nil until it is taken down there.
    package var run: Int64? { state.withLock { $0.run } }

    /// Whether a person wants it to end: then it is not owed any more.
    package var isCancelled: Bool { state.withLock { $0.isCancelled } }

    func begin(_ run: Int64) { state.withLock { $0.run = run } }

    func cancel() { state.withLock { $0.isCancelled = true } }
}
