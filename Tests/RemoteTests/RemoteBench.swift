import Foundation
import Model
import SQLite
import Settings
import TestSupport
import Testing

/// A shop behind a service, and all the states that it has had.
struct RemoteBench: Sendable {
    let path: String
    let double: RemoteDouble
    let states = RemoteStates()

    /// What one backup of the shop takes with nobody else there.
    struct Cost: Sendable {
        var statements = 0
        var requests = 0
    }

    static let orders = 160
    static let items = 240

    private static let script = """
        PRAGMA journal_mode = WAL;
        CREATE TABLE orders(id INTEGER PRIMARY KEY, customer TEXT NOT NULL, amount INTEGER, note);
        CREATE TABLE items(id INTEGER PRIMARY KEY, order_id REFERENCES orders(id), name TEXT);
        CREATE TABLE options(id INTEGER PRIMARY KEY, name TEXT UNIQUE, value);
        CREATE INDEX by_customer ON orders(customer);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(orders))
          INSERT INTO orders SELECT i, 'customer ' || i, i, x'00FF' FROM n;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(items))
          INSERT INTO items SELECT i, 1 + i % \(orders), 'item ' || i FROM n;
        INSERT INTO options(name, value) VALUES ('currency', 'EUR'), ('tax', 0.19);
        """

    /// Runs `body` with a shop of its own, as soon as there is room for a heavy test.
    /// - Parameter more: Further statements for the source.
    static func with(
        _ service: RemoteService, answerBytes: Int? = nil, more: String = "",
        _ body: (RemoteBench) async throws -> Void
    ) async throws {
        try await withTestSlot {
            try await withShop(service, answerBytes: answerBytes, more: more, body)
        }
    }

    private static func withShop(
        _ service: RemoteService, answerBytes: Int? = nil, more: String = "",
        _ body: (RemoteBench) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let source = path + "/source.db"
            let database = try Database(path: source, access: .create)
            try database.execute(script)
            if !more.isEmpty { try database.execute(more) }
            try await withRemoteDouble(service, database: source, answerBytes: answerBytes) { double in
                let bench = RemoteBench(path: path, double: double)
                try bench.states.note(database)
                try await body(bench)
            }
        }
    }

    /// Rows of a request at most: so few that a change may come between any two of many requests.
    private static let chunkRows = 20

    func backUp(rereads: Int = RemoteSettings.standardRereads) async throws -> RemoteRoundTrip {
        var settings = double.settings
        settings.rereads = rereads
        return try await RemoteRoundTrip.run(settings, in: path, chunkRows: Self.chunkRows)
    }

    /// What a backup of the shop takes, found out once for each service.
    func cost() async throws -> Cost { try await RemoteCosts.shared.cost(of: double.service) }

    fileprivate static func measure(_ service: RemoteService) async throws -> Cost {
        var cost = Cost()
        try await withShop(service) { bench in
            let trip = try await bench.backUp()
            #expect(try bench.states.lies(of: trip) == [])
            cost = Cost(statements: bench.double.statements.count, requests: bench.double.requests.count)
        }
        return cost
    }

    /// Makes a request of the next backup fail, after a share of all that it takes.
    func inject(_ fault: RemoteFault, after share: Double, of cost: Cost) {
        double.inject(fault, skipping: Int(Double(cost.requests) * share))
    }

    /// Has the next backup meet with something after a share of its statements.
    func after(
        _ share: Double, of cost: Cost, _ action: @escaping @Sendable (Database) throws -> Void
    ) {
        let number = double.statements.count + max(2, Int(Double(cost.statements) * share))
        let states = states
        double.before(statement: number) { database in
            try action(database)
            try states.note(database)
        }
    }

    /// No backup came of it.
    func refuses() async -> NightjarError? {
        let folder = "\(path)/\(UUID().uuidString)"
        let error = await #expect(throws: NightjarError.self) {
            _ = try await RemoteRoundTrip.backUp(double.settings, in: folder, chunkRows: Self.chunkRows)
        }
        let key = folder + "/store/shop/dump_20260315-023000.sql"
        #expect(!FileManager.default.fileExists(atPath: key), "nothing is in the store")
        let words = "\(error?.message ?? "") \(error?.hint ?? "") \(error.map { "\($0)" } ?? "")"
        #expect(!words.contains(double.token), "a secret stands in an error")
        return error
    }
}

/// What a backup takes, for all tests that ask.
private actor RemoteCosts {
    static let shared = RemoteCosts()

    private var tasks: [RemoteService: Task<RemoteBench.Cost, any Error>] = [:]

    func cost(of service: RemoteService) async throws -> RemoteBench.Cost {
        if let task = tasks[service] { return try await task.value }
        let task = Task { try await RemoteBench.measure(service) }
        tasks[service] = task
        return try await task.value
    }
}
