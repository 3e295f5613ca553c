import Glibc
import Pipeline

/// One thread for calls that block, so that they never hold up the cooperative pool. Work is done in order.
final class BlockingThread: Sendable {
    private let queue = WorkQueue()

    /// - Throws: EAGAIN, the only errno that pthread_create(3) has for such a thread.
    init() throws(SystemError) {
        guard queue.startThread() else { throw SystemError(number: EAGAIN) }
    }

    deinit {
        queue.end()
    }

    /// Runs `work` on the thread and waits for it, without blocking. Cancellation does not interrupt it.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            post { continuation.resume(with: Result { try work() }) }
        }
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
