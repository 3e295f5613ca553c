import Synchronization

/// Lets so many tasks work at once; the others wait for their turn, in order.
final class Permits: Sendable {
    private struct Waiter: Sendable {
        let number: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State: Sendable {
        var free: Int
        var waiting: [Waiter] = []
        var numbers: UInt64 = 0
    }

    private let state: Mutex<State>

    /// - Parameter count: At least 1.
    init(_ count: Int) {
        state = Mutex(State(free: max(1, count)))
    }

    /// Runs `work` when it is its turn.
    /// - Throws: `CancellationError` where the task is cancelled before; else what `work` throws.
    func withPermit<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        try await take()
        defer { giveBack() }
        return try await work()
    }

    private func take() async throws {
        let number = state.withLock { state -> UInt64 in
            state.numbers += 1
            return state.numbers
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let answer = state.withLock { state -> Result<Void, any Error>? in
                    // Looked at in here: a cancellation that comes later finds the waiter.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.free > 0 else {
                        state.waiting.append(Waiter(number: number, continuation: continuation))
                        return nil
                    }
                    state.free -= 1
                    return .success(())
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
                return state.waiting.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Hands the permit to whoever has waited longest.
    private func giveBack() {
        let next = state.withLock { state -> Waiter? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume()
    }
}
