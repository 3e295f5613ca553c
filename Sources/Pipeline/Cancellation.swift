import Glibc
import Synchronization

/// Tells threads that block to stop: asked by their loops, and passed on to whatever they may be waiting in.
package final class Cancellation: Sendable {
    private struct State {
        var isCancelled = false
        var nextHandler = 0
        var handlers: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())
    private let flag = Atomic<Bool>(false)

    package init() {}

    package var isCancelled: Bool { flag.load(ordering: .acquiring) }

    package func check() throws {
        if isCancelled { throw CancellationError() }
    }

    package func cancel() {
        flag.store(true, ordering: .releasing)
        let handlers = state.withLock { state in
            state.isCancelled = true
            defer { state.handlers = [:] }
            return Array(state.handlers.values)
        }
        for handler in handlers { handler() }
    }

    /// Runs `body`; a cancellation during it calls `handler` once, from another thread.
    package func withHandler<Result>(
        _ handler: @escaping @Sendable () -> Void, _ body: () throws -> Result
    ) throws -> Result {
        let token = state.withLock { state -> Int? in
            guard !state.isCancelled else { return nil }
            state.nextHandler += 1
            state.handlers[state.nextHandler] = handler
            return state.nextHandler
        }
        guard let token else { throw CancellationError() }
        defer { state.withLock { _ = $0.handlers.removeValue(forKey: token) } }
        return try body()
    }

    /// Leaves the thread idle for `duration`, or until the cancellation.
    package func sleep(for duration: Duration) throws {
        let deadline = ContinuousClock.now + duration
        while true {
            try check()
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return }
            // Short naps: a cancellation is noticed within a twentieth of a second.
            usleep(UInt32(min(left, .milliseconds(50)) / .microseconds(1)))
        }
    }
}
