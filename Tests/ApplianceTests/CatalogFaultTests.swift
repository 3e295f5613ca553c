import Catalog
import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Appliance

@Suite("A catalog that is lost comes back from the store, and no backup is lost with it", .timeLimit(.minutes(30)))
struct CatalogFaultTests {
    private static let frozen = "nothing is deleted until: nightjar accept shop"
    private static let keys = ["schedule: every 1h", "timezone: UTC", "alarm: {overdue: off}"]

    /// What people do to files.
    enum Loss: String, Sendable, CaseIterable {
        case deleted, deletedWithoutItsLog, movedAway

        func happen(to site: Site) {
            let path = site.state + "/catalog.db"
            switch self {
            case .deleted: for suffix in ["", "-wal", "-shm"] { _ = unlink(path + suffix) }
            case .deletedWithoutItsLog: _ = unlink(path)
            case .movedAway: _ = rename(path, path + ".old")
            }
        }
    }

    enum Damage: String, Sendable, CaseIterable {
        case middle, header, cut

        /// - Returns: What the file holds now; nobody may have it open.
        func apply(to path: String) throws -> Data {
            var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            try #require(bytes.count > 16_384)
            let middle = bytes.count / 2 / 4096 * 4096
            switch self {
            case .middle: for place in middle..<middle + 8192 { bytes[place] = 0xA5 }
            case .header: for place in 0..<100 { bytes[place] = 0xA5 }
            case .cut: bytes.removeLast(bytes.count / 2)
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return Data(bytes)
        }
    }

    // MARK: Lost

