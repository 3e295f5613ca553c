import Catalog
import Foundation
import Model
import SQLite
import Settings
import TestSupport

@testable import Appliance

/// A folder with a configuration, a store, databases, and a daemon that a test starts and stops.
final class Site: Sendable {
    let path: String
    let clock: ManualClock
    let log = LogStream()

    var state: String { path + "/state" }
    var store: String { path + "/store" }
    var configurationPath: String { path + "/nightjar.yaml" }

    init(path: String, clock: ManualClock) {
        self.path = path
        self.clock = clock
    }

    /// - Parameter databases: Names, and further keys of their entries.
    func configure(_ databases: [(name: String, keys: [String])], top: [String] = []) throws {
        var lines = [
            "state_dir: \"\(state)\"", "scratch_dir: \"\(path)/scratch\"",
            "stores: {disk: {type: directory, path: \"\(store)\"}}", "databases:",
        ]
        for database in databases {
            lines.append("  \(database.name):")
            lines.append("    sqlite: \"\(path)/\(database.name).db\"")
            lines += database.keys.map { "    \($0)" }
        }
        try write((top + lines).joined(separator: "\n") + "\n")
    }

    func write(_ configuration: String) throws {
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: configurationPath))
    }

    func makeSource(_ name: String, rows: Int = 3) throws {
        let database = try Database(path: "\(path)/\(name).db", access: .create)
        try database.execute(
            """
            CREATE TABLE IF NOT EXISTS t(a); DELETE FROM t;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows)) INSERT INTO t SELECT i FROM n;
            """)
    }

    func appliance() throws -> Appliance {
        Appliance(try Configuration.load(path: configurationPath, environment: [:]))
    }

    func catalog() async throws -> Catalog {
        try await appliance().openCatalog { _ in }
    }

    /// Runs `body` beside a daemon, which is stopped afterwards.
    func withDaemon(_ body: (Daemon, Catalog) async throws -> Void) async throws {
        try await withDaemon(on: catalog(), body)
    }

    /// The same with a catalog that the test has opened; it is closed afterwards.
    func withDaemon(on catalog: Catalog, _ body: (Daemon, Catalog) async throws -> Void) async throws {
        let daemon = Daemon(
            configurationPath: configurationPath, environment: [:], appliance: try appliance(), catalog: catalog,
            clock: clock, manager: ServiceManager(environment: [:]), log: log.logger)
        let work = Task {
            do {
                try await daemon.run()
            } catch {
                log.daemonEnded(error)
            }
        }
        try await withEnding({
            work.cancel()
            await work.value
            await catalog.close()
        }) {
            try await log.wait(for: "started")
            try await body(daemon, catalog)
        }
    }

    /// Objects below the store, without who owns it.
    var manifests: [String] {
        let all = FileManager.default.enumerator(atPath: store)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".manifest.json") }.sorted()
    }
}

/// Runs `body` with a site whose clock stands at a minute past the hour that comes next: ids of backups are of the real
/// time, which has to be before.
func withSite(_ body: (Site) async throws -> Void) async throws {
    let clock = ManualClock(Timestamp(seconds: Int64(Date().timeIntervalSince1970) / 3600 * 3600 + 3660))
    try await withTemporaryDirectory { path in
        try await body(Site(path: path, clock: clock))
    }
}

extension Site {
    /// Waits until a run is under way.
    func waitForRun(in catalog: Catalog) async throws -> RunRecord {
        while true {
            if let run = try await catalog.activeRuns().first(where: { $0.state == .running }) { return run }
            await Task.yield()
        }
    }

    func waitForEnd(of run: Int64, in catalog: Catalog) async throws {
        while try await catalog.run(run)?.finishedAt == nil { await Task.yield() }
    }
}

extension Site {
    /// Waits until a daemon neither runs nor verifies anything.
    func waitForRest(of daemon: Daemon) async throws {
        while true {
            let runs = await daemon.running.count
            let verifications = await daemon.verificationTasks.count
            if runs + verifications == 0 { return }
            await Task.yield()
        }
    }
}
