import Model
import Synchronization

/// How far a run is; written by its stages, read by whoever shows it.
package final class RunProgress: Sendable {
    package enum Phase: Int, Sendable {
        case waiting, snapshot, export, verify, restore
    }

    private let phaseCode = Atomic<Int>(0)
    private let rowCount = Atomic<Int64>(0)
    private let textBytes = Atomic<Int64>(0)
    private let storeBytes = Atomic<Int64>(0)
    private let doneUnits = Atomic<Int64>(0)
    private let allUnits = Atomic<Int64>(0)
    /// Negative until they are counted.
    private let allRows = Atomic<Int64>(-1)
    private let phaseStart = Mutex(ContinuousClock.now)
    private let begun = Mutex<[(phase: Phase, at: Timestamp)]>([])

    package init() {}

    package var phase: Phase { Phase(rawValue: phaseCode.load(ordering: .relaxed)) ?? .waiting }
    package var rows: Int64 { rowCount.load(ordering: .relaxed) }
    /// Rows of all tables that are exported; nil until they are counted, which not every run does.
    package var totalRows: Int64? {
        let count = allRows.load(ordering: .relaxed)
        return count < 0 ? nil : count
    }
    /// Bytes of the uncompressed dump so far.
    package var dumpBytes: Int64 { textBytes.load(ordering: .relaxed) }
    /// Bytes that are in the store so far.
    package var storedBytes: Int64 { storeBytes.load(ordering: .relaxed) }

    /// Stored bytes that a verification or a restore has fetched so far.
    package var fetchedBytes: Int64 { doneUnits.load(ordering: .relaxed) }

    /// From 0 to 1, within the phase; nil while nobody can say. During an export it is an estimate from the source's size.
    package var fraction: Double? {
        let all = allUnits.load(ordering: .relaxed)
        guard all > 0 else { return nil }
        let done = phase == .export ? dumpBytes : doneUnits.load(ordering: .relaxed)
        return min(Double(done) / Double(all), phase == .export ? 0.99 : 1)
    }

    /// An estimate from the phase's pace so far; nil while nobody can say.
    package var timeLeft: Duration? {
        guard let fraction, fraction > 0.02, fraction < 1 else { return nil }
        let elapsed = ContinuousClock.now - phaseStart.withLock { $0 }
        return elapsed * ((1 - fraction) / fraction)
    }

    /// The phases so far, in the order in which they began.
    package var phases: [(phase: Phase, at: Timestamp)] { begun.withLock { $0 } }

    package func begin(_ phase: Phase, units: Int64) {
        // One that is begun again, with better knowledge of its size, goes on.
        begun.withLock { if $0.last?.phase != phase { $0.append((phase, .now)) } }
        phaseStart.withLock { $0 = .now }
        doneUnits.store(0, ordering: .relaxed)
        allUnits.store(units, ordering: .relaxed)
        phaseCode.store(phase.rawValue, ordering: .relaxed)
    }

    package func set(done: Int64, of all: Int64) {
        doneUnits.store(done, ordering: .relaxed)
        allUnits.store(all, ordering: .relaxed)
    }

    package func add(done: Int64) {
        doneUnits.wrappingAdd(done, ordering: .relaxed)
    }

    func set(totalRows count: Int64) {
        allRows.store(count, ordering: .relaxed)
    }

    func add(rows: Int, position: Int64) {
        rowCount.wrappingAdd(Int64(rows), ordering: .relaxed)
        textBytes.store(position, ordering: .relaxed)
    }

    package func add(stored bytes: Int64) {
        storeBytes.wrappingAdd(bytes, ordering: .relaxed)
    }
}
