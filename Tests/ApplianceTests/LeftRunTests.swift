import Catalog
import Dump
import Foundation
import Model
import Storage
import TestSupport
import Testing

@testable import Appliance

@Suite("What a run has left that nobody goes on with", .timeLimit(.minutes(30)))
struct LeftRunTests {
    /// A backup in the store that the catalog has not heard of, and the folder of the run that made it.
    private func withLeftBackup(
        _ body: (Site, Catalog, LeftRun, BackupID) async throws -> Void
    ) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let appliance = try site.appliance()
            let catalog = try await site.catalog()
            let outcome = try await appliance.backUp(catalog)
            let id = try #require(BackupID(outcome.manifest.id))
            _ = try await catalog.remove(id, database: "shop", store: "disk")
            let folder = try appliance.runFolder(of: "shop")
            let store = try appliance.stores.store(named: "disk")
            try folder.begin(
                .init(
                    backup: id.description, database: "shop", stores: [.init(name: "disk", location: store.location)],
                    dumpKey: outcome.manifest.objects[0].key, slot: nil, missed: 0, startedAt: .now))
            try await body(site, catalog, LeftRun(appliance: appliance, catalog: catalog, folder: folder), id)
            await appliance.stores.shutdown()
            await catalog.close()
        }
    }

    @Test("its backup stays, and the catalog hears of it")
    func backup() async throws {
        try await withLeftBackup { site, catalog, left, id in
            try await left.clear()
            #expect(site.manifests == ["shop/\(id).manifest.json"])
            let backups = try await catalog.backups(of: "shop")
            #expect(backups.map(\.id) == [id])
            #expect(backups.map(\.proof) == [.unproved])
            #expect(backups.map(\.rows) == [3])
            #expect(!FileManager.default.fileExists(atPath: left.folder.path))
        }
    }

    @Test("a backup that cannot be read is taken down as different until it can, and freezes deletion")
    func unreadable() async throws {
        try await withLeftBackup { site, catalog, left, id in
            try site.replace("\"rows\" : 3", with: "\"rows\" : 4", inManifestOf: id)
            try await left.clear()
            let backups = try await catalog.backups(of: "shop")
            #expect(backups.map(\.proof) == [.different])
            let frozen = try await catalog.database(named: "shop")?.frozen
            #expect(frozen != nil)
            #expect(!FileManager.default.fileExists(atPath: left.folder.path))
            let events = try await catalog.events(of: "shop", limit: 20)
            #expect(events.filter { $0.kind == .retentionFrozen }.count == 1)
            #expect(!events.contains { $0.kind == .verificationFailed })

            try site.replace("\"rows\" : 4", with: "\"rows\" : 3", inManifestOf: id)
            let backup = try #require(backups.first)
            _ = try await RecordedVerification(
                appliance: try site.appliance(), catalog: catalog, backup: backup, level: .checksum,
                progress: RunProgress()
            ).run()
            let right = try await catalog.backups(of: "shop")
            #expect(right.map(\.proof) == [.checked])
        }
    }

    @Test("an upload that the store did not abort is aborted by the next backup")
    func abortedLater() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeLargeSource("shop")
                try site.configure(double, storeKeys: ["part_size: 5MiB", "attempts: 1"], [("shop", [])])
                let appliance = try site.appliance()
                let catalog = try await site.catalog()
                try await withEnding({
                    await appliance.stores.shutdown()
                    await catalog.close()
                }) {
                    for operation in [R2Operation.uploadPart, .abort] {
                        double.inject(.status(500, code: "InternalError"), matching: .operation(operation), times: .max)
                    }
                    await #expect(throws: (any Error).self) { try await appliance.backUp(catalog) }
                    #expect(double.openUploads.count == 1)
                    #expect(try appliance.runFolder(of: "shop").facts != nil)

                    double.comeBack()
                    let outcome = try await appliance.backUp(catalog)
                    #expect(outcome.state == .proved)
                    #expect(double.openUploads == [])
                    #expect(try appliance.runFolder(of: "shop").facts == nil)
                }
            }
        }
    }

    @Test("a store that is away is asked again, for a week")
    func away() async throws {
        try await withLeftBackup { site, catalog, left, _ in
            try FileManager.default.moveItem(atPath: site.store, toPath: site.store + "-away")
            await #expect(throws: NightjarError.self) { try await left.clear() }
            #expect(left.folder.facts != nil)
            let week = Timestamp(seconds: Timestamp.now.seconds + 8 * 86_400)
            try await left.clear(now: week)
            #expect(left.folder.facts == nil)
            let backups = try await catalog.backups(of: "shop")
            #expect(backups == [])
        }
    }

    @Test("a store that is away is not asked again where the beginning is still to come: a clock was wrong")
    func awayAhead() async throws {
        try await withLeftBackup { site, _, left, _ in
            try FileManager.default.moveItem(atPath: site.store, toPath: site.store + "-away")
            let yesterday = Timestamp(seconds: Timestamp.now.seconds - 86_400)
            try await left.clear(now: yesterday)
            #expect(left.folder.facts == nil)
        }
    }

    @Test("what it has in the store without a manifest is removed")
    func rubbish() async throws {
        try await withLeftBackup { site, _, left, id in
            try FileManager.default.removeItem(atPath: "\(site.store)/shop/\(id).manifest.json")
            try await left.clear()
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(site.store)/shop")
            #expect(!names.contains { $0.hasSuffix(".sql.zst") }, "\(names)")
            #expect(left.folder.facts == nil)
        }
    }
}
