import Glibc

/// Work that waits for one thread, which does it in order. All of its mutable state is guarded by its pthread mutex.
package final class WorkQueue: @unchecked Sendable {
    package typealias Work = @Sendable () -> Void

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [Work] = []
    private var isEnded = false

    package init() {
        mutex.initialize(to: pthread_mutex_t())
        changed.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// - Returns: false once it has ended: nobody will do the work.
    package func append(_ work: @escaping Work) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isEnded { return false }
        waiting.append(work)
        pthread_cond_signal(changed)
        return true
    }

    /// No work will follow; what waits is done first.
    package func end() {
        pthread_mutex_lock(mutex)
        isEnded = true
        pthread_cond_signal(changed)
        pthread_mutex_unlock(mutex)
    }

    /// Does the work on a new thread, which ends with the queue.
    /// - Returns: false where the system gives this process no more threads.
    package func startThread() -> Bool {
        DedicatedThread.start { [self] in
            while let work = next() { work() }
        }
    }

    /// Sleeps until there is work; nil after the last one.
    private func next() -> Work? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while waiting.isEmpty {
            if isEnded { return nil }
            pthread_cond_wait(changed, mutex)
        }
        return waiting.removeFirst()
    }
}
