import Glibc

/// A thread of its own for blocking work, off the cooperative pool; it is either joined or detached.
struct JoinableThread: Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs `body` and ends.
    static func start(_ body: @escaping @Sendable () -> Void) -> JoinableThread {
        let box = Unmanaged.passRetained(Body(run: body))
        var handle = pthread_t()
        let result = pthread_create(
            &handle, nil,
            { argument in
                if let argument {
                    Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, box.toOpaque())
        precondition(result == 0, "pthread_create: \(String(cString: strerror(result)))")
        return JoinableThread(handle: handle)
    }

    /// Runs `body`, which blocks, on a thread of its own, and waits for its end without blocking.
    static func run(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            start {
                body()
                continuation.resume()
            }.detach()
        }
    }

    /// Waits for all threads that `take` gives, until it gives none: one that ends may have started others.
    static func joinAll(_ take: () -> [JoinableThread]) {
        var threads = take()
        while !threads.isEmpty {
            for thread in threads { thread.join() }
            threads = take()
        }
    }

    /// Waits until the thread has ended.
    func join() {
        _ = pthread_join(handle, nil)
    }

    /// Lets the thread end by itself.
    func detach() {
        _ = pthread_detach(handle)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
