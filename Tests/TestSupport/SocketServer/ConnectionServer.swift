import Glibc
import Synchronization

/// Accepts connections on a listening socket and serves each on a thread of its own.
final class ConnectionServer: Sendable {
    private struct State {
        var isStopping = false
        var connections: Set<Int32> = []
        var threads: [JoinableThread] = []
        var accepted = 0
    }

    private let state = Mutex(State())
    private let listener: Int32

    /// - Parameter listener: A socket that listens; `stop` closes it.
    init(listener: Int32) {
        self.listener = listener
    }

    /// How many connections clients have opened so far.
    var connectionsAccepted: Int { state.withLock { $0.accepted } }

    /// Accepts from now on; `stop` must follow.
    /// - Parameter serve: Serves one connection, which is closed when it returns.
    func start(serving serve: @escaping @Sendable (LoopbackConnection) -> Void) {
        let thread = JoinableThread.start { self.acceptConnections(serve) }
        state.withLock { $0.threads.append(thread) }
    }

    private func acceptConnections(_ serve: @escaping @Sendable (LoopbackConnection) -> Void) {
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let isAdmitted = state.withLock { state in
                guard !state.isStopping else { return false }
                state.connections.insert(descriptor)
                state.accepted += 1
                state.threads.append(JoinableThread.start { self.serve(descriptor, serve) })
                return true
            }
            if !isAdmitted { _ = close(descriptor) }
        }
    }

    private func serve(_ descriptor: Int32, _ serve: @Sendable (LoopbackConnection) -> Void) {
        serve(LoopbackConnection(descriptor: descriptor))
        state.withLock { state in
            state.connections.remove(descriptor)
            // Closed under the lock, so that nobody shuts down a descriptor that has been given out again.
            _ = close(descriptor)
        }
    }

    /// Cuts every connection, and waits until every thread has ended.
    func stop() async {
        await JoinableThread.run { self.stopAndJoin() }
    }

    private func stopAndJoin() {
        state.withLock { state in
            state.isStopping = true
            for descriptor in state.connections { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
        _ = shutdown(listener, Int32(SHUT_RDWR))
        JoinableThread.joinAll {
            state.withLock { state in
                defer { state.threads = [] }
                return state.threads
            }
        }
        _ = close(listener)
    }
}
