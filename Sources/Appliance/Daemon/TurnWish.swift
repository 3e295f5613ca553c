import Synchronization

/// Asks the daemon for a turn: once until that turn begins, however often somebody asks. Ten thousand messages at once
/// are no ten thousand turns.
final class TurnWish: Sendable {
    private let continuation: AsyncStream<Daemon.Event>.Continuation
    private let isWaiting = Mutex(false)

    init(_ continuation: AsyncStream<Daemon.Event>.Continuation) {
        self.continuation = continuation
    }

    func ask() {
        let isNew = isWaiting.withLock { isWaiting in
            defer { isWaiting = true }
            return !isWaiting
        }
        if isNew { continuation.yield(.turn) }
    }

    /// A turn begins: who asks from now on wants another one.
    func grant() { isWaiting.withLock { $0 = false } }
}
