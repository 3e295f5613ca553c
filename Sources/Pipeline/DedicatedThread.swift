import Glibc

/// A thread for work that blocks: SQLite, compression, files. The cooperative pool may have two threads only.
package enum DedicatedThread {
    private final class Job {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// How a thread stands beside all others of the machine.
    package enum Priority: Sendable {
        case normal
        /// Leaves the processor, and with most schedulers the disk, to whoever else wants them (nice(1)).
        case background
    }

    /// nice(1): a tenth of the weight of others.
    private static let backgroundNice: Int32 = 10

    /// Runs `body` on a thread of its own; cancelling the task cancels `cancellation`.
    package static func run<Result: Sendable>(
        cancellation: Cancellation, priority: Priority = .normal, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isStarted = start {
                    // On Linux 0 is the thread that calls (setpriority(2)).
                    if priority == .background {
                        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, backgroundNice)
                    }
                    continuation.resume(with: Swift.Result { try body() })
                }
                if !isStarted { continuation.resume(throwing: NoThread()) }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// The system gave no thread: too many, or no memory.
    private struct NoThread: Error, CustomStringConvertible {
        var description: String { "the system gives this process no more threads" }
    }

    /// Starts a thread of which nobody hears again, unless `body` tells.
    /// - Returns: Whether the system gave one.
    @discardableResult
    package static func start(_ body: @escaping () -> Void) -> Bool {
        let job = Unmanaged.passRetained(Job(body))
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, job.toOpaque())
        if code != 0 { job.release() }
        return code == 0
    }
}
