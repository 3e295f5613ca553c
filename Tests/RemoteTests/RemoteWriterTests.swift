import Model
import SQLite
import Settings
import TestSupport
import Testing

@Suite("A backup of a remote source that is written to says what is proved of it", .timeLimit(.minutes(30)))
struct RemoteWriterTests {
    static let cloudflare: [RemoteService] = [.starbasedb, .d1]

    /// What a customer does to the shop; the number makes it another one each time.
    private static func transaction(_ number: Int, on database: Database) throws {
        let id = number * 37 % RemoteBench.orders + 1
        try database.execute(
            """
            BEGIN IMMEDIATE;
            UPDATE orders SET amount = amount + 1000, note = 'moved \(number)' WHERE id = \(id);
            DELETE FROM items WHERE id = \(number * 53 % RemoteBench.items + 1);
            INSERT INTO items(order_id, name) VALUES (\(id), 'late \(number)');
            COMMIT;
            """)
    }

    /// Writes at moments that a seed picks, and notes each state.
    private static func write(to bench: RemoteBench, seed: UInt64, oneIn: UInt64, until last: Int) {
        let states = bench.states
        let moment: @Sendable (RemoteDouble.Statement) -> Bool = { statement in
            var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(statement.number))
            return statement.number <= last && generator.next() % oneIn == 0
        }
        bench.double.before(moment, times: .max) { database in
            try transaction(states.all.count, on: database)
            try states.note(database)
        }
    }

    @Test("the truth, whenever somebody writes", arguments: RemoteWriterTests.cloudflare, Array(UInt64(1)...12))
    func truth(_ service: RemoteService, _ seed: UInt64) async throws {
        try await RemoteBench.with(service) { bench in
            let cost = try await bench.cost()
            let start = bench.double.statements.count
            // Some write all the time, some now and then, and some stop in the middle.
            let last = seed % 3 == 0 ? start + cost.statements / 2 : .max
            Self.write(to: bench, seed: seed, oneIn: [2, 5, 11, 23][Int(seed % 4)], until: last)
            let trip = try await bench.backUp(rereads: Int(seed % 4))
            #expect(bench.states.all.count > 1, "somebody wrote")
            #expect(try bench.states.lies(of: trip) == [])
        }
    }

    @Test("one state of libSQL, however much is written", arguments: Array(UInt64(1)...6))
    func libSQL(_ seed: UInt64) async throws {
        try await RemoteBench.with(.libsql) { bench in
            Self.write(to: bench, seed: seed, oneIn: 2, until: .max)
            let trip = try await bench.backUp()
            #expect(bench.states.all.count > 1, "somebody wrote")
            #expect(trip.manifest.snapshot.consistency == Consistency(.consistent, readings: 1))
            #expect(try bench.states.lies(of: trip) == [])
        }
    }

    @Test("consistent after two readings where nobody writes", arguments: RemoteWriterTests.cloudflare)
    func quiet(_ service: RemoteService) async throws {
        try await RemoteBench.with(service) { bench in
            let trip = try await bench.backUp()
            #expect(trip.manifest.snapshot.consistency == Consistency(.consistent, readings: 2))
        }
    }

    @Test("nothing where it is read once only", arguments: RemoteWriterTests.cloudflare)
    func unchecked(_ service: RemoteService) async throws {
        try await RemoteBench.with(service) { bench in
            Self.write(to: bench, seed: 1, oneIn: 3, until: .max)
            let trip = try await bench.backUp(rereads: 0)
            #expect(trip.manifest.snapshot.consistency == Consistency(.unchecked, readings: 1))
            #expect(!trip.manifest.snapshot.consistent)
            #expect(try bench.states.lies(of: trip) == [])
        }
    }

    @Test("which table changed whenever it was read", arguments: RemoteWriterTests.cloudflare)
    func restlessTable(_ service: RemoteService) async throws {
        try await RemoteBench.with(service) { bench in
            let states = bench.states
            bench.double.before({ _ in true }, times: .max) { database in
                try database.execute("UPDATE orders SET amount = amount + 1")
                try states.note(database)
            }
            let trip = try await bench.backUp()
            let consistency = try #require(trip.manifest.snapshot.consistency)
            #expect(consistency.kind == .changed)
            #expect(consistency.tables.map { $0.description } == ["orders"])
            #expect(consistency.words == "changed while read: orders")
            #expect(!trip.manifest.snapshot.consistent)
            #expect(try bench.states.lies(of: trip) == [])
        }
    }

    @Test(
        "consistent again after one change between the readings was read once more",
        arguments: RemoteWriterTests.cloudflare)
    func oneChange(_ service: RemoteService) async throws {
        try await RemoteBench.with(service) { bench in
            let cost = try await bench.cost()
            bench.after(0.5, of: cost) { try Self.transaction(1, on: $0) }
            let trip = try await bench.backUp(rereads: 5)
            let consistency = try #require(trip.manifest.snapshot.consistency)
            #expect([.consistent, .eachTable].contains(consistency.kind), "\(consistency.words)")
            #expect(try bench.states.lies(of: trip) == [])
        }
    }

    @Test(
        "that rows from different moments are not put together against the schema",
        arguments: RemoteWriterTests.cloudflare)
    func uniqueAcrossMoments(_ service: RemoteService) async throws {
        let tables = """
            CREATE TABLE places(id INTEGER PRIMARY KEY, seat TEXT NOT NULL UNIQUE);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
              INSERT INTO places SELECT i, 'seat ' || i FROM n;
            """
        try await RemoteBench.with(service, more: tables) { bench in
            let states = bench.states
            // Seats wander from the rows that are read to those that are not yet, and back.
            bench.double.before({ $0.number < 300 && $0.number % 2 == 0 }, times: .max) { database in
                try database.execute(
                    """
                    BEGIN IMMEDIATE; UPDATE places SET seat = 'moving ' || id;
                    UPDATE places SET seat = 'seat ' || ((id * 7 + \(states.all.count * 30)) % 101); COMMIT;
                    """)
                try states.note(database)
            }
            do {
                let trip = try await bench.backUp()
                #expect(try states.lies(of: trip) == [])
            } catch let error as NightjarError {
                #expect(error.isTransient, "\(error)")
            }
        }
    }
}
