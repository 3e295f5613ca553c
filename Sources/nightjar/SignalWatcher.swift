import Glibc
import Synchronization

/// Waits for SIGINT and SIGTERM: the first stops the work, the second ends the process at once. A daemon gets SIGHUP, too.
final class SignalWatcher: Sendable {
    private static let hangup = Mutex<(@Sendable () -> Void)?>(nil)

    private let first = Mutex<Int32?>(nil)
    private let isDaemon: Bool

    /// Made by the main thread before any other exists, so that all of them leave these signals to the watcher.
    /// - Parameter isDaemon: Whether SIGHUP is a message; otherwise it ends the process, as terminals expect.
    init(isDaemon: Bool) {
        self.isDaemon = isDaemon
        var signals = signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// What a daemon does at SIGHUP.
    static func onHangup(_ body: @escaping @Sendable () -> Void) {
        hangup.withLock { $0 = body }
    }

    /// The signal that stopped the work, or nil.
    var stoppedBy: Int32? { first.withLock { $0 } }

    /// Calls `stop` at the first signal; does not return.
    func watch(_ stop: () -> Void) -> Never {
        var signals = signals
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { continue }
            if number == SIGHUP {
                Self.hangup.withLock { $0 }?()
                continue
            }
            let isFirst = first.withLock { first in
                defer { first = first ?? number }
                return first == nil
            }
            guard isFirst else { _exit(128 + number) }
            stop()
        }
    }

    private var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        if isDaemon { sigaddset(&signals, SIGHUP) }
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
    }
}
