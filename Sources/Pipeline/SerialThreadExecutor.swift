import Glibc
import Synchronization

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
    private let jobs = WorkQueue()
    private let hasThread = Mutex(false)

    package init() {}

    deinit {
        jobs.end()
    }

    /// Starts the thread, unless it runs already: for callers who would rather have an error than wait.
    /// - Returns: false where the system gives this process no more threads.
    package func start() -> Bool {
        hasThread.withLock { hasThread in
            if !hasThread { hasThread = jobs.startThread() }
            return hasThread
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let unownedJob = UnownedJob(job)
        // A job cannot be handed back, so a system that has no thread left is asked again.
        while !start() { usleep(10_000) }
        // It holds its executor: the job may drop the last reference to the actor, and with it to the executor.
        _ = jobs.append {
            withExtendedLifetime(self) { unownedJob.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }
}