    @Test(
        "deleted while the daemon works: it ends and says so, and the next one brings all back",
        arguments: Loss.allCases)
    func lostAtWork(loss: Loss) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            var before: [BackupRecord] = []
            try await site.serve { catalog in
                before = try await Self.backUpTwice(site, catalog)
                loss.happen(to: site)
                site.clock.advance(seconds: 60)
                let end = try await site.log.wait(for: "the daemon has ended")
                #expect(end.contains("catalog.db was deleted or replaced while the daemon worked"), "\(end)")
                #expect(end.contains("comes back from the stores at the next start"), "\(end)")
            }
            try await Self.checkReturn(site, of: before)
        }
    }

    @Test("deleted between two daemons: the next one brings all back", arguments: [Loss.deleted, .movedAway])
    func lostBetween(loss: Loss) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            var before: [BackupRecord] = []
            try await site.serve { catalog in before = try await Self.backUpTwice(site, catalog) }
            loss.happen(to: site)
            try await Self.checkReturn(site, of: before)
        }
    }

    @Test("deleted with a run that was interrupted: it is gone on with, and is one backup", arguments: [true, false])
    func lostWithRun(isAtWork: Bool) async throws {
        let keys = Self.keys + ["chunk_rows: 10"]
        try await withSite { site in
            try site.makeSource("shop", rows: 50_000)
            try site.configure([("shop", keys)])
            try await site.serve { _ in
                site.clock.advance(seconds: 59 * 60)
                let first = try await site.log.nextEnd()
                #expect(first.contains("Proved"), "\(first)")
            }
            let slot = Timestamp(seconds: site.clock.now.seconds + 3600)
            try site.configure([("shop", keys + ["breathing: {work: 10ms, pause: 10s}"])])
            try await site.serve { _ in
                site.clock.set(slot)
                try await site.waitForSnapshot(of: "shop")
                guard isAtWork else { return }
                Loss.deleted.happen(to: site)
                site.clock.advance(seconds: 60)
                try await site.log.wait(for: "the daemon has ended")
            }
            if !isAtWork { Loss.deleted.happen(to: site) }
            let left = try #require(try site.appliance().runFolder(of: "shop").facts)
            #expect(left.slot == slot)

            try site.configure([("shop", keys)])
            try await site.serve { catalog in
                #expect(site.log.all.contains { $0.contains("going on with a backup") })
                let end = try await site.log.nextEnd()
                #expect(end.contains("Proved: 1 table, 50,000 rows"), "\(end)")
                #expect(end.contains("backup=\(left.backup)"), "\(end)")
                try await site.log.waitOnce(for: Self.frozen)
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.state) == [.completed])
                #expect(runs.map(\.slot) == [slot])
                let backups = try await catalog.backups(of: "shop")
                #expect(backups.map(\.proof) == [.proved, .proved])
                #expect(backups.first?.id.description == left.backup)
            }
            #expect(site.manifests.count == 2)
            let scratch = try FileManager.default.contentsOfDirectory(atPath: site.scratch)
            #expect(scratch == [])
        }
    }

    @Test("what a run brings in while the catalog is rebuilt stays in it")
    func recordedDuringRebuild() async throws {
        let keys = Self.keys + ["chunk_rows: 10"]
        try await withR2Double { double in
            try await withSite { site in
                try site.makeSource("shop", rows: 50_000)
                try site.configure(double, storeKeys: [], [("shop", keys)])
                try await site.serve { _ in
                    site.clock.advance(seconds: 59 * 60)
                    let first = try await site.log.nextEnd()
                    #expect(first.contains("Proved"), "\(first)")
                }
                let slow = keys + ["breathing: {work: 10ms, pause: 10s}"]
                try site.configure(double, storeKeys: [], [("shop", slow)])
                try await site.serve { _ in
                    site.clock.advance(seconds: 3600)
                    try await site.waitForSnapshot(of: "shop")
                }
                Loss.deleted.happen(to: site)
                let left = try #require(try site.appliance().runFolder(of: "shop").facts)
                // Ids are whole seconds: what is rebuilt from here on begins after the run did.
                _ = try await StateDirectory(path: site.state).nextBackupID()

                // The rebuild has seen which backups there are, and is kept waiting for the first one's manifest.
                double.inject(
                    .status(503, code: "SlowDown", retryAfter: 5),
                    matching: R2RequestPattern(method: "GET", keySuffix: ".manifest.json"))
                try site.configure(double, storeKeys: [], [("shop", keys)])
                try await site.serve { catalog in
                    let end = try await site.log.nextEnd()
                    #expect(end.contains("backup=\(left.backup)"), "\(end)")
                    try await site.log.waitOnce(for: Self.frozen)
                    let backups = try await catalog.backups(of: "shop")
                    #expect(backups.map(\.proof) == [.proved, .proved])
                    #expect(backups.first?.id.description == left.backup)
                }
            }
        }
    }

    // MARK: Damaged

    @Test("damaged between two daemons: set aside, reported, and brought back", arguments: Damage.allCases)
    func damagedBetween(damage: Damage) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            var before: [BackupRecord] = []
            try await site.serve { catalog in before = try await Self.backUpTwice(site, catalog) }
            let damaged = try damage.apply(to: site.state + "/catalog.db")
            try await Self.checkReturn(site, of: before)

            let names = try FileManager.default.contentsOfDirectory(atPath: site.state)
            let aside = names.filter { $0.hasPrefix("catalog.db.corrupt-") }
            #expect(aside.count == 1, "\(names)")
            let place = site.state + "/" + (aside.first ?? "")
            #expect(FileManager.default.contents(atPath: place) == damaged, "kept as it was, for whoever wants to look")
            let report = site.log.all.first { $0.contains("the catalog was corrupt") }
            #expect(report?.contains("was set aside as \(place)") == true, "\(report ?? "nothing was reported")")
            let catalog = try await site.catalog()
            let events = try await catalog.events(limit: 100)
            await catalog.close()
            #expect(events.map(\.kind).contains(.catalogSetAside))
            #expect(events.map(\.kind).contains(.catalogRebuilt))
        }
    }

    @Test("damaged under a daemon that does not need to read it again: the slot is backed up, and all comes back")
    func damagedUnnoticed() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            var before: [BackupRecord] = []
            try await site.serve { catalog in _ = try await Self.backUpTwice(site, catalog) }
            try await site.serve { catalog in
                try await Self.overwriteAllPagesButTheFirst(of: site)
                site.clock.advance(seconds: 3600)
                let end = try await site.log.nextEnd()
                #expect(end.contains("Proved"), "\(end)")
                before = try await catalog.backups(of: "shop")
            }
            #expect(before.count == 3)
            try await Self.checkReturn(site, of: before)
        }
    }

    @Test("found damaged while the daemon works: it does not stay like that, and the next one brings all back")
    func foundDamaged() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            var before: [BackupRecord] = []
            try await site.serve { catalog in
                before = try await Self.backUpTwice(site, catalog)
                // More than SQLite keeps in memory.
                let text = String(repeating: "x", count: 2000)
                for _ in 0..<2000 {
                    try await catalog.add(EventRecord(at: site.clock.now, kind: .applianceStarted, text: text))
                }
            }
            try await site.serve { catalog in
                _ = try await catalog.events(limit: 10_000)
                try await Self.overwriteAllPagesButTheFirst(of: site)
                var lines: [String] = []
                while lines.last?.contains("the daemon has ended") != true {
                    try #require(lines.count < 6, "it goes on without a catalog: \(lines)")
                    site.clock.advance(seconds: 3600)
                    lines.append(try await site.log.wait(for: "catalog.db"))
                }
                #expect(lines.contains { $0.contains("is damaged") }, "\(lines)")
            }
            try await Self.checkReturn(site, of: before)
        }
    }

    // MARK: Tools

    /// - Returns: The two backups as the catalog knows them.
    private static func backUpTwice(_ site: Site, _ catalog: Catalog) async throws -> [BackupRecord] {
        for seconds in [59 * 60, 3600] as [Int64] {
            site.clock.advance(seconds: seconds)
            let end = try await site.log.nextEnd()
            #expect(end.contains("Proved"), "\(end)")
        }
        let backups = try await catalog.backups(of: "shop")
        #expect(backups.map(\.proof) == [.proved, .proved])
        return backups
    }

    /// By another process: closing the file in this one would drop SQLite's locks.
    private static func overwriteAllPagesButTheFirst(of site: Site) async throws {
        let path = site.state + "/catalog.db"
        let pages = try #require(FileStatus(path)).size / 4096
        try #require(pages > 8)
        let outcome = try await Command.run([
            "dd", "if=/dev/zero", "of=\(path)", "bs=4096", "seek=1", "count=\(pages - 1)", "conv=notrunc",
        ])
        try #require(outcome.exitCode == 0, "\(outcome)")
    }

    /// The next daemon knows all that is in the store, deletes nothing of it although retention would, and goes on.
    private static func checkReturn(_ site: Site, of before: [BackupRecord]) async throws {
        try site.configure([("shop", keys + ["retention: {keep_last: 1}"])])
        try await site.serve { catalog in
            try await site.log.wait(for: frozen)
            let known = try await catalog.backups(of: "shop")
            #expect(known == before)
            let freeze = try await catalog.database(named: "shop")?.frozen
            #expect(freeze?.kind == .rebuild)

            site.clock.advance(seconds: 3600)
            let end = try await site.log.nextEnd()
            #expect(end.contains("Proved"), "\(end)")
            let after = try await catalog.backups(of: "shop")
            #expect(Array(after.dropFirst()) == before)
            #expect(after.first?.proof == .proved)
            #expect(site.manifests.count == before.count + 1)

            let appliance = try site.appliance()
            let retention = RetentionRun(
                appliance: appliance, catalog: catalog, database: try appliance.database("shop"), store: "disk")
            let plan = try await retention.plan()
            #expect(plan.decisions.filter { $0.wouldDelete }.count == before.count, "nothing but the freeze kept them")
            try await catalog.accept("shop", baseline: nil, at: site.clock.now)
            let outcome = try await retention.run()
            #expect(outcome.deleted == before.map(\.id).sorted())
            await appliance.stores.shutdown()
        }
        let integrity = try site.catalogIntegrity()
        #expect(integrity == "ok")
    }
}
