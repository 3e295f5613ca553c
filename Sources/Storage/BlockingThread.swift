import Glibc
import Pipeline
import Synchronization

/// One thread for calls that block, so that they never hold up the cooperative pool. Work is done in order.
///
/// A disk or a file server that hangs keeps nobody waiting for ever: when a call has taken too long, it and all that wait
/// behind it are given up, and whoever comes later is told at once, until the thread comes back from what it was asked.
final class BlockingThread: Sendable {
    /// How long the disk may take for one call, the time for its bytes aside, before it counts as one that hangs.
    private static let patience = Duration.seconds(300)
    /// The least that counts as an answer while bytes go over, in bytes a second.
    private static let minimumRate: Int64 = 32 << 10

    private let queue = WorkQueue()
    private let watch = HangWatch()
    private let patience: Duration

    /// - Throws: EAGAIN, the only errno that pthread_create(3) has for such a thread.
    init(patience: Duration = BlockingThread.patience) throws(SystemError) {
        self.patience = patience
        guard queue.startThread() else { throw SystemError(number: EAGAIN) }
    }

    deinit {
        queue.end()
    }

    /// Runs `work` on the thread and waits for it, without blocking. Cancellation does not interrupt it.
    /// - Parameters:
    ///   - bytes: How many of them it reads or writes.
    ///   - isNeeded: Whether it is done some time also where nobody waits for it any more.
    /// - Throws: What `work` throws; ETIMEDOUT where the thread hangs. What has begun may be done some time all the same then.
    func run<Value: Sendable>(
        bytes: Int = 0, isNeeded: Bool = false, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let allowance = patience + .seconds(Int64(bytes) / Self.minimumRate)
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            let call = Call(continuation)
            let number = watch.enter { call.end(.failure(SystemError(number: ETIMEDOUT))) }
            if number == nil { call.end(.failure(SystemError(number: ETIMEDOUT))) }
            guard number != nil || isNeeded else { return }
            post { [watch] in
                guard watch.begin(number, allowance) else {
                    if isNeeded { _ = try? work() }
                    return
                }
                let result = Result { try work() }
                watch.end()
                call.end(result)
            }
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

/// Somebody who waits for a call to end, or to be given up, whichever comes first.
private final class Call<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) {
        self.continuation = Mutex(continuation)
    }

    func end(_ result: Result<Value, any Error>) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: result)
    }
}

/// Finds out that a thread's call takes too long. At most one task sleeps for that, however many calls there are.
private final class HangWatch: Sendable {
    private struct State {
        /// How those are given up who wait for a call, by the calls' numbers.
        var waiting: [Int: @Sendable () -> Void] = [:]
        var last = 0
        /// Until when the call that the thread is at has time; nil where it is at none that anybody waits for.
        var deadline: ContinuousClock.Instant?
        var current: Int?
        var isHung = false
        var isWatched = false
    }

    private let state = Mutex(State())

    /// Takes up a call.
    /// - Returns: Its number; nil where the thread hangs.
    func enter(givingUp giveUp: @escaping @Sendable () -> Void) -> Int? {
        state.withLock { state in
            guard !state.isHung else { return nil }
            state.last += 1
            state.waiting[state.last] = giveUp
            return state.last
        }
    }

    /// The thread has come to a call.
    /// - Returns: Whether anybody waits for it still.
    func begin(_ number: Int?, _ allowance: Duration) -> Bool {
        let begins = state.withLock { state -> (call: Bool, watch: Bool) in
            guard let number, state.waiting[number] != nil else { return (false, false) }
            state.current = number
            state.deadline = .now + allowance
            defer { state.isWatched = true }
            return (true, !state.isWatched)
        }
        if begins.watch { Task.detached { await self.watch() } }
        return begins.call
    }

    /// The thread has done the call that it was at.
    func end() {
        state.withLock { state in
            if let current = state.current { state.waiting[current] = nil }
            state.current = nil
            state.deadline = nil
            state.isHung = false
        }
    }

    private func watch() async {
        while let deadline = check() { try? await Task.sleep(until: deadline, clock: .continuous) }
    }

    /// - Returns: When to look again; nil where the next call that begins sees to that.
    private func check() -> ContinuousClock.Instant? {
        let (next, givenUp) = state.withLock { state -> (ContinuousClock.Instant?, [@Sendable () -> Void]) in
            if let deadline = state.deadline, deadline > .now { return (deadline, []) }
            state.isWatched = false
            guard state.deadline != nil else { return (nil, []) }
            state.isHung = true
            state.deadline = nil
            defer { state.waiting = [:] }
            return (nil, Array(state.waiting.values))
        }
        for giveUp in givenUp { giveUp() }
        return next
    }
}
