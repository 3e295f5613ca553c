import Catalog
import Dump
import Foundation
import Model
import Restore
import Storage
import Testing

@testable import Appliance

@Suite("What a verification finds out is in the catalog", .timeLimit(.minutes(30)))
struct RecordedVerificationTests {
    /// A proved backup, its site and its catalog.
    private func withProvedBackup(_ body: (Site, Catalog, BackupRecord) async throws -> Void) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let catalog = try await site.catalog()
            let appliance = try site.appliance()
            try await appliance.backUp(catalog)
            let backup = try #require(try await catalog.backups(of: "shop").first)
            #expect(backup.proof == .proved)
            try await body(site, catalog, backup)
            await catalog.close()
        }
    }

    private func verification(
        _ site: Site, _ catalog: Catalog, _ backup: BackupRecord, _ level: VerificationLevel = .restore
    ) throws -> RecordedVerification {
        RecordedVerification(
            appliance: try site.appliance(), catalog: catalog, backup: backup, level: level, progress: RunProgress())
    }

    private func manifestPath(_ site: Site, _ backup: BackupRecord) -> String {
        "\(site.store)/shop/\(backup.id).manifest.json"
    }

    @Test(
        "a manifest that rots freezes deletion, and is no longer called proved",
        arguments: [VerificationLevel.checksum, .restore])
    func rottenManifest(level: VerificationLevel) async throws {
        try await withProvedBackup { site, catalog, backup in
            try site.replace("\"rows\" : 3", with: "\"rows\" : 4", inManifestOf: backup.id)
            let work = try verification(site, catalog, backup, level)
            let error = await #expect(throws: NightjarError.self) { _ = try await work.run() }
            #expect(error?.code == .difference)
            #expect(try await catalog.backups(of: "shop").map(\.proof) == [.different])
            let frozen = try #require(try await catalog.database(named: "shop")?.frozen)
            #expect(frozen.kind == .difference)
            #expect(frozen.reason.contains("\(backup.id)"))
            let events = try await catalog.events(of: "shop", limit: 20)
            #expect(events.filter { $0.kind == .verificationFailed }.count == 1)
            let newest = try #require(try await catalog.verifications(of: "shop", limit: 1).first)
            #expect(newest.outcome == .different)
            #expect(newest.reportKey == nil)

            // Right again, it is what it was.
            try site.replace("\"rows\" : 4", with: "\"rows\" : 3", inManifestOf: backup.id)
            _ = try await verification(site, catalog, backup, .checksum).run()
            #expect(try await catalog.backups(of: "shop").map(\.proof) == [.proved])
        }
    }

    @Test("a backup whose manifest is gone counts no longer")
    func goneManifest() async throws {
        try await withProvedBackup { site, catalog, backup in
            try FileManager.default.removeItem(atPath: manifestPath(site, backup))
            let work = try verification(site, catalog, backup)
            let error = await #expect(throws: NightjarError.self) { _ = try await work.run() }
            #expect(error?.code == .missing)
            #expect(error?.message.contains("\(backup.id) is gone from the store disk") == true)
            #expect(try await catalog.backups(of: "shop").isEmpty)
            #expect(try await catalog.database(named: "shop")?.frozen == nil)
        }
    }

    @Test("a store that is away takes no backup with it")
    func storeAway() async throws {
        try await withProvedBackup { site, catalog, backup in
            try FileManager.default.moveItem(atPath: site.store, toPath: site.store + "-away")
            try FileManager.default.createDirectory(atPath: site.store, withIntermediateDirectories: false)
            let work = try verification(site, catalog, backup)
            await #expect(throws: (any Error).self) { _ = try await work.run() }
            #expect(try await catalog.backups(of: "shop") == [backup])
        }
    }

    @Test("what restores wrongly stays different where its bytes are right, also after a rebuild")
    func staysDifferent() async throws {
        try await withProvedBackup { site, catalog, backup in
            let path = manifestPath(site, backup)
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            var manifest = try ManifestDocument.decode(bytes, name: path)
            manifest.tables[0].digest.add(rowHash: 1)
            try Data(ManifestDocument.encode(manifest)).write(to: URL(fileURLWithPath: path))
            // As if it had been written like that.
            try await catalog.remove(backup.id, database: "shop", store: "disk")
            _ = try await CatalogRebuild(appliance: site.appliance(), catalog: catalog).run()
            let found = try await verification(site, catalog, backup).run()
            #expect(found.report.outcome == .different)
            for _ in 1...2 {
                let checked = try await verification(site, catalog, backup, .checksum).run()
                #expect(checked.report.outcome == .checked)
                #expect(try await catalog.backups(of: "shop").map(\.proof) == [.different])
                let appliance = try site.appliance()
                let stored = try await BackupLocator(appliance: appliance).resolve("shop", preferring: .newest)
                #expect(try await stored.standing().state == .failed)
                try await catalog.remove(backup.id, database: "shop", store: "disk")
                _ = try await CatalogRebuild(appliance: appliance, catalog: catalog).run()
                #expect(try await catalog.backups(of: "shop").map(\.proof) == [.different])
            }
        }
    }

    @Test(
        "a difference is taken down although the verification is cancelled, and before advice is sought",
        arguments: [false, true])
    func cancelled(isOfSameSecond: Bool) async throws {
        try await withProvedBackup { site, catalog, backup in
            let proof = try #require(try await catalog.verifications(of: "shop", limit: 1).first)
            let keys = BackupKeys(database: "shop", id: backup.id)
            let appliance = try site.appliance()
            let store = try appliance.stores.store(named: "disk")
            let manifest = try await StoredBackups(store: store).manifest(keys)
            let object = try #require(manifest.objects.first)
            try FileManager.default.removeItem(atPath: "\(site.store)/\(object.key)")
            let (arrived, arrival) = AsyncStream<Void>.makeStream()
            let (released, release) = AsyncStream<Void>.makeStream()
            let work = Task {
                try await VerificationRun(
                    appliance: appliance, store: store, level: .checksum, progress: nil, opening: nil, fallsBack: false
                ).verify(
                    .open(manifest),
                    warning: { report in
                        var report = report
                        if isOfSameSecond { report.finishedAt = proof.at }
                        let time = try await catalog.warn(of: report, store: "disk")
                        arrival.yield()
                        var releases = released.makeAsyncIterator()
                        _ = await releases.next()
                        return time
                    },
                    noting: { kept in
                        try await catalog.note(kept.report, store: "disk", key: kept.key)
                        return kept
                    })
            }
            var arrivals = arrived.makeAsyncIterator()
            _ = await arrivals.next()
            #expect(try await catalog.database(named: "shop")?.frozen?.kind == .difference)
            #expect(try await catalog.backups(of: "shop").map(\.proof) == [.different])
            func told() async throws -> [EventRecord] {
                try await catalog.events(of: "shop", limit: 20).filter { $0.kind == .verificationFailed }
            }
            let warnings = try await told()
            #expect(warnings.count == 1, "who is killed now has told of it")
            work.cancel()
            release.yield()
            let kept = try await work.value
            let key = try #require(kept.key)
            #expect(FileManager.default.fileExists(atPath: "\(site.store)/\(key)"))
            let newest = try #require(try await catalog.verifications(of: "shop", limit: 1).first)
            #expect(newest.reportKey == key)
            #expect(newest.at > proof.at)
            #expect(try await told() == warnings, "and once is enough")
            #expect(warnings.map(\.verification) == [newest.id])
        }
    }
}
