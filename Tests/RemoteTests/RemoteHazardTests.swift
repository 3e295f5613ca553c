import Model
import SQLite
import Settings
import TestSupport
import Testing

/// A hazard of files, behind a service.
struct RemoteHazard: Sendable, CustomTestStringConvertible {
    let service: RemoteService
    let hazard: Hazard

    var testDescription: String { "\(service.title): \(hazard)" }

    /// What a file may hold and no service can: SQLite refuses such values, and only who writes its schema by hand gets
    /// them in.
    static let madeByHand: Set<String> = [
        "NULL in a NOT NULL column, made behind SQLite's back",
        "NULLs in a UNIQUE column that was made NOT NULL",
        "NULL in generated columns that were made NOT NULL",
        "a comment between NOT NULL and GENERATED, and rows that violate it",
        "values at odds with a column's type, made behind SQLite's back",
    ]

    /// Why it is not tried with the service, most often because that cannot hold it; nil where it is.
    private var reason: String? {
        if hazard.needsApplication { return "a service has neither functions nor collations of an application's" }
        if Hazard.unseenByClients.contains(hazard.name) { return "nothing of it shows at the other end" }
        if service != .starbasedb, Hazard.large.contains(hazard.name) {
            return "it is read as StarbaseDB is, row for row"
        }
        if hazard.name == "names that are not UTF-8" { return "no request in JSON can name them" }
        if Self.madeByHand.contains(hazard.name) { return "nobody can get such values into it" }
        if service != .libsql, hazard.name.contains("UTF-16") { return "Cloudflare's databases are UTF-8" }
        return nil
    }

    static let all: [RemoteHazard] = RemoteService.allCases.flatMap { service in
        Hazard.all.map { RemoteHazard(service: service, hazard: $0) }
    }

    static let held: [RemoteHazard] = all.filter { $0.reason == nil }
    static let impossible: [RemoteHazard] = all.filter { madeByHand.contains($0.hazard.name) }

    var chunkRows: Int {
        let key = "chunk_rows: "
        return hazard.settings.first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) } ?? 500
    }

    /// Makes the database behind the service.
    /// - Returns: The connection of a writer that has to stay open.
    func make(at path: String) throws -> Database? {
        let writer = try hazard.make(at: path)
        if service != .libsql {
            // Cloudflare refuses the PRAGMAs that set them, and those that tell.
            let database = try Database(path: path, access: .readWrite)
            try database.execute("PRAGMA user_version = 0; PRAGMA application_id = 0")
        }
        return writer
    }

    /// Takes the service's own tables away, which no backup holds.
    func clean(_ path: String) throws {
        guard service == .starbasedb else { return }
        try Database(path: path, access: .readWrite).execute("DROP TABLE tmp_query_log")
    }
}

@Suite("A backup of a remote source that is restored is the database behind the service", .timeLimit(.minutes(60)))
struct RemoteHazardTests {
    @Test("and comes back the same, bit for bit", arguments: RemoteHazard.held)
    func roundTrip(_ subject: RemoteHazard) async throws {
        try await withSlot { path in
            let source = path + "/source.db"
            let writer = try subject.make(at: source)
            defer { withExtendedLifetime(writer) {} }
            let trip = try await withRemoteDouble(subject.service, database: source) { double in
                try await RemoteRoundTrip.run(double.settings, in: path, chunkRows: subject.chunkRows)
            }
            try subject.clean(source)
            let differences = try subject.hazard.comparison(.dump).differences(between: source, and: trip.path)
            #expect(differences == [], "\(subject.testDescription)")
            let consistency = try #require(trip.manifest.snapshot.consistency)
            #expect(consistency.kind == .consistent, "nobody has written: \(consistency.words)")
            #expect(consistency.tables == [])
            #expect(trip.manifest.snapshot.method == .mirror)
            #expect(trip.manifest.snapshot.consistent)
            #expect(trip.manifest.tables.reduce(0) { $0 + $1.changedRows } == Int64(subject.hazard.changedRows))
            if subject.service != .d1 {
                let sizes = try [source, trip.path].map { path in
                    try Database(path: path, access: .readWrite).integer("PRAGMA page_size")
                }
                #expect(sizes[0] == sizes[1], "the service tells its page size")
            }
        }
    }

