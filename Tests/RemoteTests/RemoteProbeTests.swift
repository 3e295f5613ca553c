import Model
import Pipeline
import Remote
import SQLite
import Settings
import TestSupport
import Testing

@Suite("What doctor asks of a service")
struct RemoteProbeTests {
    private func withService(
        _ service: RemoteService, _ body: (RemoteDouble) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let path = folder + "/source.db"
            let database = try Database(path: path, access: .create)
            try database.execute("CREATE TABLE orders(a); CREATE TABLE \"it\"\"ems\"(b); CREATE TABLE old_orders(c)")
            try await withRemoteDouble(service, database: path, body)
        }
    }

    private func probe(_ settings: RemoteSettings, exclude: [String] = []) async throws -> RemoteProbe {
        let cancellation = Cancellation()
        return try await DedicatedThread.run(cancellation: cancellation) {
            try RemoteProbe.probe(settings, exclude: exclude.map { Glob($0) }, cancellation: cancellation)
        }
    }

    @Test(
        "it tells of tables, of what is left out, and how consistent a backup can be",
        arguments: RemoteService.allCases)
    func good(service: RemoteService) async throws {
        try await withService(service) { double in
            let found = try await probe(double.settings, exclude: service.standardExclude + ["old_*"])
            #expect(found.refusals.isEmpty)
            #expect(abs(found.clockDifference) < 60)
            let words = found.description
            #expect(words.contains(" tables and "), "\(words)")
            #expect(words.contains("left out"), "\(words)")
            let reading = service == .libsql ? "one consistent state" : "no snapshot: read twice"
            #expect(words.contains(reading), "\(words)")
        }
    }

    @Test("a token that is refused is said without it", arguments: RemoteService.allCases)
    func token(service: RemoteService) async throws {
        try await withService(service) { double in
            var settings = double.settings
            settings.token = Secret("another-token")
            let error = await #expect(throws: NightjarError.self) { try await probe(settings) }
            #expect(error?.message.contains("refuses the token") == true)
            #expect(error?.message.contains("another-token") == false)
        }
    }

    @Test("nobody is kept waiting for as long as a service asks for")
    func throttled() async throws {
        try await withService(.d1) { double in
            double.inject(.throttled(retryAfter: "299"))
            let error = await #expect(throws: NightjarError.self) { try await probe(double.settings) }
            #expect(error?.code == .busy)
            #expect(error?.message.contains("asks not to be called for ") == true)
        }
    }

    @Test("a table that the service does not give is named, and why")
    func refusals() async throws {
        try await withService(.starbasedb) { double in
            // Dropped after the schema was read, before its first row is asked for.
            double.before({ $0.sql.contains("EXISTS(SELECT 1 FROM") }) { database in
                try database.execute("DROP TABLE orders")
            }
            let found = try await probe(double.settings, exclude: RemoteService.starbasedb.standardExclude)
            #expect(found.refusals.map { "\($0.table)" } == ["orders"])
            #expect(found.refusals.first?.reason.contains("no such table") == true)
        }
    }
}
