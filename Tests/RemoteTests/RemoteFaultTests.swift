import Model
import SQLite
import Settings
import TestSupport
import Testing

@Suite("Whatever happens to a remote source, there is a right backup or a clear error", .timeLimit(.minutes(30)))
struct RemoteFaultTests {
    static let shares = [0.1, 0.3, 0.5, 0.7, 0.9]

    @Test("a token that is revoked in the middle", arguments: RemoteService.allCases, RemoteFaultTests.shares)
    func revokedToken(_ service: RemoteService, _ share: Double) async throws {
        try await RemoteBench.with(service) { bench in
            let cost = try await bench.cost()
            bench.inject(.revokeToken, after: share, of: cost)
            let error = await bench.refuses()
            #expect(bench.double.faultsLeft == 0, "the token was revoked")
            #expect(error?.code == .unreachable)
            #expect(error?.isTransient == false, "trying again does not help")
            #expect("\(error?.message ?? "") \(error?.hint ?? "")".contains("token"))
        }
    }

    @Test("a table that is dropped in the middle", arguments: RemoteService.allCases, RemoteFaultTests.shares)
    func droppedTable(_ service: RemoteService, _ share: Double) async throws {
        try await change(service, share) { try $0.execute("DROP TABLE items") }
    }

    @Test("a table that is added in the middle", arguments: RemoteService.allCases, RemoteFaultTests.shares)
    func addedTable(_ service: RemoteService, _ share: Double) async throws {
        try await change(service, share) { database in
            try database.execute(
                "CREATE TABLE returns(id INTEGER PRIMARY KEY, why); INSERT INTO returns VALUES (1, 'broken')")
        }
    }

    @Test(
        "tables that get a column and new names in the middle",
        arguments: RemoteService.allCases, RemoteFaultTests.shares)
    func alteredTable(_ service: RemoteService, _ share: Double) async throws {
        try await change(service, share) { database in
            try database.execute(
                """
                ALTER TABLE orders ADD COLUMN paid INTEGER DEFAULT 7; ALTER TABLE items RENAME COLUMN name TO title;
                ALTER TABLE options RENAME TO preferences;
                """)
        }
    }

    @Test(
        "a table that is made anew with other rows in the middle",
        arguments: RemoteService.allCases, RemoteFaultTests.shares)
    func replacedTable(_ service: RemoteService, _ share: Double) async throws {
        try await change(service, share) { database in
            try database.execute(
                """
                BEGIN; DROP TABLE items; CREATE TABLE items(id INTEGER PRIMARY KEY, order_id INTEGER, name TEXT);
                INSERT INTO items SELECT id * 2, id, 'new ' || id FROM orders; COMMIT
                """)
        }
    }

    /// One change of the schema costs no backup.
    private func change(
        _ service: RemoteService, _ share: Double, _ action: @escaping @Sendable (Database) throws -> Void
    ) async throws {
        try await RemoteBench.with(service) { bench in
            let cost = try await bench.cost()
            bench.after(share, of: cost, action)
            let trip = try await bench.backUp()
            #expect(bench.states.all.count == 2, "the change was made")
            #expect(try bench.states.lies(of: trip) == [])
        }
    }

    @Test("a schema that changes without end", arguments: [RemoteService.starbasedb, .d1])
    func restlessSchema(_ service: RemoteService) async throws {
        try await RemoteBench.with(service) { bench in
            bench.double.before({ $0.number % 10 == 0 }, times: .max) { database in
                let count = try database.integer("SELECT count(*) FROM sqlite_schema") ?? 0
                try database.execute("CREATE TABLE more\(count)(a)")
            }
            let error = await bench.refuses()
            #expect(error?.isTransient == true, "later it may be quiet")
        }
    }

    @Test("a stream of libSQL that expires in the middle", arguments: RemoteFaultTests.shares)
    func expiredStream(_ share: Double) async throws {
        try await RemoteBench.with(.libsql) { bench in
            let cost = try await bench.cost()
            bench.inject(.expireStreams, after: share, of: cost)
            bench.after(share, of: cost) { try $0.execute("UPDATE orders SET amount = -1; DELETE FROM items") }
            let trip = try await bench.backUp()
            #expect(try bench.states.lies(of: trip) == [])
            #expect(trip.manifest.snapshot.consistency?.kind == .consistent)
        }
    }

    @Test("a transaction of libSQL that ends in the middle, unnoticed", arguments: RemoteFaultTests.shares)
    func endedTransaction(_ share: Double) async throws {
        try await RemoteBench.with(.libsql) { bench in
            let cost = try await bench.cost()
            bench.inject(.endTransactions, after: share, of: cost)
            // What is read before and after it does not fit together, though there are as many rows.
            bench.after(share, of: cost) { database in
                try database.execute("UPDATE orders SET amount = -1; UPDATE items SET name = 'late'")
            }
            let trip = try await bench.backUp()
            #expect(bench.double.faultsLeft == 0, "the transaction was ended")
            #expect(try bench.states.lies(of: trip) == [])
            #expect(trip.manifest.snapshot.consistency?.kind == .consistent)
        }
    }

