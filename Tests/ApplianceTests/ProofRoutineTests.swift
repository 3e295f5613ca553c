import Catalog
import Foundation
import Model
import Testing

@testable import Appliance

@Suite("Backups are proved again", .timeLimit(.minutes(30)))
struct ProofRoutineTests {
    private static let day: Int64 = 86_400
    private static let words = "again: the last proof grows old"

    /// A database with a backup that was proved a while ago.
    /// - Parameter allowance: What may be fetched for it; the daemon may look as soon as the proof is old.
    private func withOldProof(
        _ keys: [String], age: Int64 = 2 * day, allowance: Int64? = nil,
        _ body: (Site, Daemon, Catalog, BackupRecord) async throws -> Void
    ) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", keys)])
            try await site.withDaemon { daemon, catalog in
                _ = try await daemon.startBackup(of: "shop", verify: nil, requester: "admin")
                try await site.log.wait(for: "Proved: 1 table, 3 rows")
                try await site.waitForRest(of: daemon)
                let id = try #require(try await catalog.backups(of: "shop").first?.id)
                if let allowance {
                    try await catalog.setProofAllowance(site.clock.now, bytes: allowance, of: "shop")
                }
                let old = Timestamp(seconds: site.clock.now.seconds - age)
                try await catalog.setProof(.proved, of: id, database: "shop", store: "disk", at: old)
                let backup = try #require(try await catalog.backups(of: "shop").first)
                #expect(backup.provedAt == old)
                try await body(site, daemon, catalog, backup)
            }
        }
    }

    @Test("before their last proofs are older than that")
    func again() async throws {
        try await withOldProof(["verify: {again_every: 1d}"]) { site, _, catalog, backup in
            site.clock.advance(seconds: 3600)
            try await site.log.wait(for: Self.words)
            try await site.log.wait(for: "Proved: 1 table, 3 rows")
            let newest = try #require(try await catalog.verifications(of: "shop", limit: 1).first)
            #expect(newest.backup == backup.id)
            #expect(newest.level == .restore)
            let proved = try #require(try await catalog.backups(of: "shop").first?.provedAt)
            #expect(proved > Timestamp(seconds: site.clock.now.seconds - 86_400))
            let events = try await catalog.events(of: "shop", limit: 10).filter { $0.kind == .verificationOverdue }
            #expect(events.count == 1)
            #expect(events.first?.text.hasPrefix("1 of 1 backup has not been proved for more than ") == true)
        }
    }

    @Test("not while they are young, and never where nobody asks for it", arguments: ["3d", "off"])
    func young(againEvery: String) async throws {
        try await withOldProof(["verify: {again_every: \(againEvery)}"]) { site, daemon, catalog, _ in
            let before = try await catalog.verifications(of: "shop", limit: 10).count
            site.clock.advance(seconds: 3600)
            try await daemon.turn()
            #expect(await daemon.verificationTasks.isEmpty)
            #expect(try await catalog.verifications(of: "shop", limit: 10).count == before)
        }
    }

    @Test("within the budget, which they use up")
    func budget() async throws {
        let keys = ["verify: {again_every: 1d, budget: 1MiB}"]
        try await withOldProof(keys, allowance: -(1 << 20)) { site, daemon, catalog, backup in
            site.clock.advance(seconds: 3600)
            try await daemon.turn()
            #expect(await daemon.verificationTasks.isEmpty, "nothing may be fetched yet")
            site.clock.advance(seconds: 25 * 3600)
            try await site.log.wait(for: "Proved: 1 table, 3 rows")
            let left = try #require(try await catalog.proofAllowance(of: "shop"))
            #expect(left.at == site.clock.now)
            #expect(left.bytes > 0)
            #expect(left.bytes < (1 << 20) - backup.storedBytes)
        }
    }

    @Test("later, where a backup is to be made meanwhile")
    func makesWay() async throws {
        try await withSite { site in
            let gate = site.path + "/gate"
            let drill = "while [ ! -e \(gate) ]; do sleep 0.02; done"
            try site.makeSource("shop")
            try site.makeSource("blog")
            try site.configure([
                ("shop", ["verify: {again_every: 1d, drill: {command: [/bin/sh, -c, \"\(drill)\"]}}"]), ("blog", []),
            ])
            try await site.withDaemon { daemon, catalog in
                _ = try await daemon.startBackup(of: "shop", verify: .checksum, requester: "admin")
                try await site.log.wait(for: "Checked, not proved")
                // A backup that is only checked has no proof at all.
                try await site.log.wait(for: Self.words)
                let blog = try await daemon.startBackup(of: "blog", verify: nil, requester: "admin")
                try await site.log.wait(for: "makes way")
                try await site.waitForEnd(of: blog.id, in: catalog)
                try await site.log.wait(for: Self.words)
                try Data().write(to: URL(fileURLWithPath: gate))
                try await site.log.wait(for: "Proved: 1 table, 3 rows")
                #expect(try await catalog.backups(of: "shop").first?.proof == .proved)
            }
        }
    }

    @Test("also those behind one of which nothing could be found out")
    func trouble() async throws {
        try await withOldProof(["verify: {again_every: 1d}"]) { site, daemon, catalog, first in
            try FileManager.default.removeItem(atPath: "\(site.store)/\(try #require(site.manifests.first))")
            _ = try await daemon.startBackup(of: "shop", verify: .checksum, requester: "admin")
            try await site.log.wait(for: "Checked, not proved")
            // Which of the two comes first does not matter: neither keeps the other from its turn.
            try await site.log.waitOnce(for: "not verified: ")
            try await site.log.waitOnce(for: "Proved: 1 table, 3 rows")
            let failures = try await catalog.events(of: "shop", limit: 20).filter { $0.kind == .verificationFailed }
            #expect(failures.count == 1)
            #expect(failures.first?.text.contains("\(first.id) could not be verified") == true)
            let backups = try await catalog.backups(of: "shop")
            #expect(!backups.contains { $0.id == first.id }, "without its manifest it is none")
        }
    }
}
