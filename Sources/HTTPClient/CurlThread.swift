import Glibc

/// Threads for libcurl, which blocks.
enum CurlThread {
    /// Runs `body` on a thread of its own, which the caller joins or detaches.
    /// - Returns: nil where the system gives none; `body` does not run then.
    static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        let job = Unmanaged.passRetained(Job(body))
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, runJob, job.toOpaque())
        guard code == 0 else {
            job.release()
            return nil
        }
        return thread
    }
}

private final class Job {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    func run() {
        // A write to a connection that the server closed must be an error, not the end of the process.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        body()
    }
}

private func runJob(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Job>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}