    @Test("streams of libSQL that expire without end")
    func expiredStreams() async throws {
        try await RemoteBench.with(.libsql) { bench in
            bench.double.inject(.expireStreams, skipping: 4, times: .max)
            let error = await bench.refuses()
            #expect(error?.isTransient == true)
        }
    }

    @Test(
        "a request that fails once, of whatever kind",
        arguments: RemoteService.allCases,
        [
            RemoteFault.throttled(retryAfter: "1"), .throttled(retryAfter: nil), .status(503, body: "<p>busy</p>"),
            .status(502, body: ""), .dropped, .answerLost, .halfAnswer, .slow(bytesPerChunk: 64), .locked, .tooSlow,
        ])
    func oneFault(_ service: RemoteService, _ fault: RemoteFault) async throws {
        try await RemoteBench.with(service) { bench in
            let cost = try await bench.cost()
            // Where rows are read; the second one meets with a later request, as the first makes more of them.
            bench.inject(fault, after: 0.5, of: cost)
            bench.inject(fault, after: 0.66, of: cost)
            let trip = try await bench.backUp()
            #expect(bench.double.faultsLeft == 0, "both requests failed")
            #expect(try bench.states.lies(of: trip) == [])
            #expect(trip.manifest.snapshot.consistency?.kind == .consistent)
        }
    }

    @Test("rows larger than an answer may be", arguments: RemoteService.allCases)
    func largeRows(_ service: RemoteService) async throws {
        let rows = """
            CREATE TABLE large(id INTEGER PRIMARY KEY, a TEXT, b BLOB, c REAL);
            INSERT INTO large VALUES (1, printf('%.*c', 90000, 'x'), randomblob(70000), 0.1), (2, 's', NULL, -1e300),
              (3, replace(printf('%.*c', 20000, 'x'), 'x', 'é😀'), x'', 9e999), (4, NULL, randomblob(40000), 5),
              (9223372036854775807, CAST(randomblob(50000) AS TEXT), zeroblob(60000), NULL);
            CREATE TABLE keyed(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
            INSERT INTO keyed SELECT 'key ' || id, b FROM large;
            """
        try await RemoteBench.with(service, answerBytes: 30_000, more: rows) { bench in
            let trip = try await bench.backUp()
            #expect(trip.manifest.snapshot.consistency?.kind == .consistent)
            let source = try Database(path: bench.path + "/source.db", access: .readOnly)
            let restored = try Database(path: trip.path, access: .readOnly)
            for table in ["large", "keyed", "orders"] {
                let query = "SELECT * FROM \(table) ORDER BY 1"
                let same = try source.rows(query) == restored.rows(query)
                #expect(same, "\(table)")
            }
        }
    }

    @Test("a large row that is written to while its pieces are read", arguments: [RemoteService.starbasedb, .d1])
    func tornRow(_ service: RemoteService) async throws {
        let rows = """
            CREATE TABLE large(id INTEGER PRIMARY KEY, a TEXT);
            INSERT INTO large VALUES (1, printf('%.*c', 100000, 'a')), (2, printf('%.*c', 100000, 'a'));
            """
        try await RemoteBench.with(service, answerBytes: 30_000, more: rows) { bench in
            let states = bench.states
            // Every third request finds another letter, of the same length: a mixture would show.
            bench.double.before({ $0.number % 3 == 0 && $0.number < 400 }, times: .max) { database in
                try database.execute("UPDATE large SET a = replace(a, substr(a, 1, 1), char(unicode(a) % 26 + 97))")
                try states.note(database)
            }
            do {
                let trip = try await bench.backUp()
                let restored = try Database(path: trip.path, access: .readOnly)
                let pure = "SELECT count(*) FROM large WHERE length(replace(a, substr(a, 1, 1), '')) = 0"
                #expect(try restored.integer(pure) == 2, "a value is from one moment, whatever else is not")
                #expect(try states.lies(of: trip) == [])
            } catch let error as NightjarError {
                #expect(error.isTransient, "\(error)")
            }
        }
    }

    /// Cloudflare's databases hold none of more than 2 MB.
    @Test("a row over 32 MiB")
    func hugeRow() async throws {
        let rows = "CREATE TABLE huge(id INTEGER PRIMARY KEY, b); INSERT INTO huge VALUES (7, randomblob(33 << 20));"
        try await RemoteBench.with(.libsql, more: rows) { bench in
            let trip = try await bench.backUp()
            let source = try Database(path: bench.path + "/source.db", access: .readOnly)
            let restored = try Database(path: trip.path, access: .readOnly)
            let same = try source.rows("SELECT * FROM huge") == restored.rows("SELECT * FROM huge")
            #expect(same)
        }
    }
}
