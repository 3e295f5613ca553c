import Glibc
import Synchronization

/// Waits for SIGINT and SIGTERM: the first stops the work, the second ends the process at once.
final class SignalWatcher: Sendable {
    private let first = Mutex<Int32?>(nil)

    /// Made by the main thread before any other exists, so that all of them leave these signals to the watcher.
    init() {
        var signals = Self.signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// The signal that stopped the work, or nil.
    var stoppedBy: Int32? { first.withLock { $0 } }

    /// Calls `stop` at the first signal; does not return.
    func watch(_ stop: () -> Void) -> Never {
        var signals = Self.signals
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { continue }
            let isFirst = first.withLock { first in
                defer { first = first ?? number }
                return first == nil
            }
            guard isFirst else { _exit(128 + number) }
            stop()
        }
    }

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
    }
}
