import Catalog
import Dump
import Foundation
import Model
import Storage
import TestSupport
import Testing

@testable import Appliance

@Suite("A clock that somebody sets", .timeLimit(.minutes(30)))
struct SetClockTests {
    private static let day: Int64 = 86_400
    private static let keys = ["schedule: every 1h", "timezone: UTC", "alarm: {overdue: off}"]

    /// Sets the clock, by an hour at least, and waits until a turn of the new time is over: it asks to be woken in the hour behind
    /// it, and no turn of the old time does.
    private static func advance(_ site: Site, seconds: Int64) async throws {
        site.clock.advance(seconds: seconds)
        let now = site.clock.now.seconds
        while site.clock.asked.map({ (now + 1...now + 3600).contains($0.seconds) }) != true {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    // MARK: Back

    @Test("back by a day between two runs: no slot is backed up twice, and the one that is next has its backup")
    func backBetween() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            try await site.withDaemon { _, catalog in
                site.clock.advance(seconds: 59 * 60)
                let slot = site.clock.now
                let first = try await site.log.nextEnd()
                #expect(first.contains("Proved"), "\(first)")

                try await Self.advance(site, seconds: -Self.day)
                for _ in 1...3 { try await Self.advance(site, seconds: 3600) }
                #expect(try await catalog.runs(of: "shop", limit: 10).count == 1)

                let next = Timestamp(seconds: slot.seconds + 3600)
                site.clock.set(next)
                let second = try await site.log.nextEnd()
                #expect(second.contains("Proved"), "\(second)")
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.slot) == [next, slot])
                #expect(runs.map(\.missed) == [0, 0])
            }
            #expect(site.manifests.count == 2)
        }
    }

    @Test("back by a day during a run: it stays one run of its slot, also where the next process goes on with it")
    func backDuring() async throws {
        let keys = Self.keys + ["chunk_rows: 10"]
        try await withSite { site in
            try site.makeSource("shop", rows: 50_000)
            try site.configure([("shop", keys + ["breathing: {work: 10ms, pause: 10s}"])])
            let slot = Timestamp(seconds: site.clock.now.seconds + 59 * 60)
            try await site.withDaemon { daemon, _ in
                site.clock.set(slot)
                try await site.waitForSnapshot(of: "shop")
                try await Self.advance(site, seconds: -Self.day)
                let running = await daemon.running.count
                let waiting = await daemon.queue.entries
                #expect(running == 1)
                #expect(waiting == [])
            }
            let left = try #require(try site.appliance().runFolder(of: "shop").facts)
            try site.configure([("shop", keys)])
            try await site.withDaemon { _, catalog in
                let end = try await site.log.nextEnd()
                #expect(end.contains("Proved: 1 table, 50,000 rows"), "\(end)")
                #expect(end.contains("backup=\(left.backup)"), "\(end)")
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.state) == [.completed, .interrupted])
                #expect(runs.allSatisfy { $0.slot == slot })

                site.clock.set(Timestamp(seconds: slot.seconds + 3600))
                let next = try await site.log.nextEnd()
                #expect(next.contains("Proved"), "\(next)")
            }
            #expect(site.manifests.count == 2)
        }
    }

    @Test("back by a day when a run waits for its next attempt: it does not wait for a day")
    func backBeforeRetry() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.keys)])
            let elsewhere = site.path + "/elsewhere"
            try await site.withDaemon { daemon, catalog in
                site.clock.advance(seconds: 59 * 60)
                let first = try await site.log.nextEnd()
                #expect(first.contains("Proved"), "\(first)")
                try FileManager.default.moveItem(atPath: site.store, toPath: elsewhere)
                site.clock.advance(seconds: 3600)
                let failed = try await site.log.nextEnd()
                try #require(failed.contains(site.promise(60)), "\(failed)")
                try await site.waitForRest(of: daemon)

                try FileManager.default.moveItem(atPath: elsewhere, toPath: site.store)
                try await Self.advance(site, seconds: -Self.day)
                let queue = await daemon.queue
                // It may have begun by now; pauses between attempts are an hour at most.
                let due = queue.nextStart(excluding: []) ?? site.clock.now
                try #require(due.seconds <= site.clock.now.seconds + 3600, "it would wait until \(due.text)")
                site.clock.advance(seconds: 3600)
                let made = try await site.log.nextEnd()
                #expect(made.contains("Proved"), "\(made)")
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.state) == [.completed, .failed, .completed])
            }
        }
    }

    @Test("back by a day: ids go on ascending, nothing in the store is overwritten, and retention deletes on no guess")
    func identifiers() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["retention: {keep_last: 1}"])])
            let appliance = try site.appliance()
            let catalog = try await site.catalog()
            try await withEnding({
                await appliance.stores.shutdown()
                await catalog.close()
            }) {
                let tomorrow = BackupID(time: Timestamp(seconds: Timestamp.now.seconds + Self.day))
                try Data("\(tomorrow)\n".utf8).write(to: URL(fileURLWithPath: site.state + "/last-backup-id"))
                var ids = [tomorrow]
                for _ in 1...3 {
                    let outcome = try await appliance.backUp(catalog)
                    #expect(outcome.state == .proved)
                    let id = try #require(BackupID(outcome.manifest.id))
                    #expect(ids.allSatisfy { $0 < id })
                    ids.append(id)
                    let retention = RetentionRun(
                        appliance: appliance, catalog: catalog, database: try appliance.database("shop"), store: "disk")
                    let pruned = try await retention.run()
                    #expect(pruned.deleted == [])
                }
                #expect(site.manifests.count == 3)
            }
        }
    }

    // MARK: Forward

    @Test("forward by a day during an upload: what is under way is not swept away, and ends with its backup")
    func forwardDuring() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeLargeSource("shop")
                let storeKeys = ["part_size: 5MiB", "attempts: 1", "upload_concurrency: 1"]
                try site.configure(double, storeKeys: storeKeys, [("shop", Self.keys + ["compression: none"])])
                try await site.serve { catalog in
                    try await site.waitForUpkeep(catalog)
                    double.inject(.stall, matching: .operation(.uploadPart), skipping: 1)
                    let slot = Timestamp(seconds: site.clock.now.seconds + 59 * 60)
                    site.clock.set(slot)
                    await double.wait { requests in requests.filter { $0.operation == .uploadPart }.count >= 2 }
                    try await site.waitForSnapshot(of: "shop")
                    let left = try #require(try site.appliance().runFolder(of: "shop").facts)

                    site.clock.advance(seconds: Self.day)
                    let later = site.clock.now
                    var swept = try await catalog.time(of: .lastPrune)
                    while swept != later {
                        try Task.checkCancellation()
                        await Task.yield()
                        swept = try await catalog.time(of: .lastPrune)
                    }
                    #expect(double.count(.listUploads) > 0, "the store was looked through")
                    #expect(double.openUploads.count == 1, "and what somebody works on was left alone")

                    double.leave()
                    let failed = try await site.log.nextEnd()
                    try #require(failed.contains(site.promise(60)), "\(failed)")
                    double.comeBack()
                    site.clock.advance(seconds: 60)
                    let first = try await site.log.nextEnd()
                    #expect(first.contains("Proved: 1 table, 700 rows"), "\(first)")
                    #expect(first.contains("backup=\(left.backup)"), "\(first)")
                    let second = try await site.log.nextEnd()
                    #expect(second.contains("Proved: 1 table, 700 rows"), "\(second)")
                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    #expect(runs.compactMap(\.slot) == [later, slot, slot])
                    #expect(runs.map(\.missed) == [23, 0, 0], "one run stands for all that was jumped over")
                }
                #expect(double.openUploads == [])
                #expect(double.overwrittenKeys == [])
                #expect(double.objects.keys.filter { $0.hasSuffix(".manifest.json") }.count == 2)
            }
        }
    }

    @Test("wrong in the eyes of a bucket during an upload: it is said, and the slot has its backup once it is right")
    func skewed() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeLargeSource("shop")
                let storeKeys = ["part_size: 5MiB", "attempts: 1", "upload_concurrency: 1"]
                try site.configure(double, storeKeys: storeKeys, [("shop", Self.keys + ["compression: none"])])
                try await site.serve { catalog in
                    try await site.waitForUpkeep(catalog)
                    double.inject(
                        .status(403, code: "RequestTimeTooSkewed"), matching: .operation(.uploadPart), times: .max,
                        skipping: 1)
                    site.clock.advance(seconds: 59 * 60)
                    let slot = site.clock.now
                    let failed = try await site.log.nextEnd()
                    #expect(failed.contains("this machine's clock is wrong"), "\(failed)")
                    #expect(failed.contains("timedatectl"), "\(failed)")
                    try #require(failed.contains(site.promise(60)), "\(failed)")
                    double.comeBack()
                    site.clock.advance(seconds: 60)
                    let made = try await site.log.nextEnd()
                    #expect(made.contains("Proved: 1 table, 700 rows"), "\(made)")
                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    #expect(runs.map(\.state) == [.completed, .failed])
                    #expect(runs.allSatisfy { $0.slot == slot })
                }
                #expect(double.openUploads == [])
                #expect(double.overwrittenKeys == [])
            }
        }
    }

    // MARK: What was written down under a wrong clock

    /// What has a time that is still to come.
    enum Future: String, Sendable, CaseIterable {
        case backup, database
    }

    @Test(
        "right again after a year ahead: backups that do not come are an alarm all the same",
        arguments: Future.allCases)
    func overdue(_ future: Future) async throws {
        try await withSite { site in
            let alarm = "alarm: {overdue: {missed: 1, grace: 10m}}"
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC", alarm])])
            let now = site.clock.now
            let past = Timestamp(seconds: now.seconds - 10 * Self.day)
            let ahead = Timestamp(seconds: now.seconds + 365 * Self.day)
            let catalog = try await site.catalog()
            try await withEnding({ await catalog.close() }) {
                try await catalog.register(["shop"], at: future == .database ? ahead : past)
                if future == .backup {
                    try await catalog.record(
                        BackupRecord(
                            id: BackupID(time: ahead), database: "shop", store: "disk", createdAt: ahead, rows: 3,
                            dumpBytes: 1000, storedBytes: 1000, proof: .proved, provedAt: ahead, verifiedAt: ahead))
                }
                let database = try site.appliance().database("shop")
                let watch = DatabaseWatch(catalog: catalog, database: database)
                // Where nobody knows since when, the first look may be the beginning.
                for hours in [0, 48] as [Int64] {
                    try await watch.checkOverdue(at: Timestamp(seconds: now.seconds + hours * 3600))
                }
                let alarms = try await catalog.alarms(of: "shop")
                #expect(alarms.map(\.kind) == [.overdue], "none has come for two days, at least")
            }
        }
    }

    @Test("right again after a year ahead: a backup that was made since is none that did not come")
    func notOverdue() async throws {
        try await withSite { site in
            let alarm = "alarm: {overdue: {missed: 1, grace: 10m}}"
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC", alarm])])
            let now = site.clock.now
            let ahead = Timestamp(seconds: now.seconds + 365 * Self.day)
            let catalog = try await site.catalog()
            try await withEnding({ await catalog.close() }) {
                try await catalog.register(["shop"], at: Timestamp(seconds: now.seconds - 10 * Self.day))
                // Ids never descend: its own goes on behind those of the year ahead.
                let id = BackupID(time: ahead)
                let run = try await catalog.begin(RunStart(database: "shop", trigger: .command, at: now))
                try await catalog.record(
                    BackupRecord(
                        id: id, database: "shop", store: "disk", createdAt: ahead, rows: 3, dumpBytes: 1000,
                        storedBytes: 1000, proof: .proved, provedAt: now, verifiedAt: now))
                try await catalog.finish(run.id, RunEnd(.completed, at: now, backup: id))
                let watch = DatabaseWatch(catalog: catalog, database: try site.appliance().database("shop"))
                for (seconds, expected) in [(60, []), (48 * 3600, [.overdue])] as [(Int64, [AlarmKind])] {
                    try await watch.checkOverdue(at: Timestamp(seconds: now.seconds + seconds))
                    let alarms = try await catalog.alarms(of: "shop")
                    #expect(alarms.map(\.kind) == expected, "after \(seconds) s")
                }
            }
        }
    }

    @Test("right again after a day ahead: what a killed run left in that day keeps no backup from being made")
    func leftAhead() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeSource("shop")
                try site.configure(double, storeKeys: ["attempts: 1"], [("shop", [])])
                let appliance = try site.appliance()
                let catalog = try await site.catalog()
                try await withEnding({
                    await appliance.stores.shutdown()
                    await catalog.close()
                }) {
                    let before = try await appliance.backUp(catalog)
                    #expect(before.state == .proved)
                    let tomorrow = Timestamp(seconds: Timestamp.now.seconds + Self.day)
                    let id = BackupID(time: tomorrow)
                    try Data("\(id)\n".utf8).write(to: URL(fileURLWithPath: site.state + "/last-backup-id"))
                    let dump = "shop/\(id).sql.zst"
                    double.put(dump, Array("SELECT 1;".utf8))
                    let folder = try appliance.runFolder(of: "shop")
                    let store = try appliance.stores.store(named: "bucket")
                    try folder.begin(
                        .init(
                            backup: id.description, database: "shop",
                            stores: [.init(name: "bucket", location: store.location)], dumpKey: dump, slot: nil,
                            missed: 0, startedAt: tomorrow))

                    // Of a run of the last week, the next one would have to wait until the bucket can delete.
                    double.inject(.status(500, code: "InternalError"), matching: .operation(.delete), times: .max)
                    for _ in 1...2 {
                        let made = try await appliance.backUp(catalog)
                        #expect(made.state == .proved)
                        let next = try #require(BackupID(made.manifest.id))
                        #expect(next > id)
                        #expect(folder.facts == nil)
                    }
                    #expect(double.count(.delete) > 0, "the bucket was asked to delete what the run left")
                    let backups = try await catalog.backups(of: "shop")
                    #expect(backups.map(\.proof) == [.proved, .proved, .proved])
                    #expect(double.overwrittenKeys == [])
                }
            }
        }
    }

    @Test("back during a run: no figure says that it took less than no time")
    func duration() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let catalog = try await site.catalog()
            try await withEnding({ await catalog.close() }) {
                let now = site.clock.now
                try await catalog.register(["shop"], at: now)
                let run = try await catalog.begin(RunStart(database: "shop", trigger: .command, at: now))
                try await catalog.finish(run.id, RunEnd(.completed, at: Timestamp(seconds: now.seconds - Self.day)))
                let daemon = Daemon(
                    configurationPath: site.configurationPath, environment: [:], appliance: try site.appliance(),
                    catalog: catalog, clock: site.clock, manager: ServiceManager(environment: [:]),
                    log: site.log.logger)
                let metrics = try await Console(daemon: daemon, catalog: catalog).metrics()
                let figures = try #require(metrics.databases.first { $0.name == "shop" })
                #expect((figures.duration ?? 0) >= 0)
            }
        }
    }
}
