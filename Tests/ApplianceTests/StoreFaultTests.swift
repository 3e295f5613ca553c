import Catalog
import Foundation
import Model
import SQLite
import TestSupport
import Testing

@testable import Appliance

@Suite("A store that goes away and comes back costs no backup", .timeLimit(.minutes(30)))
struct StoreFaultTests {
    /// A request fails at once, and parts go one after the other.
    private static let storeKeys = ["part_size: 5MiB", "attempts: 1", "upload_concurrency: 1"]
    /// Seconds.
    private static let pauses: [Int64] = [60, 300, 900, 1800]

    @Test("for an hour: the run is tried again after 1, 5, 15, 30 and 60 minutes, and nobody is alarmed")
    func hour() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeSource("shop")
                let keys = ["schedule: every 6h", "timezone: UTC", "alarm: {overdue: {missed: 1, grace: 2h}}"]
                try site.configure(double, storeKeys: Self.storeKeys, [("shop", keys)])
                let slot = Timestamp(seconds: (site.clock.now.seconds / 21_600 + 1) * 21_600)
                try await site.serve { catalog in
                    try await site.waitForUpkeep(catalog)
                    double.leave()
                    site.clock.set(slot)
                    for pause in Self.pauses + [3600] {
                        let failed = try await site.log.nextEnd()
                        #expect(failed.contains("not backed up: "), "\(failed)")
                        try #require(failed.contains(site.promise(pause)), "\(failed)")
                        let status = try await site.status(catalog)
                        #expect(status.state == .failing)
                        #expect(status.alarms == [])
                        if pause == 3600 { double.comeBack() }
                        site.clock.advance(seconds: pause)
                    }
                    let made = try await site.log.nextEnd()
                    #expect(made.contains("Proved: 1 table, 3 rows"), "\(made)")

                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    #expect(runs.map(\.state) == [.completed, .failed, .failed, .failed, .failed, .failed])
                    #expect(runs.map(\.attempt) == [6, 5, 4, 3, 2, 1])
                    #expect(runs.allSatisfy { $0.slot == slot })
                    #expect(runs.dropFirst().allSatisfy { $0.failure?.code == .unreachable })
                    let backups = try await catalog.backups(of: "shop")
                    #expect(backups.map(\.proof) == [.proved])
                    let kinds = try await catalog.events(limit: 100).map(\.kind)
                    #expect(kinds.filter { $0 == .backupRecovered }.count == 1)
                    #expect(!kinds.contains(.backupOverdue))
                    let alarms = try await catalog.alarms(of: "shop")
                    #expect(alarms == [])
                    let status = try await site.status(catalog)
                    #expect(status.state == .protected)
                }
                #expect(double.objects.keys.filter { $0.hasSuffix(".manifest.json") }.count == 1)
                #expect(double.openUploads == [])
                #expect(double.overwrittenKeys == [])
            }
        }
    }

    @Test("in the middle of an upload: the run goes on where it was, and no part is sent twice")
    func inTheMiddle() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeLargeSource("shop")
                let keys = ["schedule: every 1h", "timezone: UTC", "compression: none"]
                try site.configure(double, storeKeys: Self.storeKeys, [("shop", keys)])
                try await site.serve { catalog in
                    try await site.waitForUpkeep(catalog)
                    let slot = Timestamp(seconds: site.clock.now.seconds + 59 * 60)
                    try await Self.leaveDuringUpload(double, site, slot)
                    let left = try #require(try site.appliance().runFolder(of: "shop").facts)
                    site.clock.advance(seconds: 60)
                    let away = try await site.log.nextEnd()
                    try #require(away.contains(site.promise(300)), "\(away)")

                    double.comeBack()
                    site.clock.advance(seconds: 300)
                    let made = try await site.log.nextEnd()
                    #expect(made.contains("Proved: 1 table, 700 rows"), "\(made)")
                    #expect(made.contains(" resumed_at="), "\(made)")
                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    #expect(runs.map(\.state) == [.completed, .failed, .failed])
                    #expect(runs.allSatisfy { $0.slot == slot })
                    let backups = try await catalog.backups(of: "shop")
                    #expect(backups.map(\.proof) == [.proved])
                    #expect(backups.first?.id.description == left.backup)
                }
                let parts = double.requests.filter { $0.operation == .uploadPart && $0.ending == .answered(200) }
                #expect(parts.count == 3)
                #expect(double.count(.createUpload) == 1)
                #expect(double.openUploads == [])
                #expect(double.overwrittenKeys == [])
                #expect(double.objects.keys.filter { $0.hasSuffix(".manifest.json") }.count == 1)
                let scratch = try FileManager.default.contentsOfDirectory(atPath: site.scratch)
                #expect(scratch == [])
            }
        }
    }

    @Test("beyond the next scheduled time: what was begun is gone on with, and then that one is backed up")
    func beyondTheNext() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeLargeSource("shop")
                let keys = ["schedule: every 1h", "timezone: UTC", "compression: none", "alarm: {overdue: off}"]
                try site.configure(double, storeKeys: Self.storeKeys, [("shop", keys)])
                try await site.serve { catalog in
                    try await site.waitForUpkeep(catalog)
                    let slot = Timestamp(seconds: site.clock.now.seconds + 59 * 60)
                    try await Self.leaveDuringUpload(double, site, slot)
                    for (pause, next) in zip(Self.pauses, Self.pauses.dropFirst()) {
                        site.clock.advance(seconds: pause)
                        let failed = try await site.log.nextEnd()
                        try #require(failed.contains(site.promise(next)), "\(failed)")
                    }
                    site.clock.advance(seconds: 1800)
                    let last = try await site.log.nextEnd()
                    #expect(last.contains(site.promise(3600)), "\(last)")

                    double.comeBack()
                    // The snapshot has been taken before.
                    try Database(path: site.path + "/shop.db", access: .readWrite).execute("DELETE FROM t WHERE id > 3")
                    site.clock.advance(seconds: 3600)
                    let made = try await site.log.nextEnd()
                    #expect(made.contains("Proved: 1 table, 700 rows"), "\(made)")
                    #expect(made.contains("resumed_at="), "\(made)")
                    let second = try await site.log.nextEnd()
                    #expect(second.contains("Proved: 1 table, 3 rows"), "\(second)")
                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    let next = Timestamp(seconds: slot.seconds + 3600)
                    #expect(runs.compactMap(\.slot) == [next] + Array(repeating: slot, count: 6))
                    #expect(double.openUploads == [])
                    let scratch = try FileManager.default.contentsOfDirectory(atPath: site.scratch)
                    #expect(scratch == [])
                }
            }
        }
    }

    /// What is at the place of a folder whose disk is not mounted.
    enum Absence: String, Sendable, CaseIterable {
        case nothing, emptyFolder
    }

    @Test(
        "a folder whose disk is not mounted is a store that is away, and not an empty one",
        arguments: Absence.allCases)
    func notMounted(absence: Absence) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC", "alarm: {overdue: off}"])])
            let manager = FileManager.default
            let place = site.path + "/elsewhere"
            try await site.serve { catalog in
                site.clock.advance(seconds: 59 * 60)
                let first = try await site.log.nextEnd()
                #expect(first.contains("Proved"), "\(first)")

                try manager.moveItem(atPath: site.store, toPath: place)
                if absence == .emptyFolder {
                    try manager.createDirectory(atPath: site.store, withIntermediateDirectories: false)
                }
                site.clock.advance(seconds: 3600)
                let failed = try await site.log.nextEnd()
                try #require(failed.contains("not backed up: "), "\(failed)")
                try #require(failed.contains(site.promise(60)), "\(failed)")
                #expect(site.files == [], "nothing is made where the disk is not")

                if manager.fileExists(atPath: site.store) { try manager.removeItem(atPath: site.store) }
                try manager.moveItem(atPath: place, toPath: site.store)
                site.clock.advance(seconds: 60)
                let made = try await site.log.nextEnd()
                #expect(made.contains("Proved"), "\(made)")
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.state) == [.completed, .failed, .completed])
            }
            #expect(site.manifests.count == 2)
        }
    }

    // MARK: Tools

    /// Lets the store go away while the second of three parts is on its way; the run is kept, and will be tried again.
    private static func leaveDuringUpload(_ double: R2Double, _ site: Site, _ slot: Timestamp) async throws {
        double.inject(.stall, matching: .operation(.uploadPart), skipping: 1)
        site.clock.set(slot)
        await double.wait { requests in
            requests.filter { $0.operation == .uploadPart }.count >= 2
        }
        try await site.waitForSnapshot(of: "shop")
        double.leave()
        let failed = try await site.log.nextEnd()
        #expect(failed.contains("not backed up: cannot upload part 2 of shop/dump_"), "\(failed)")
        try #require(failed.contains(site.promise(60)), "\(failed)")
        #expect(double.openUploads.count == 1)
    }
}
