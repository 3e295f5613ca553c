import Testing

@testable import Appliance

@Suite("Work that outlives its caller's cancellation", .timeLimit(.minutes(30)))
struct UncancelledTests {
    /// Longer than any test waits.
    private static let forever = Duration.seconds(86_400)

    @Test("goes on to its end where nothing keeps it")
    func ends() async throws {
        let work = Task {
            while !Task.isCancelled { await Task.yield() }
            let plain = try await Uncancelled.run { Task.isCancelled }
            let graced = try await Uncancelled.run(grace: Self.forever) { Task.isCancelled }
            let limited = try await Uncancelled.run(atMost: Self.forever) { Task.isCancelled }
            return [plain, graced, limited]
        }
        work.cancel()
        let cancelled = try await work.value
        #expect(cancelled == [false, false, false])
    }

    @Test("and is given up a while after a stop where a store does not answer")
    func grace() async throws {
        let work = Task {
            try await Uncancelled.run(grace: .milliseconds(1)) { try await Task.sleep(for: Self.forever) }
        }
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
    }

    @Test("or after its limit without one")
    func limit() async throws {
        await #expect(throws: CancellationError.self) {
            try await Uncancelled.run(atMost: .milliseconds(1)) { try await Task.sleep(for: Self.forever) }
        }
    }
}
