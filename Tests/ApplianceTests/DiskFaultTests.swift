import Catalog
import Foundation
import Model
import SQLite
import TestSupport
import Testing

@testable import Appliance

@Suite(
    "A disk that is full or read-only ends no daemon, and each slot has its backup once there is room",
    .timeLimit(.minutes(30)), .enabled(if: FaultDisk.isAvailable, "mounting is not permitted here"))
struct DiskFaultTests {
    private static let keys = ["schedule: every 1h", "timezone: UTC", "compression: none", "alarm: {overdue: off}"]

    // MARK: The scratch disk

    /// For what it is too small; the value is its size.
    enum TooSmall: String, Sendable, CaseIterable {
        case forTheSnapshot = "1m"
        case forParts = "9m"

        var words: [String] {
            switch self {
            case .forTheSnapshot: ["not enough space for the snapshot of", "needs 6.2 MiB, has "]
            case .forParts: ["cannot write ", "/shop/part-1: No space left on device"]
            }
        }
    }

    @Test("a scratch disk that is too small is named, and the run is made up for", arguments: TooSmall.allCases)
    func scratch(tooSmall: TooSmall) async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            try site.configure([("shop", Self.keys)])
            try await FaultDisk.mounted(at: site.scratch, size: tooSmall.rawValue) { disk in
                try await site.withDaemon { _, catalog in
                    site.clock.advance(seconds: 59 * 60)
                    let slot = site.clock.now
                    let failed = try await site.log.nextEnd()
                    for words in tooSmall.words + ["point scratch_dir to a larger one"] {
                        #expect(failed.contains(words), "\(failed)")
                    }
                    try #require(failed.contains(site.promise(60)), "\(failed)")
                    let status = try await site.status(catalog)
                    #expect(status.state == .failing)
                    #expect(status.lastFailure?.message.contains(tooSmall.words[1]) == true)
                    #expect(status.lastFailure?.hint?.contains("scratch_dir") == true)
                    #expect(site.files == ["owner.json"])

                    try disk.resize(to: "64m")
                    site.clock.advance(seconds: 60)
                    try await Self.checkMadeUp(site, catalog, slot, [.completed, .failed])
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: disk.path)
                #expect(left == [])
            }
        }
    }

    @Test("a scratch disk that somebody fills while the snapshot is copied is named, and the run is made up for")
    func filledDuringSnapshot() async throws {
        try await withSite { site in
            // Free pages are copied, too, and cost nothing later.
            try Database(path: site.path + "/shop.db", access: .create).execute(
                """
                CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3); CREATE TABLE large(a);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4500)
                INSERT INTO large SELECT zeroblob(9000) FROM n;
                DROP TABLE large;
                """)
            try site.configure([("shop", Self.keys + ["breathing: {work: 10ms, pause: 5s}"])])
            try await FaultDisk.mounted(at: site.scratch, size: "64m") { disk in
                try await site.withDaemon { daemon, catalog in
                    site.clock.advance(seconds: 59 * 60)
                    let slot = site.clock.now
                    try await site.waitForCopy(of: "shop")
                    try disk.fill()
                    let failed = try await site.log.nextEnd()
                    #expect(failed.contains("the disk is full while working on \(site.path)/shop.db"), "\(failed)")
                    #expect(failed.contains("point scratch_dir to a larger disk"), "\(failed)")
                    try #require(failed.contains(site.promise(60)), "\(failed)")

                    disk.makeRoom()
                    try site.configure([("shop", Self.keys)])
                    daemon.reload()
                    try await site.log.wait(for: "the configuration was read again")
                    site.clock.advance(seconds: 60)
                    try await Self.checkMadeUp(site, catalog, slot, [.completed, .failed])
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: disk.path)
                #expect(left == [])
            }
        }
    }

    @Test("a run that found no room is owed still where the daemon is started again")
    func restarted() async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            try site.configure([("shop", Self.keys)])
            try await FaultDisk.mounted(at: site.scratch, size: "1m") { disk in
                var slot = site.clock.now
                try await site.withDaemon { _, _ in
                    site.clock.advance(seconds: 59 * 60)
                    slot = site.clock.now
                    let failed = try await site.log.nextEnd()
                    #expect(failed.contains("not enough space"), "\(failed)")
                }
                try disk.resize(to: "64m")
                try await site.withDaemon { _, catalog in
                    let begun = site.log.all.filter { $0.contains("backing up") || $0.contains("going on with") }
                    try #require(begun.count == 2, "a daemon that starts says at once what it is at: \(site.log.all)")
                    try await Self.checkMadeUp(site, catalog, slot, [.completed, .failed])
                }
            }
        }
    }

    // MARK: The store's disk

    @Test("a store's disk that fills in the middle of an upload gets no half object, and the run is made up for")
    func store() async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            try site.configure([("shop", Self.keys)])
            try await FaultDisk.mounted(at: site.store, size: "10m") { disk in
                try await site.withDaemon { _, catalog in
                    site.clock.advance(seconds: 59 * 60)
                    let slot = site.clock.now
                    let failed = try await site.log.nextEnd()
                    #expect(failed.contains("cannot upload part 2 of shop/dump_"), "\(failed)")
                    #expect(failed.contains("\(site.store): No space left on device"), "\(failed)")
                    #expect(failed.contains("free space on the store's disk"), "\(failed)")
                    let objects = site.files.filter { !$0.contains(".nightjar-") }
                    #expect(objects == ["owner.json"])
                    let status = try await site.status(catalog)
                    #expect(status.state == .failing)
                    try #require(failed.contains(site.promise(60)), "\(failed)")

                    try disk.resize(to: "64m")
                    site.clock.advance(seconds: 60)
                    try await Self.checkMadeUp(site, catalog, slot, [.completed, .failed])
                }
                let dumps = site.files.filter { $0.hasSuffix(".sql") }
                #expect(dumps.count == 1)
                let temporary = site.files.filter { $0.contains(".nightjar-") }
                #expect(temporary == [])
            }
        }
    }

    // MARK: Tools

    /// The slot has exactly one backup, which is proved, and its runs ended as `states` says, the newest first.
    private static func checkMadeUp(
        _ site: Site, _ catalog: Catalog, _ slot: Timestamp, _ states: [RunState]
    ) async throws {
        let made = try await site.log.nextEnd()
        #expect(made.contains("Proved: 1 table, "), "\(made)")
        let runs = try await catalog.runs(of: "shop", limit: 10)
        #expect(runs.map(\.state) == states)
        #expect(runs.map(\.attempt) == Array((1...states.count).reversed()))
        #expect(runs.allSatisfy { $0.slot == slot })
        let backups = try await catalog.backups(of: "shop")
        #expect(backups.map(\.proof) == [.proved])
        #expect(site.manifests.count == 1)
        let events = try await catalog.events(limit: 100)
        #expect(events.map(\.kind).filter { $0 == .backupRecovered }.count == 1)
        let status = try await site.status(catalog)
        #expect(status.state == .protected)
    }
}
