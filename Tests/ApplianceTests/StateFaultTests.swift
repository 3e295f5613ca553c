import Catalog
import Foundation
import Model
import TestSupport
import Testing

@testable import Appliance

/// The state directory holds the catalog, the locks and the last id.
@Suite(
    "A state directory that cannot be written is told of, and each slot has its backup once it can",
    .timeLimit(.minutes(30)), .enabled(if: FaultDisk.isAvailable, "mounting is not permitted here"))
struct StateFaultTests {
    private static let keys = ["schedule: every 1h", "timezone: UTC", "alarm: {overdue: off}"]

    // MARK: Full

    @Test("full while the daemon works: it says so, goes on, and the slot is backed up once there is room")
    func full() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            try await FaultDisk.mounted(at: site.state, size: "8m") { disk in
                try await site.serve { catalog in
                    site.clock.advance(seconds: 59 * 60)
                    try await Self.expectProof(site)

                    try disk.fill()
                    site.clock.advance(seconds: 3600)
                    let slot = site.clock.now
                    try await Self.expectNoSpace(site, retryAfter: 60)
                    site.clock.advance(seconds: 60)
                    try await Self.expectNoSpace(site, retryAfter: 300)
                    disk.makeRoom()
                    site.clock.advance(seconds: 300)
                    try await Self.expectProof(site)
                    let last = try await catalog.runs(of: "shop", limit: 1).first
                    #expect(last?.slot == slot)
                    #expect(last?.attempt == 3)

                    site.clock.set(Timestamp(seconds: slot.seconds + 3600))
                    try await Self.expectProof(site)
                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    #expect(runs.map(\.state) == [.completed, .completed, .completed])
                    #expect(Set(runs.map(\.slot)).count == 3, "one a slot")
                    let backups = try await catalog.backups(of: "shop")
                    #expect(backups.map(\.proof) == [.proved, .proved, .proved])
                }
                #expect(site.log.all.filter { $0.contains("the daemon has ended") } == [])
                #expect(site.manifests.count == 3)
                let integrity = try site.catalogIntegrity()
                #expect(integrity == "ok")
            }
        }
    }

    @Test("full when the daemon has something to take down: it says so, looks again in a minute, and goes on")
    func fullInTurn() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            let alarm = "alarm: {overdue: {missed: 1, grace: 10m}}"
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC", alarm])])
            try await FaultDisk.mounted(at: site.state, size: "8m") { disk in
                try await site.serve { catalog in
                    try await site.waitForUpkeep(catalog)
                    try disk.fill()
                    site.clock.advance(seconds: 59 * 60)
                    let slot = site.clock.now
                    try await Self.expectNoSpace(site, retryAfter: 60)
                    // The alarm that is due by now cannot be kept.
                    site.clock.advance(seconds: 11 * 60)
                    let told = try await site.log.wait(for: "error: no space for the catalog")
                    #expect(told.contains("Free space on the disk of state_dir"), "\(told)")

                    disk.makeRoom()
                    site.clock.advance(seconds: 60)
                    try await site.log.wait(for: "no verified backup came of the scheduled time")
                    try await Self.expectProof(site)
                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    #expect(runs.map(\.slot) == [slot])
                }
                #expect(site.manifests.count == 1)
            }
        }
    }

    @Test("full when a backup is to be taken down: that is done once there is room, and it stays one backup")
    func fullAtTheEnd() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeSource("shop")
                try site.configure(double, storeKeys: [], [("shop", Self.keys)])
                try await FaultDisk.mounted(at: site.state, size: "8m") { disk in
                    try await site.serve { catalog in
                        try await site.waitForUpkeep(catalog)
                        // The store asks for five seconds, in which the disk is filled.
                        double.inject(
                            .status(503, code: "SlowDown", retryAfter: 5),
                            matching: R2RequestPattern(method: "PUT", keySuffix: ".manifest.json"))
                        site.clock.advance(seconds: 59 * 60)
                        await double.wait { requests in
                            requests.contains { $0.method == "PUT" && $0.key?.hasSuffix(".manifest.json") == true }
                        }
                        try disk.fill()
                        let failed = try await site.log.nextEnd()
                        #expect(failed.contains("is in the store, but the catalog could not take it down"), "\(failed)")
                        #expect(failed.contains("no space for the catalog"), "\(failed)")
                        try #require(failed.contains(site.promise(60)), "\(failed)")

                        disk.makeRoom()
                        site.clock.advance(seconds: 60)
                        try await Self.expectProof(site)
                        let runs = try await catalog.runs(of: "shop", limit: 10)
                        #expect(runs.map(\.state) == [.completed, .interrupted])
                        #expect(Set(runs.map(\.slot)).count == 1)
                        let backups = try await catalog.backups(of: "shop")
                        #expect(backups.map(\.proof) == [.proved])
                    }
                }
                #expect(double.objects.keys.filter { $0.hasSuffix(".manifest.json") }.count == 1)
                #expect(double.overwrittenKeys == [])
            }
        }
    }

    @Test("full when the daemon starts: it says so in words, and the next start makes up for the slot")
    func fullAtStart() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            try await FaultDisk.mounted(at: site.state, size: "8m") { disk in
                try await site.serve { _ in }
                try disk.fill()
                let error = await Self.refusal { try await site.serve { _ in } }
                #expect(error?.code == .io)
                #expect(error?.message.contains("no space for the catalog") == true, "\(String(describing: error))")
                #expect(error?.hint?.contains("Free space") == true, "\(String(describing: error))")
                disk.makeRoom()
                try await Self.checkNextSlot(site)
            }
        }
    }

    @Test("full when the first daemon of all starts: it says so in words")
    func fullAtFirstStart() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            try await FaultDisk.mounted(at: site.state, size: "2m") { disk in
                try disk.fill()
                let error = await Self.refusal { try await site.serve { _ in } }
                #expect(error?.code == .io)
                #expect(error?.message.contains(site.state) == true, "\(String(describing: error))")
                #expect(error?.message.lowercased().contains("no space") == true, "\(String(describing: error))")
                #expect(error?.hint?.isEmpty == false, "what to do: \(String(describing: error))")
                disk.makeRoom()
                try await site.serve { _ in }
                try await Self.checkNextSlot(site)
            }
        }
    }

    // MARK: Read-only

    @Test("read-only when the daemon starts: it says so in words, and the next start makes up for the slot")
    func readOnlyAtStart() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            try await site.serve { _ in }
            try await FaultDisk.readOnly(site.state) {
                let error = await Self.refusal { try await site.serve { _ in } }
                #expect(error?.code == .io)
                #expect(error?.message.contains(site.state) == true, "\(String(describing: error))")
                #expect(error?.message.contains("Read-only file system") == true, "\(String(describing: error))")
                #expect(error?.hint?.isEmpty == false, "what to do: \(String(describing: error))")
            }
            try await Self.checkNextSlot(site)
        }
    }

    @Test("read-only while the daemon works: it says so, goes on, and the slot is backed up once it can be written")
    func readOnlyAtWork() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            try await site.serve { catalog in
                site.clock.advance(seconds: 59 * 60)
                try await Self.expectProof(site)
                var slot = site.clock.now
                try await FaultDisk.readOnly(site.state) {
                    site.clock.advance(seconds: 3600)
                    slot = site.clock.now
                    let failed = try await site.log.nextEnd()
                    #expect(failed.contains("not backed up: "), "\(failed)")
                    #expect(failed.contains(site.state), "\(failed)")
                    #expect(failed.contains("Read-only file system"), "\(failed)")
                    try #require(failed.contains(site.promise(60)), "\(failed)")
                }
                site.clock.advance(seconds: 60)
                try await Self.expectProof(site)
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.state) == [.completed, .completed])
                #expect(runs.first?.slot == slot)
                #expect(Set(runs.map(\.slot)).count == 2, "one a slot")
            }
            #expect(site.log.all.filter { $0.contains("the daemon has ended") } == [])
            #expect(site.manifests.count == 2)
        }
    }

    // MARK: Tools

    private static func expectProof(_ site: Site) async throws {
        let end = try await site.log.nextEnd()
        #expect(end.contains("Proved: 1 table, 3 rows"), "\(end)")
    }

    private static func expectNoSpace(_ site: Site, retryAfter pause: Int64) async throws {
        let end = try await site.log.nextEnd()
        #expect(end.contains("not backed up: no space for the catalog"), "\(end)")
        #expect(end.contains("Free space on the disk of state_dir"), "\(end)")
        try #require(end.contains(site.promise(pause)), "\(end)")
    }

    /// An hour later a daemon can start, and backs up.
    private static func checkNextSlot(_ site: Site) async throws {
        site.clock.advance(seconds: 3600)
        try await site.serve { catalog in
            try await expectProof(site)
            let runs = try await catalog.runs(of: "shop", limit: 10)
            #expect(runs.map(\.state) == [.completed])
        }
        #expect(site.manifests.count == 1)
        let integrity = try site.catalogIntegrity()
        #expect(integrity == "ok")
    }

    /// What `body` is refused with; nil where it is not, or not with what a person could use.
    private static func refusal(_ body: () async throws -> Void) async -> (any Failure)? {
        do {
            try await body()
            return nil
        } catch {
            return error as? any Failure
        }
    }
}