    @Test("or there is no backup, where the database holds what SQLite refuses", arguments: RemoteHazard.impossible)
    func neverWrong(_ subject: RemoteHazard) async throws {
        try await withSlot { path in
            let source = path + "/source.db"
            _ = try subject.make(at: source)
            let trip: RemoteRoundTrip
            do {
                trip = try await withRemoteDouble(subject.service, database: source) { double in
                    try await RemoteRoundTrip.run(double.settings, in: path, chunkRows: subject.chunkRows)
                }
            } catch let error as NightjarError {
                #expect(!error.message.isEmpty)
                return
            }
            try subject.clean(source)
            let differences = try subject.hazard.comparison(.dump).differences(between: source, and: trip.path)
            #expect(differences == [], "\(subject.testDescription)")
            if subject.hazard.changedRows > 0 {
                #expect(!trip.manifest.notes.isEmpty, "values that cannot be carried are said")
            }
        }
    }

    @Test("or it is said plainly that names are not UTF-8", arguments: RemoteService.allCases)
    func namesThatCannotBeSent(_ service: RemoteService) async throws {
        let hazard = try #require(Hazard.all.first { $0.name == "names that are not UTF-8" })
        try await withSlot { path in
            let source = path + "/source.db"
            _ = try hazard.make(at: source)
            let error = await #expect(throws: NightjarError.self) {
                _ = try await withRemoteDouble(service, database: source) { double in
                    try await RemoteRoundTrip.run(double.settings, in: path)
                }
            }
            #expect(error?.message.contains("UTF-8") == true, "\(String(describing: error))")
            #expect(error?.isTransient == false, "trying again does not help")
        }
    }

    @Test("without Cloudflare's own tables, which are named as left out", arguments: [RemoteService.starbasedb, .d1])
    func ownTables(_ service: RemoteService) async throws {
        try await withSlot { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(
                """
                CREATE TABLE orders(id INTEGER PRIMARY KEY AUTOINCREMENT, amount);
                INSERT INTO orders(amount) VALUES (5);
                CREATE TABLE _cf_KV(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
                INSERT INTO _cf_KV VALUES ('a', x'');
                CREATE TABLE _cf_METADATA(key INTEGER PRIMARY KEY, value);
                CREATE TABLE tmp_cache(id INTEGER PRIMARY KEY AUTOINCREMENT, query);
                """)
            let trip = try await withRemoteDouble(service, database: database.path) { double in
                try await RemoteRoundTrip.run(double.settings, in: path)
            }
            let excluded = Set(trip.manifest.excluded.map { $0.name.description })
            let kept = Set(trip.manifest.tables.map { $0.name.description }.filter { $0 != "sqlite_sequence" })
            if service == .starbasedb {
                #expect(excluded == ["_cf_KV", "_cf_METADATA", "tmp_cache", "tmp_query_log"])
                #expect(kept == ["orders"])
            } else {
                #expect(excluded == ["_cf_KV", "_cf_METADATA"])
                #expect(kept == ["orders", "tmp_cache"])
            }
            let restored = try Database(path: trip.path, access: .readOnly)
            let sequences = try restored.rows("SELECT name, seq FROM sqlite_sequence WHERE name NOT GLOB 'tmp_*'")
            #expect(sequences == [[.text("orders"), .integer(1)]])
            let consistency = try #require(trip.manifest.snapshot.consistency)
            #expect(consistency.kind == .consistent, "the service's log is no change: \(consistency.words)")
        }
    }

    @Test("and most hazards are held by each service")
    func hazardsAreMany() {
        for service in RemoteService.allCases {
            #expect(RemoteHazard.held.count(where: { $0.service == service }) >= 60)
        }
    }

    /// Runs `body` with a folder of its own, as soon as there is room for a heavy test.
    private func withSlot(_ body: (String) async throws -> Void) async throws {
        try await withTestSlot {
            try await withTemporaryDirectory { path in try await body(path) }
        }
    }
}
