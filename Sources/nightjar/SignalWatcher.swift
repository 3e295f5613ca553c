import Glibc
import Synchronization

/// Waits for SIGINT and SIGTERM on a thread of its own: the first stops the work, the second ends the process at once.
final class SignalWatcher: Sendable {
    private struct State {
        var stoppedBy: Int32?
        var handler: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    init() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        // Before any other thread exists, so that all of them leave these signals to the watcher.
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var thread = pthread_t()
        let watcher = Unmanaged.passRetained(self)
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<SignalWatcher>.fromOpaque(argument).takeRetainedValue().watch()
                return nil
            }, watcher.toOpaque())
        pthread_detach(thread)
    }

    /// Calls `handler` at the first signal, from another thread.
    func onStop(_ handler: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            state.handler = handler
            return state.stoppedBy != nil
        }
        if isStopped { handler() }
    }

    /// The signal that stopped the work, or nil.
    var stoppedBy: Int32? { state.withLock { $0.stoppedBy } }

    private func watch() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { return }
            let handler = state.withLock { state -> (@Sendable () -> Void)? in
                if state.stoppedBy != nil { _exit(128 + number) }
                state.stoppedBy = number
                return state.handler
            }
            handler?()
        }
    }
}
