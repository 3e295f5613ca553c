import Catalog
import Dump
import Model
import Storage
import TestSupport
import Testing

@testable import Appliance

@Suite("A bucket that takes backups and lets nobody delete", .timeLimit(.minutes(30)))
struct RefusedDeletionTests {
    private static let day: Int64 = 86_400
    private static let storeKeys = ["attempts: 1"]

    @Test("has each scheduled one proved; that nothing is deleted is said, and made up for once it may be")
    func scheduled() async throws {
        let keys = ["schedule: every 1h", "timezone: UTC", "alarm: {overdue: off}", "retention: {keep_last: 1}"]
        try await withR2Double { double in
            try await withSite { site in
                try site.makeSource("shop")
                try site.configure(double, storeKeys: Self.storeKeys, [("shop", keys)])
                try await site.serve { catalog in
                    try await site.waitForUpkeep(catalog)
                    Self.refuseDeletion(in: double)
                    site.clock.advance(seconds: 59 * 60)
                    for number in 1...3 {
                        if number > 1 { site.clock.advance(seconds: 3600) }
                        let made = try await site.log.nextEnd()
                        #expect(made.contains("Proved: 1 table, 3 rows"), "\(made)")
                        // The first has none before it. What a run's retention says stands before its end.
                        let refusals = site.log.all.filter { $0.contains("retention could not delete: ") }
                        #expect(refusals.count == number - 1, "\(refusals)")
                        for words in refusals { Self.expectRefusal(words) }
                    }
                    #expect(!site.log.all.contains { $0.contains("retention deleted") })
                    let events = try await catalog.events(limit: 100)
                    #expect(!events.contains { $0.kind == .retentionDeleted })
                    let kept = try await catalog.backups(of: "shop")
                    #expect(kept.map(\.proof) == [.proved, .proved, .proved])
                    #expect(Self.manifests(double).count == 3)
                    let status = try await site.status(catalog)
                    #expect(status.state == .protected)

                    double.comeBack()
                    site.clock.advance(seconds: 3600)
                    let last = try await site.log.nextEnd()
                    #expect(last.contains("Proved: 1 table, 3 rows"), "\(last)")
                    #expect(site.log.all.contains { $0.contains("retention deleted 3 backups") })
                    let left = try await catalog.backups(of: "shop")
                    #expect(left.map(\.proof) == [.proved])
                    let told = try await catalog.events(limit: 100)
                    #expect(told.filter { $0.kind == .retentionDeleted }.count == 3)
                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    #expect(runs.map(\.state) == [.completed, .completed, .completed, .completed])
                    let held = Set(double.objects.keys.compactMap { BackupKeys.containing($0)?.id })
                    #expect(held == Set(left.map(\.id)), "nothing of the others is left")
                }
                #expect(double.overwrittenKeys == [])
            }
        }
    }

    @Test("keeps no backup waiting for what a killed run has left there, which goes once it may")
    func leftRun() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeSource("shop")
                try site.configure(double, storeKeys: Self.storeKeys, [("shop", ["retention: {keep_last: 1}"])])
                let appliance = try site.appliance()
                let catalog = try await site.catalog()
                try await withEnding({
                    await appliance.stores.shutdown()
                    await catalog.close()
                }) {
                    // A catalog that knows all backups deletes.
                    try await catalog.setTime(.now, of: .rebuiltAt)
                    let first = try await appliance.backUp(catalog)
                    #expect(first.state == .proved)
                    let id = BackupID(time: Timestamp(seconds: Timestamp.now.seconds - 2 * Self.day))
                    let dump = "shop/\(id).sql.zst"
                    double.put(dump, Array("SELECT 1;".utf8))
                    let folder = try appliance.runFolder(of: "shop")
                    let store = try appliance.stores.store(named: "bucket")
                    try folder.begin(
                        .init(
                            backup: id.description, database: "shop",
                            stores: [.init(name: "bucket", location: store.location)], dumpKey: dump, slot: nil,
                            missed: 0, startedAt: .now))

                    Self.refuseDeletion(in: double)
                    for _ in 1...2 {
                        let made = try await appliance.backUp(catalog)
                        #expect(made.state == .proved)
                        #expect(folder.facts == nil)
                    }
                    #expect(double.objects[dump] != nil, "nobody may delete it")
                    try await Self.expectNothingDeleted(appliance, catalog)
                    #expect(Self.manifests(double).count == 3)

                    double.comeBack()
                    let log = LogStream()
                    await Upkeep(appliance: appliance, catalog: catalog, log: log.logger).daily(.now)
                    #expect(!log.all.contains { $0.hasPrefix("error") }, "\(log.all)")
                    #expect(log.all.contains { $0.contains("retention deleted 2 backups") }, "\(log.all)")
                    #expect(log.all.contains { $0.contains("removed \(dump)") }, "\(log.all)")
                    #expect(double.objects[dump] == nil)
                    let left = try await catalog.backups(of: "shop")
                    #expect(left.map(\.proof) == [.proved])
                    #expect(Self.manifests(double).count == 1)
                }
            }
        }
    }

    // MARK: Tools

    /// Also the abort of an upload, as with a key that may only add.
    private static func refuseDeletion(in double: R2Double) {
        double.inject(.status(403, code: "AccessDenied"), matching: R2RequestPattern(method: "DELETE"), times: .max)
    }

    private static func manifests(_ double: R2Double) -> [String] {
        double.objects.keys.filter { $0.hasSuffix(".manifest.json") }.sorted()
    }

    /// Which object, what the bucket said, and what to do about it.
    private static func expectRefusal(_ words: String) {
        #expect(words.contains("cannot delete shop/dump_"), "\(words)")
        #expect(words.contains("403 AccessDenied"), "\(words)")
        #expect(words.contains("check the store's access_key_id and secret_access_key"), "\(words)")
    }

    /// Of three backups one is to be kept. Who would delete the others says why that cannot be: the command, and the daily
    /// round.
    private static func expectNothingDeleted(_ appliance: Appliance, _ catalog: Catalog) async throws {
        let retention = RetentionRun(
            appliance: appliance, catalog: catalog, database: try appliance.database("shop"), store: "bucket")
        let error = await #expect(throws: StoreError.self) { _ = try await retention.run() }
        let refusal = try #require(error)
        expectRefusal(refusal.line)
        let log = LogStream()
        await Upkeep(appliance: appliance, catalog: catalog, log: log.logger).daily(.now)
        let errors = log.all.filter { $0.hasPrefix("error") }
        #expect(errors.contains { $0.contains("retention could not delete: ") }, "\(errors)")
        #expect(errors.contains { $0.contains("could not be swept: ") }, "\(errors)")
        for words in errors { expectRefusal(words) }
        #expect(!log.all.contains { $0.contains("retention deleted") || $0.contains("removed ") }, "\(log.all)")
        let events = try await catalog.events(limit: 100)
        #expect(!events.contains { $0.kind == .retentionDeleted })
        let backups = try await catalog.backups(of: "shop")
        #expect(backups.map(\.proof) == [.proved, .proved, .proved])
    }
}
