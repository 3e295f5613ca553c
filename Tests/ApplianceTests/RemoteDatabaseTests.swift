import Catalog
import Dump
import Foundation
import Model
import Pipeline
import Remote
import SQLite
import Settings
import TestSupport
import Testing

@testable import Appliance

extension Site {
    /// One database, behind a double of StarbaseDB.
    fileprivate func configure(_ double: RemoteDouble, token: String? = nil, rereads: Int = 2) throws {
        try write(
            """
            state_dir: "\(state)"
            scratch_dir: "\(path)/scratch"
            stores: {disk: {type: directory, path: "\(store)"}}
            databases:
              shop:
                starbasedb: {url: "\(double.settings.url)", token: "\(token ?? double.token)", rereads: \(rereads)}
                breathing: {pause: 0s}

            """)
    }

    /// Two tables of three rows.
    fileprivate func makeRemoteSource() throws -> String {
        let database = try Database(path: "\(path)/remote.db", access: .create)
        for name in ["first", "second"] {
            try database.execute("CREATE TABLE \(name)(a); INSERT INTO \(name) VALUES (1), ('two'), (x'03')")
        }
        return "\(path)/remote.db"
    }

    fileprivate func backUp(
        _ catalog: Catalog, slot: Timestamp? = nil, goesOn: Bool = false
    ) async throws -> BackupRun.Outcome {
        let appliance = try appliance()
        let run = RecordedRun(
            appliance: appliance, catalog: catalog, database: try appliance.database("shop"), trigger: .schedule,
            slot: slot, goesOn: goesOn, handle: RunHandle())
        return try await withEnding({ await appliance.stores.shutdown() }) { try await run.run() }
    }
}

@Suite("Backups of a database behind an HTTP API", .timeLimit(.minutes(30)))
struct RemoteDatabaseTests {
    /// A folder with a double, its configuration and a catalog.
    private func withRemoteSite(
        token: String? = nil, rereads: Int = 2, _ body: (Site, RemoteDouble, Catalog) async throws -> Void
    ) async throws {
        try await withSite { site in
            let path = try site.makeRemoteSource()
            try await withRemoteDouble(.starbasedb, database: path) { double in
                try site.configure(double, token: token, rereads: rereads)
                let catalog = try await site.catalog()
                try await withEnding({ await catalog.close() }) { try await body(site, double, catalog) }
            }
        }
    }

    @Test("are proved as those of files are, and say what was left out")
    func backup() async throws {
        try await withRemoteSite { site, double, catalog in
            let outcome = try await site.backUp(catalog)
            #expect(outcome.state == .proved)
            let manifest = outcome.manifest
            // The service's own table, which is left out, has an AUTOINCREMENT: so there are sequences, of no other table.
            let rows = Dictionary(uniqueKeysWithValues: manifest.tables.map { ("\($0.name)", $0.rows) })
            #expect(rows == ["first": 3, "second": 3, "sqlite_sequence": 0])
            #expect(manifest.excluded.contains { "\($0.name)" == "tmp_query_log" })
            #expect(manifest.snapshot.method == .mirror)
            #expect(manifest.snapshot.consistency?.kind == .consistent)
            let runs = try await catalog.runs(of: "shop", limit: 1)
            let run = try #require(runs.first)
            let lines = try await catalog.log(of: run.id).map(\.text)
            let place = double.settings.shown
            #expect(lines.contains { $0.contains("backs up \(place) to the store disk") }, "\(lines)")
        }
    }

    @Test("go on where they were when the process ended in the middle of the reading")
    func goesOn() async throws {
        try await withRemoteSite { site, double, catalog in
            let (reached, continuation) = AsyncStream<Void>.makeStream()
            let mayGoOn = BoundedQueue<Bool>(capacity: 1)
            double.before({ $0.sql.contains("typeof") && $0.sql.contains("second") }) { _ in
                continuation.yield()
                _ = try mayGoOn.receive()
            }
            let slot = site.clock.now
            let work = Task {
                defer { continuation.finish() }
                _ = try await site.backUp(catalog, slot: slot)
            }
            for await _ in reached {
                work.cancel()
                mayGoOn.finish()
            }
            await #expect(throws: (any Error).self) { try await work.value }
            let folder = try site.appliance().runFolder(of: "shop")
            let left = try #require(folder.facts)
            #expect(FileManager.default.fileExists(atPath: "\(folder.path)/\(RunFiles.mirror)"))
            #expect(folder.isMovingOn(left))
            let isTakenUp = try folder.takeUp(left)
            let taken = try #require(folder.facts)
            #expect(isTakenUp)
            #expect(taken.standstills == 0)
            #expect(!folder.isMovingOn(taken))

            let outcome = try await site.backUp(catalog, slot: slot, goesOn: true)
            #expect(outcome.manifest.id == left.backup)
            #expect(outcome.state == .proved)
            #expect(!FileManager.default.fileExists(atPath: folder.path))
        }
    }

    @Test("that are not known to be of one moment are shown as that by the catalog, the status and the run's log")
    func shortfall() async throws {
        try await withRemoteSite(rereads: 0) { site, _, catalog in
            let outcome = try await site.backUp(catalog)
            #expect(outcome.state == .proved)
            let words = "read once, not checked"
            let backups = try await catalog.backups(of: "shop")
            #expect(backups.map(\.shortfall) == [words])
            let report = try await StatusReport.make(
                site.appliance().configuration, catalog, only: "shop", now: site.clock.now)
            #expect(report.databases.map(\.lastBackupShortfall) == [words])
            let runs = try await catalog.runs(of: "shop", limit: 1)
            let run = try #require(runs.first)
            let log = try await catalog.log(of: run.id)
            let line = try #require(log.first { $0.text.contains(words) })
            #expect(line.level == .warning)
            #expect(line.hint?.contains("NOT one state") == true)
        }
    }

    @Test("are looked into by doctor, which says what a service does not tell, and no token")
    func doctor() async throws {
        try await withRemoteSite { site, double, _ in
            let appliance = try site.appliance()
            let user = ServiceUser(name: "somebody", isAnother: false)
            let findings = try await withEnding({ await appliance.stores.shutdown() }) {
                try await Doctor(appliance: appliance, user: user).examine()
            }
            let about = findings.filter { $0.subject == "database shop" }
            #expect(about.first?.kind == .good)
            #expect(about.allSatisfy { $0.kind != .problem })
            #expect(about.first?.message.contains("no snapshot: read twice") == true)
            let space = try #require(findings.first { $0.subject == "scratch space" })
            #expect(space.message.contains("not counted: shop, whose size nobody tells"))
            #expect(!space.message.contains("the largest database"))
            #expect(!findings.contains { "\($0)".contains(double.token) })
        }
    }

    @Test("that are refused are no trouble of the store")
    func refused() async throws {
        try await withRemoteSite(token: "another-token") { site, _, catalog in
            let error = await #expect(throws: NightjarError.self) { try await site.backUp(catalog) }
            #expect(error?.message.contains("refuses the token") == true)
            #expect(error?.message.contains("another-token") == false)
            let trouble = try await catalog.storeTrouble(of: "disk")
            #expect(trouble == nil)
            #expect(site.manifests == [])
        }
    }
}
