import Model
import Settings
import Synchronization
import Testing

@testable import Appliance

@Suite("Forecasts of retention are kept as long as they hold") struct ForecastCacheTests {
    /// How often a forecast was made.
    private final class Count: Sendable {
        private let number = Mutex(0)

        var value: Int { number.withLock { $0 } }

        func add() { number.withLock { $0 += 1 } }
    }

    private static let begin = Timestamp(seconds: 1_773_576_000)

    private static func basis(
        _ name: String = "shop", keepLast: Int = 2, state: RetentionCandidate.State = .verified, next: Int64 = 86_400
    ) throws -> ForecastBasis {
        let candidates = (Int64(0)..<3).map { day in
            RetentionCandidate(id: BackupID(time: Timestamp(seconds: begin.seconds - day * 86_400)), state: state)
        }
        return ForecastBasis(
            database: DatabaseSettings(
                name: name, source: .sqlite(path: "/\(name).db"), storeNames: ["disk"],
                schedule: try Schedule(parsing: "@daily"), retention: RetentionPolicy(keepLast: keepLast)),
            store: "disk", policy: RetentionPolicy(keepLast: keepLast), candidates: candidates, asksForProof: true,
            next: Timestamp(seconds: begin.seconds + next))
    }

    private static func withCache(limit: Int = 1000, _ body: (ForecastCache, Count) async throws -> Void) async throws {
        let count = Count()
        let cache = ForecastCache(limit: limit) { basis in
            count.add()
            return basis.forecast()
        }
        try await body(cache, count)
    }

    @Test("the same page makes none anew, and shows the same")
    func same() async throws {
        try await Self.withCache { cache, count in
            let basis = try Self.basis()
            let first = await cache.forecast(of: basis)
            #expect(first?.backup == basis.candidates.last?.id)
            for _ in 1...3 {
                let again = await cache.forecast(of: try Self.basis())
                #expect(again == first)
            }
            #expect(count.value == 1)
            // That nothing goes is an answer as well.
            let kept = try Self.basis(keepLast: 100_000)
            for _ in 1...2 {
                let none = await cache.forecast(of: kept)
                #expect(none == nil)
            }
            #expect(count.value == 2)
        }
    }

    @Test("another policy, a proof and the next run of the schedule each make it anew")
    func changes() async throws {
        try await Self.withCache { cache, count in
            let all = [
                try Self.basis(), try Self.basis(keepLast: 3), try Self.basis(keepLast: 3, state: .unproved),
                try Self.basis(keepLast: 3, state: .unproved, next: 2 * 86_400),
            ]
            for basis in all {
                let kept = await cache.forecast(of: basis)
                #expect(kept == basis.forecast())
            }
            #expect(count.value == all.count)
        }
    }

    @Test("no more databases are kept than the limit")
    func bounded() async throws {
        try await Self.withCache(limit: 2) { cache, count in
            for name in ["a", "b", "a", "b"] { _ = await cache.forecast(of: try Self.basis(name)) }
            #expect(count.value == 2)
            for name in ["c", "a"] { _ = await cache.forecast(of: try Self.basis(name)) }
            #expect(count.value == 4, "the others made room for the third")
        }
    }
}
