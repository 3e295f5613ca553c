import Glibc
import Pipeline
import Synchronization

/// One thread for calls that block, so that they never hold up the cooperative pool. Work is done in order.
///
/// A disk or a file server that hangs keeps nobody waiting for ever: who has waited long enough is told so, and the
/// thread stays with what it was asked. There is never a second one.
final class BlockingThread: Sendable {
    /// How long the disk may take for one call, the time for its bytes aside, before it counts as one that hangs.
    private static let patience = Duration.seconds(300)
    /// The least that counts as an answer while bytes go over, in bytes a second.
    private static let minimumRate: Int64 = 32 << 10
    /// For whoever comes when the thread has hung long enough already.
    private static let leastPatience = Duration.seconds(1)

    private let queue = WorkQueue()
    private let patience: Duration
    /// When the thread began what it does now; nil where it does nothing.
    private let began = Mutex<ContinuousClock.Instant?>(nil)

    /// - Throws: EAGAIN, the only errno that pthread_create(3) has for such a thread.
    init(patience: Duration = BlockingThread.patience) throws(SystemError) {
        self.patience = patience
        guard queue.startThread() else { throw SystemError(number: EAGAIN) }
    }

    deinit {
        queue.end()
    }

    /// Runs `work` on the thread and waits for it, without blocking. Cancellation does not interrupt it.
    /// - Parameter bytes: How many of them it reads or writes.
    /// - Throws: What `work` throws; ETIMEDOUT where the thread does not get it done in time. It is done some time all the same
    ///   then, unless it has not begun.
    func run<Value: Sendable>(
        bytes: Int = 0, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let limit = limit(bytes)
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            let call = Call(continuation)
            let clock = Task.detached {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                call.end(.failure(SystemError(number: ETIMEDOUT)))
            }
            post {
                guard call.isAwaited else { return }
                self.began.withLock { $0 = .now }
                let result = Result { try work() }
                self.began.withLock { $0 = nil }
                clock.cancel()
                call.end(result)
            }
        }
    }

    /// How long a call may take that comes now: the time that the one before it has hung counts.
    private func limit(_ bytes: Int) -> Duration {
        let whole = patience + .seconds(Int64(bytes) / Self.minimumRate)
        guard let began = began.withLock({ $0 }) else { return whole }
        return max(min(Self.leastPatience, whole), whole - (.now - began))
    }

    /// Has `work` done some time; at once and here if the thread has been stopped.
    func post(_ work: @escaping WorkQueue.Work) {
        if !queue.append(work) { work() }
    }

    /// Takes no more work; what waits is done first.
    func stop() {
        queue.end()
    }
}

/// Somebody who waits for a call to end, or for the end of patience, whichever comes first.
private final class Call<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) {
        self.continuation = Mutex(continuation)
    }

    var isAwaited: Bool { continuation.withLock { $0 != nil } }

    func end(_ result: Result<Value, any Error>) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: result)
    }
}
