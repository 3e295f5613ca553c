import Appliance
import Catalog
import Dump
import Foundation
import Model
import SQLite
import Settings
import TestSupport
import Testing

@Suite("Retention deletes what no rule keeps, and nothing that a person should look at first", .timeLimit(.minutes(30)))
struct RetentionRunTests {
    private func backUp(_ site: Site, _ catalog: Catalog) async throws -> BackupRun.Outcome {
        let appliance = try site.appliance()
        return try await appliance.backUp(catalog)
    }

    private func retention(_ site: Site, _ catalog: Catalog) throws -> RetentionRun {
        let appliance = try site.appliance()
        return RetentionRun(
            appliance: appliance, catalog: catalog, database: try appliance.database("shop"), store: "disk")
    }

    @Test("what goes is gone from the store with everything that belongs to it")
    func deletes() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["retention: {keep_last: 1}"])])
            let catalog = try await site.catalog()
            let first = try await backUp(site, catalog).manifest.id
            let second = try await backUp(site, catalog).manifest.id
            let plan = try await retention(site, catalog).plan()
            #expect(plan.decisions.map(\.action) == [.keep, .delete])
            #expect(site.manifests.count == 2, "a plan deletes nothing")
            let outcome = try await retention(site, catalog).run()
            #expect(outcome.deleted.map(\.description) == [first])
            let left = FileManager.default.enumerator(atPath: site.store)?.compactMap { $0 as? String } ?? []
            #expect(left.filter { $0.contains(first) } == [])
            #expect(left.contains { $0.contains(second) && $0.hasSuffix(".sql.zst") })
            #expect(try await catalog.backups(of: "shop").map(\.id.description) == [second])
            let again = try await retention(site, catalog).run()
            #expect(again.deleted.isEmpty)
            await catalog.close()
        }
    }

    @Test("a found difference freezes deletion until a person accepts")
    func freezes() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["retention: {keep_last: 1}"])])
            let catalog = try await site.catalog()
            let first = try await backUp(site, catalog)
            _ = try await backUp(site, catalog)
            var report = try #require(first.decisive.verification)
            report.outcome = .different
            report.differences = [.init("a byte differs")]
            try await catalog.note(report, store: "disk", key: nil)
            let frozen = try await retention(site, catalog).run()
            #expect(frozen.deleted.isEmpty)
            #expect(site.manifests.count == 2)
            let configuration = try site.appliance().configuration
            let status = try await StatusReport.make(configuration, catalog, now: .now)
            #expect(status.databases.first?.state == .frozen)
            try await catalog.accept("shop", baseline: nil, at: .now)
            #expect(try await catalog.database(named: "shop")?.frozen == nil)
            await catalog.close()
        }
    }

    @Test("a database that lost most of its rows freezes deletion")
    func shrinks() async throws {
        try await withSite { site in
            try site.makeSource("shop", rows: 5000)
            try site.configure([("shop", ["retention: {keep_last: 1}", "alarm: {shrink: 50%}"])])
            let catalog = try await site.catalog()
            _ = try await backUp(site, catalog)
            #expect(try await catalog.database(named: "shop")?.frozen == nil)
            try site.makeSource("shop", rows: 10)
            _ = try await backUp(site, catalog)
            #expect(try await catalog.database(named: "shop")?.frozen?.kind == .shrink)
            #expect(try await catalog.alarms(of: "shop").map(\.kind) == [.shrink])
            let kinds = try await catalog.events(of: "shop", limit: 3).map(\.kind)
            #expect(
                kinds == [.backupShrunk, .backupCompleted, .retentionFrozen], "newest first: the last says to look")
            let outcome = try await retention(site, catalog).run()
            #expect(outcome.deleted.isEmpty)
            #expect(outcome.plan.decisions.contains { $0.wouldDelete })
            await catalog.close()
        }
    }

    @Test("a lost catalog comes back from the store, frozen")
    func rebuilds() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["retention: {keep_last: 1}"])])
            let catalog = try await site.catalog()
            _ = try await backUp(site, catalog)
            _ = try await backUp(site, catalog)
            let before = try await catalog.backups(of: "shop")
            await catalog.close()
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: site.state + "/catalog.db" + suffix)
            }
            let new = try await site.catalog()
            #expect(try await new.backups(of: "shop").isEmpty)
            let outcome = try await CatalogRebuild(appliance: try site.appliance(), catalog: new).run()
            #expect(outcome.backups == 2)
            #expect(outcome.frozen == ["shop"])
            let after = try await new.backups(of: "shop")
            #expect(after.map(\.id) == before.map(\.id))
            #expect(after.map(\.proof) == [.proved, .proved])
            #expect(after.map(\.rows) == before.map(\.rows))
            #expect(try await retention(site, new).run().deleted.isEmpty)
            try await new.accept("shop", baseline: nil, at: .now)
            #expect(try await retention(site, new).run().deleted.count == 1)
            let again = try await CatalogRebuild(appliance: try site.appliance(), catalog: new).run()
            #expect(again.frozen == [], "what is known already freezes nothing")
            await new.close()
        }
    }

    @Test("two runs of one database at once: the second is told which one runs")
    func inProgress() async throws {
        try await withSite { site in
            try site.makeSource("shop", rows: 20_000)
            let slow = "breathing: {work: 10ms, pause: 10s}"
            try site.configure([("shop", [slow, "chunk_rows: 10"])])
            let catalog = try await site.catalog()
            // A run makes its folder when it is in the catalog.
            let watch = try FolderWatch(site.path)
            let first = Task { try await backUp(site, catalog) }
            try await watch.wait(until: "the run has begun") {
                FileManager.default.fileExists(atPath: site.path + "/scratch")
            }
            let active = try await catalog.activeRuns().first
            let error = await #expect(throws: RunInProgress.self) { try await backUp(site, catalog) }
            #expect(error?.run.id == active?.id)
            #expect(error?.code == .busy)
            first.cancel()
            _ = await first.result
            #expect(try await catalog.runs(of: "shop", limit: 5).map(\.state) == [.cancelled])
            await catalog.close()
        }
    }
}
