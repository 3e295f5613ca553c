import Glibc

/// One thread for calls that block, so that they never hold up the cooperative pool. Work is done in order.
final class BlockingThread: Sendable {
    typealias Work = @Sendable () -> Void

    private let queue: WorkQueue

    /// - Throws: the errno of pthread_create(3).
    init() throws(SystemError) {
        queue = WorkQueue()
        let context = Unmanaged.passRetained(queue)
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, runBlockingThread, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw SystemError(number: code)
        }
        pthread_detach(thread)
    }

    deinit {
        queue.stop()
    }

    /// Runs `work` on the thread and waits for it, without blocking. Cancellation does not interrupt it.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            post { continuation.resume(with: Result { try work() }) }
        }
    }

    /// Has `work` done some time; at once and here if the thread has been stopped.
    func post(_ work: @escaping Work) {
        if !queue.append(work) { work() }
    }

    /// Takes no more work; what waits is done first.
    func stop() {
        queue.stop()
    }
}

/// What waits for the thread. All of its mutable state is guarded by its pthread mutex.
private final class WorkQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [BlockingThread.Work] = []
    private var isStopped = false

    init() {
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Returns false once stopped.
    func append(_ work: @escaping BlockingThread.Work) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isStopped { return false }
        waiting.append(work)
        pthread_cond_signal(condition)
        return true
    }

    func stop() {
        pthread_mutex_lock(mutex)
        isStopped = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Sleeps until there is work; nil once stopped and empty.
    func next() -> BlockingThread.Work? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while waiting.isEmpty {
            if isStopped { return nil }
            pthread_cond_wait(condition, mutex)
        }
        return waiting.removeFirst()
    }
}

private func runBlockingThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let queue = Unmanaged<WorkQueue>.fromOpaque(context).takeRetainedValue()
    while let work = queue.next() { work() }
    return nil
}
