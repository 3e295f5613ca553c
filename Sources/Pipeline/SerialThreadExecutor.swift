import Glibc

/// One thread for all the work of an actor, in order: for actors whose work blocks, such as those that own a SQLite
/// connection, and would otherwise hold up the cooperative pool.
///
/// The thread starts with the first job, and ends when the executor is released. An actor keeps its executor and names
/// it:
///
/// ```swift
/// private let executor = SerialThreadExecutor()
/// nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
/// ```
///
/// <https://github.com/swiftlang/swift-evolution/blob/main/proposals/0392-custom-actor-executors.md>
package final class SerialThreadExecutor: SerialExecutor {
    private let jobs = JobQueue()

    package init() {}

    deinit {
        jobs.end()
    }

    /// Starts the thread, unless it runs already: for callers who would rather have an error than wait.
    /// - Returns: false where the system gives this process no more threads.
    package func start() -> Bool {
        jobs.startThread()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let unownedJob = UnownedJob(job)
        // A job cannot be handed back, so a system that has no thread left is asked again.
        while !start() { usleep(10_000) }
        jobs.append(JobQueue.Entry(job: unownedJob, executor: self))
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }
}

/// What waits for the thread. All of its mutable state is guarded by its pthread mutex.
private final class JobQueue: @unchecked Sendable {
    /// A job holds its executor: the job may drop the last reference to the actor, and with it to the executor.
    struct Entry {
        let job: UnownedJob
        let executor: SerialThreadExecutor

        func run() {
            withExtendedLifetime(executor) {
                job.runSynchronously(on: executor.asUnownedSerialExecutor())
            }
        }
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [Entry] = []
    private var hasThread = false
    private var isEnded = false

    init() {
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

    func startThread() -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if hasThread { return true }
        let context = Unmanaged.passRetained(self)
        var thread = pthread_t()
        guard pthread_create(&thread, nil, runJobs, context.toOpaque()) == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        hasThread = true
        return true
    }

    func append(_ entry: Entry) {
        pthread_mutex_lock(mutex)
        waiting.append(entry)
        pthread_cond_signal(changed)
        pthread_mutex_unlock(mutex)
    }

    /// No job will follow: whoever could bring one is gone.
    func end() {
        pthread_mutex_lock(mutex)
        isEnded = true
        pthread_cond_signal(changed)
        pthread_mutex_unlock(mutex)
    }

    /// Sleeps until there is a job; nil after the last one.
    func next() -> Entry? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while waiting.isEmpty {
            if isEnded { return nil }
            pthread_cond_wait(changed, mutex)
        }
        return waiting.removeFirst()
    }
}

private func runJobs(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let jobs = Unmanaged<JobQueue>.fromOpaque(context).takeRetainedValue()
    while let entry = jobs.next() { entry.run() }
    return nil
}
