import Catalog
import Foundation
import Model
import Restore
import Testing

@testable import Appliance

@Suite("A database's most trusted backup", .timeLimit(.minutes(30)))
struct BackupLocatorTests {
    /// Proved backups, oldest first.
    private func backUp(_ site: Site, times: Int) async throws -> [BackupID] {
        try site.makeSource("shop")
        try site.configure([("shop", [])])
        let catalog = try await site.catalog()
        let appliance = try site.appliance()
        var ids: [BackupID] = []
        for _ in 0..<times {
            let outcome = try await appliance.backUp(catalog)
            ids.append(try #require(BackupID(outcome.manifest.id)))
        }
        await catalog.close()
        return ids
    }

    private func mostTrusted(_ site: Site) async throws -> BackupLocator.Found {
        try await BackupLocator(appliance: try site.appliance()).resolve("shop", preferring: .verified)
    }

    @Test("is an older one where the newest one's manifest has rotted, and that is said")
    func rottenManifest() async throws {
        try await withSite { site in
            let ids = try await backUp(site, times: 2)
            try #require(ids.count == 2)
            try site.replace("\"rows\" : 3", with: "\"rows\" : 4", inManifestOf: ids[1])
            let found = try await mostTrusted(site)
            #expect(found.entry.keys.id == ids[0])
            let note = "The manifest of \(ids[1]) in the store disk is not what was written: it was passed over."
            #expect(found.notes == [note])
        }
    }

    @Test("is the newest one where no manifest can be read: that fails in words of its own")
    func allRotten() async throws {
        try await withSite { site in
            let ids = try await backUp(site, times: 2)
            for id in ids { try site.replace("\"rows\" : 3", with: "\"rows\" : 4", inManifestOf: id) }
            let found = try await mostTrusted(site)
            #expect(found.entry.keys.id == ids.last)
            let error = await #expect(throws: NightjarError.self) { _ = try await found.manifest() }
            #expect(error?.code == .difference)
        }
    }
}
