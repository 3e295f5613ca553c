import Glibc

/// A queue of limited length between two stages: the slower one sets the pace and memory stays constant.
///
/// Threads wait in `send` and `receive`, tasks in `put` and `next`.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    // Everything below is touched only while `mutex` is held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var elements: [Element] = []
    private var sent = 0
    private var taken = 0
    private var isFinished = false
    private var failure: (any Error)?
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private let capacity: Int

    package init(capacity: Int) {
        self.capacity = capacity
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Waits for room, then puts `element` at the end.
    /// - Throws: What `fail` was called with.
    package func send(_ element: Element) throws {
        pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        while elements.count >= capacity && failure == nil { pthread_cond_wait(changed, mutex) }
        if let failure { throw failure }
        elements.append(element)
        sent += 1
    }

    /// As `send`, and waits until somebody has taken it: so the sender holds nothing more than what it works on.
    /// - Throws: What `fail` was called with.
    package func hand(_ element: Element) throws {
        try send(element)
        pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        let turn = sent
        while taken < turn && failure == nil { pthread_cond_wait(changed, mutex) }
        if let failure { throw failure }
    }

    /// No element will follow.
    package func finish() {
        pthread_mutex_lock(mutex)
        isFinished = true
        unlockAndWake()
    }

    /// Both sides get `error` from now on; what is queued is dropped. The first failure stays.
    package func fail(_ error: any Error) {
        pthread_mutex_lock(mutex)
        if failure == nil { failure = error }
        elements = []
        unlockAndWake()
    }

    /// Waits for the next element; nil after the last one.
    package func receive() throws -> Element? {
        pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        while elements.isEmpty && !isFinished && failure == nil { pthread_cond_wait(changed, mutex) }
        return try take()
    }

    /// The next element if it is there already; nil where it would have to be waited for, and after the last one.
    package func receiveNow() throws -> Element? {
        pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        return try take()
    }

    /// As `receive`, for a task.
    package func next() async throws -> Element? {
        while true {
            if let taken = try poll() { return taken.element }
            await withCheckedContinuation { park($0) { !self.elements.isEmpty || self.isFinished } }
        }
    }

    /// As `send`, for a task.
    package func put(_ element: Element) async throws {
        while try !offer(element) {
            await withCheckedContinuation { park($0) { self.elements.count < self.capacity } }
        }
    }

    private struct Taken {
        var element: Element?
    }

    private func poll() throws -> Taken? {
        pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        if elements.isEmpty && !isFinished && failure == nil { return nil }
        return Taken(element: try take())
    }

    private func offer(_ element: Element) throws -> Bool {
        pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        if let failure { throw failure }
        guard elements.count < capacity else { return false }
        elements.append(element)
        sent += 1
        return true
    }

    /// Keeps the task waiting until something changes, unless what it waits for is there already.
    private func park(_ continuation: CheckedContinuation<Void, Never>, unless isReady: () -> Bool) {
        pthread_mutex_lock(mutex)
        let goesOn = failure != nil || isReady()
        if !goesOn { waiting.append(continuation) }
        pthread_mutex_unlock(mutex)
        if goesOn { continuation.resume() }
    }

    private func take() throws -> Element? {
        if let failure { throw failure }
        guard !elements.isEmpty else { return nil }
        taken += 1
        return elements.removeFirst()
    }

    private func unlockAndWake() {
        let woken = waiting
        waiting = []
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
        for continuation in woken { continuation.resume() }
    }
}
