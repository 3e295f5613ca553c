import Appliance
import Catalog
import Dump
import Foundation
import Model
import Restore
import Storage
import TestSupport
import Testing

@Suite("A verification that finds a difference", .timeLimit(.minutes(30)))
struct VerificationRunTests {
    /// Backs up as often as asked for and gives the manifests, oldest first.
    private func backUp(
        _ site: Site, times: Int, verify: VerificationLevel? = nil
    ) async throws -> [Manifest] {
        let catalog = try await site.catalog()
        let appliance = try site.appliance()
        var manifests: [Manifest] = []
        for _ in 0..<times {
            let outcome = try await appliance.backUp(catalog, verifyAfterBackup: verify)
            manifests.append(outcome.manifest)
        }
        await catalog.close()
        return manifests
    }

    private func verify(
        _ site: Site, _ manifest: Manifest, _ level: VerificationLevel = .restore
    ) async throws -> VerificationReport {
        let appliance = try site.appliance()
        let store = try appliance.stores.store(named: "disk")
        return try await VerificationRun(
            appliance: appliance, store: store, level: level, progress: nil, opening: nil, fallsBack: false
        )
        .verify(.open(manifest)).report
    }

    private func objectPath(_ site: Site, _ manifest: Manifest) throws -> String {
        "\(site.store)/\(try #require(manifest.objects.first).key)"
    }

    private func flip(_ path: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 0x10
        try FileManager.default.removeItem(atPath: path)
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test("says when the backup was good, when it was first different, and which other one is good")
    func advises() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let manifests = try await backUp(site, times: 3)
            try #require(manifests.count == 3)
            let path = try objectPath(site, manifests[2])
            try flip(path)
            let report = try await verify(site, manifests[2])
            #expect(report.outcome == .different)
            let advice = try #require(report.advice)
            #expect(advice.goodUntil != nil)
            #expect(advice.differentSince <= report.finishedAt)
            #expect(advice.goodBackup?.id == manifests[1].id)
            #expect(advice.goodBackup?.store == "disk")
            #expect(report.brief.contains { $0.contains("nightjar restore shop/\(manifests[1].id) --to ") })

            // Known since the first time, also when it is found again, and another backup is different too.
            try flip(try objectPath(site, manifests[1]))
            _ = try await verify(site, manifests[1], .checksum)
            let again = try await verify(site, manifests[2], .checksum)
            #expect(again.advice?.goodUntil == advice.goodUntil)
            #expect(again.advice?.differentSince == report.finishedAt)
            #expect(again.advice?.goodBackup?.id == manifests[0].id)
        }
    }

    @Test("says so where no verification found it good, and no other backup is")
    func knowsNothing() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let manifests = try await backUp(site, times: 2, verify: VerificationLevel.none)
            let last = try #require(manifests.last)
            try flip(try objectPath(site, last))
            let report = try await verify(site, last)
            #expect(report.outcome == .different)
            let advice = try #require(report.advice)
            #expect(advice.goodUntil == nil)
            #expect(advice.goodBackup == nil)
            #expect(report.brief.contains { $0.contains("nightjar verify --all") })
        }
    }

    @Test("does not take for one what was deleted meanwhile", arguments: [VerificationLevel.checksum, .restore])
    func deletedMeanwhile(level: VerificationLevel) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let manifest = try #require(try await backUp(site, times: 1).first)
            try FileManager.default.removeItem(atPath: try objectPath(site, manifest))
            let report = try await verify(site, manifest, level)
            #expect(report.outcome == .different, "without its object it is different")

            try FileManager.default.removeItem(atPath: "\(site.store)/shop/\(manifest.id).manifest.json")
            let error = await #expect(throws: NightjarError.self) { _ = try await verify(site, manifest, level) }
            #expect(error?.code == .missing)
            #expect(error?.message == "\(manifest.id) was deleted while it was verified")
        }
    }
}
