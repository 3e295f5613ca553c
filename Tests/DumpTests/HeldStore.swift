import Storage
import Synchronization
import TestSupport

/// Keeps tasks waiting until it is opened, or they are cancelled.
final class Gate: Sendable {
    private struct State: Sendable {
        var isOpen = false
        var arrivals = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    func pass() async {
        let number = state.withLock { state -> Int in
            state.arrivals += 1
            return state.arrivals
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let goesOn = state.withLock { state -> Bool in
                    if state.isOpen || Task.isCancelled { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { $0.waiting.removeValue(forKey: number) }
            waiting?.resume()
        }
    }

    func open() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.isOpen = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// A store in which reads from one place on wait until they are let go, or their task is cancelled.
final class HeldStore: ForwardingStore {
    let store: any ObjectStore
    private let offset: Int64
    private let arrival = Gate()
    private let departure = Gate()
    private let gate = Gate()

    init(_ store: any ObjectStore, holding offset: Int64) {
        self.store = store
        self.offset = offset
    }

    func waitForArrival() async { await arrival.pass() }

    /// Waits until a read has been cancelled.
    func waitForDeparture() async { await departure.pass() }

    func letGo() { gate.open() }

    func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader {
        if range?.lowerBound == offset {
            arrival.open()
            await gate.pass()
            if Task.isCancelled {
                departure.open()
                throw CancellationError()
            }
        }
        return try await store.get(key, range: range)
    }
}
