import Glibc

/// A thread for work that blocks: SQLite, compression, files. The cooperative pool may have two threads only.
package enum DedicatedThread {
    private final class Job {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Runs `body` on a thread of its own; cancelling the task cancels `cancellation`.
    package static func run<Result: Sendable>(
        cancellation: Cancellation, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                start {
                    continuation.resume(with: Swift.Result { try body() })
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private static func start(_ body: @escaping () -> Void) {
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
        // No thread to be had: the work is done here rather than not at all.
        if code != 0 { job.takeRetainedValue().body() }
    }
}
