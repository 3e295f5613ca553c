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

    /// Runs `body` with a shop of its own.
    /// - Parameter more: Further statements for the source.
    static func with(
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

    func backUp(rereads: Int = RemoteSettings.standardRereads) async throws -> RemoteRoundTrip {
        var settings = double.settings
        settings.rereads = rereads
        return try await RemoteRoundTrip.run(settings, in: path, chunkRows: 20)
    }

    /// Backs up once with nobody else there, so that it is known how many statements that takes.
    func statementsOfOneBackup() async throws -> Int {
        let before = double.statements.count
        let trip = try await backUp()
        #expect(try states.lies(of: trip) == [])
        return double.statements.count - before
    }

    /// Has the next backup meet with something after a share of its statements.
    func after(
        _ share: Double, of statements: Int, _ action: @escaping @Sendable (Database) throws -> Void
    ) {
        let number = double.statements.count + max(2, Int(Double(statements) * share))
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
            _ = try await RemoteRoundTrip.backUp(double.settings, in: folder)
        }
        let key = folder + "/store/shop/dump_20260315-023000.sql"
        #expect(!FileManager.default.fileExists(atPath: key), "nothing is in the store")
        let words = "\(error?.message ?? "") \(error?.hint ?? "") \(error.map { "\($0)" } ?? "")"
        #expect(!words.contains(double.token), "a secret stands in an error")
        return error
    }
}
