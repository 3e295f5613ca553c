import Catalog
import Dump
import Foundation
import Model
import SQLite
import TestSupport
import Testing

@testable import Appliance

@Suite(
    "A scratch disk on which a backup can be made and not be proved", .timeLimit(.minutes(30)),
    .enabled(if: FaultDisk.isAvailable, "mounting is not permitted here"))
struct ProofSpaceTests {
    @Test("leaves a backup that is called unproved, says what it lacks, and is proved by itself once there is room")
    func tooSmall() async throws {
        try await withSite { site in
            // The copy of its 6.2 MiB goes before the proof, for which a quarter more has to be free.
            try Database(path: site.path + "/shop.db", access: .create).execute(
                """
                CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3); CREATE TABLE large(a);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
                INSERT INTO large SELECT zeroblob(9000) FROM n;
                DROP TABLE large;
                """)
            let keys = ["schedule: every 1h", "timezone: UTC", "alarm: {overdue: off}", "verify: {again_every: off}"]
            try site.configure([("shop", keys)])
            try await FaultDisk.mounted(at: site.scratch, size: "7m") { disk in
                try await site.withDaemon { daemon, catalog in
                    site.clock.advance(seconds: 59 * 60)
                    let end = try await site.log.nextEnd()
                    #expect(end.contains("backed up, not proved: not enough space for restoring dump_"), "\(end)")
                    #expect(end.contains(": needs ") && end.contains(", has "), "\(end)")
                    #expect(end.contains("scratch_dir"), "\(end)")
                    let run = try #require(try await catalog.runs(of: "shop", limit: 10).first)
                    #expect(run.state == .completed, "the backup is there")
                    #expect(run.failure?.message.contains("not enough space for restoring") == true)
                    let backups = try await catalog.backups(of: "shop")
                    #expect(backups.map(\.proof) == [.unproved])
                    let status = try await site.status(catalog)
                    #expect(status.state == .unproved, "nobody is told that it is proved")
                    #expect(site.manifests.count == 1)
                    try await site.waitForRest(of: daemon)
                    let left = try FileManager.default.contentsOfDirectory(atPath: disk.path)
                    #expect(left == [])

                    try disk.resize(to: "64m")
                    site.clock.advance(seconds: 3600)
                    let next = try await site.log.nextEnd()
                    #expect(next.contains("Proved: 1 table, 3 rows"), "\(next)")
                    let id = try #require(backups.first?.id)
                    let record = try #require(try await catalog.backups(of: "shop").first { $0.id == id })
                    let verified = try await RecordedVerification(
                        appliance: try site.appliance(), catalog: catalog, backup: record, level: .restore,
                        progress: RunProgress()
                    ).run()
                    #expect(verified.report.outcome == .proved, "what could not be proved was sound")
                    let proved = try await catalog.backups(of: "shop")
                    #expect(proved.map(\.proof) == [.proved, .proved])
                }
            }
        }
    }

    @Test("is looked at again by the routine, which proves what is there when there is room")
    func routine() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let catalog = try await site.catalog()
            let appliance = try site.appliance()
            try await appliance.backUp(catalog, verifyAfterBackup: VerificationLevel.none)
            await appliance.stores.shutdown()
            try await FaultDisk.mounted(at: site.scratch, size: "1m") { disk in
                try disk.fill()
                try await site.withDaemon(on: catalog) { daemon, catalog in
                    site.clock.advance(seconds: 3600)
                    let failed = try await site.log.wait(for: "not verified: ")
                    #expect(failed.contains("pace"), "\(failed)")
                    #expect(failed.contains(site.scratch), "\(failed)")
                    try await site.waitForRest(of: daemon)
                    let backups = try await catalog.backups(of: "shop")
                    #expect(backups.map(\.proof) == [.unproved], "what could not be looked at is no difference")
                    let frozen = try await catalog.database(named: "shop")?.frozen?.reason
                    #expect(frozen == nil)

                    disk.makeRoom()
                    site.clock.advance(seconds: 3600)
                    try await site.log.wait(for: "Proved: 1 table, 3 rows")
                    let proved = try await catalog.backups(of: "shop")
                    #expect(proved.map(\.proof) == [.proved])
                    let left = try FileManager.default.contentsOfDirectory(atPath: disk.path)
                    #expect(left == [])
                }
            }
        }
    }
}
