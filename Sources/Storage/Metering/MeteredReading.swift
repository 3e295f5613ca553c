import Model
import Synchronization

extension ObjectReader {
    /// The same reader; its bytes are counted as they arrive, and the `get` when it has ended.
    func metered(by meter: StoreMeter) -> ObjectReader {
        let reading = MeteredReading(of: size, meter)
        let pull = self.pull
        return ObjectReader(key: key, location: location, size: size) {
            do {
                let chunk = try await pull()
                reading.add(chunk)
                return chunk
            } catch {
                reading.fail(error)
                throw error
            }
        }
    }
}

/// One `get` on its way, which counts once.
private final class MeteredReading: Sendable {
    private struct State: Sendable {
        var received: Int64 = 0
        var isCounted = false
    }

    private let size: Int64
    private let meter: StoreMeter
    private let state = Mutex(State())

    init(of size: Int64, _ meter: StoreMeter) {
        self.size = size
        self.meter = meter
    }

    /// Nobody wants the rest.
    deinit {
        if isFirst() { meter.add(.get) }
    }

    /// - Parameter chunk: nil at the end.
    func add(_ chunk: [UInt8]?) {
        let count = Int64(chunk?.count ?? 0)
        meter.add(received: count)
        let received = state.withLock { state in
            state.received += count
            return state.received
        }
        let isWrong = received > size || (chunk == nil && received < size)
        guard isWrong || chunk == nil, isFirst() else { return }
        // Whoever reads is told of it as such.
        if isWrong { meter.add(.get, failedWith: .io) } else { meter.add(.get) }
    }

    func fail(_ error: any Error) {
        if isFirst() { meter.add(.get, failedWith: error) }
    }

    /// Whether it has not been counted before.
    private func isFirst() -> Bool {
        state.withLock { state in
            defer { state.isCounted = true }
            return !state.isCounted
        }
    }
}
