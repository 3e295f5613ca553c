import Catalog
import Foundation
import Glibc
import Logging
import Model
import TestSupport
import Testing

@testable import Appliance

@Suite("Keys of a bucket that are exchanged in the middle of an upload", .timeLimit(.minutes(30)))
struct CredentialRotationTests {
    private static let keys = ["schedule: every 1h", "timezone: UTC", "compression: none", "alarm: {overdue: off}"]

    @Test(
        "fail the run in words, and with the new ones the next scheduled one leaves its proved backup and nothing else")
    func nextSlot() async throws {
        try await withRotation { site, double in
            try await site.serve(reloading: { daemon, catalog in
                let (slot, failed) = try await Self.breakOff(site, double, catalog)
                #expect(failed.contains("cannot upload part 2 of shop/dump_"), "\(failed)")
                #expect(failed.contains("403 InvalidAccessKeyId"), "\(failed)")
                #expect(failed.contains("check the store's access_key_id and secret_access_key"), "\(failed)")
                let status = try await site.status(catalog)
                #expect(status.state == .failing)
                #expect(Self.manifests(double) == [])

                try await Self.takeNewKeys(site, double, daemon)
                let next = Timestamp(seconds: slot.seconds + 3600)
                site.clock.set(next)
                var end = try await site.log.nextEnd()
                while try await catalog.lastEnd(of: "shop")?.slot != next { end = try await site.log.nextEnd() }
                #expect(end.contains("Proved: 1 table, 700 rows"), "\(end)")
                let backups = try await catalog.backups(of: "shop")
                #expect(backups.allSatisfy { $0.proof == .proved })
                #expect(Self.manifests(double).count == backups.count)
                let after = try await site.status(catalog)
                #expect(after.state == .protected)
            })
            Self.expectNothingLeft(site, double)
            let secrets = [double.secretAccessKey, double.nextSecretAccessKey]
            #expect(!site.log.all.contains { line in secrets.contains { line.contains($0) } })
        }
    }

    @Test("cost the slot no backup: it is tried again, and goes on with the new ones without anybody's asking")
    func sameSlot() async throws {
        try await withRotation { site, double in
            try await site.serve(reloading: { daemon, catalog in
                let (slot, failed) = try await Self.breakOff(site, double, catalog)
                try #require(failed.contains(site.promise(60)), "\(failed)")
                try await Self.takeNewKeys(site, double, daemon)
                site.clock.advance(seconds: 60)
                let made = try await site.log.nextEnd()
                #expect(made.contains("Proved: 1 table, 700 rows"), "\(made)")
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.state) == [.completed, .failed])
                #expect(runs.allSatisfy { $0.slot == slot })
                let backups = try await catalog.backups(of: "shop")
                #expect(backups.map(\.proof) == [.proved])
            })
            Self.expectNothingLeft(site, double)
            #expect(Self.manifests(double).count == 1)
        }
    }

    @Test("leave nothing of a backup that somebody asked for, once the next one has the new ones")
    func command() async throws {
        try await withRotation { site, double in
            let catalog = try await site.catalog()
            try await withEnding({ await catalog.close() }) {
                double.rotateCredentials(at: .operation(.uploadPart), skipping: 1)
                let error = await #expect(throws: (any Error).self) { _ = try await Self.backUp(site, catalog) }
                let failure = try #require(error as? any Failure)
                #expect(failure.code == .unreachable)
                #expect(failure.message.contains("403 InvalidAccessKeyId"), "\(failure)")
                #expect(failure.hint?.contains("access_key_id") == true)

                try Self.configure(site, double, double.nextAccessKeyID, double.nextSecretAccessKey)
                let made = try await Self.backUp(site, catalog)
                #expect(made.state == .proved)
                let backups = try await catalog.backups(of: "shop")
                #expect(backups.map(\.proof) == [.proved])
            }
            Self.expectNothingLeft(site, double)
            #expect(Self.manifests(double).count == 1)
        }
    }

    // MARK: Tools

    /// A database of three parts whose store has its secret in a file of its own.
    private func withRotation(_ body: (Site, R2Double) async throws -> Void) async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeLargeSource("shop")
                try Self.configure(site, double, double.accessKeyID, double.secretAccessKey)
                try await body(site, double)
            }
        }
    }

    private static func configure(_ site: Site, _ double: R2Double, _ id: String, _ secret: String) throws {
        let file = site.path + "/secret"
        try Data("\(secret)\n".utf8).write(to: URL(fileURLWithPath: file))
        try #require(chmod(file, 0o600) == 0)
        // A request fails at once, and parts go one after the other.
        let lines =
            [
                "state_dir: \"\(site.state)\"", "scratch_dir: \"\(site.scratch)\"", "stores:", "  bucket:",
                "    type: r2", "    endpoint: \"\(double.endpoint)\"", "    bucket: \(double.bucket)",
                "    access_key_id: \(id)", "    secret_access_key: {file: \"\(file)\"}", "    part_size: 5MiB",
                "    attempts: 1", "    upload_concurrency: 1", "databases:", "  shop:",
                "    sqlite: \"\(site.path)/shop.db\"",
            ] + keys.map { "    \($0)" }
        try site.write(lines.joined(separator: "\n") + "\n")
    }

    /// Has the keys exchanged when the second part of the next slot's upload arrives.
    /// - Returns: The slot, and how its run ended.
    private static func breakOff(
        _ site: Site, _ double: R2Double, _ catalog: Catalog
    ) async throws -> (slot: Timestamp, end: String) {
        try await site.waitForUpkeep(catalog)
        double.rotateCredentials(at: .operation(.uploadPart), skipping: 1)
        site.clock.advance(seconds: 59 * 60)
        let slot = site.clock.now
        return (slot, try await site.log.nextEnd())
    }

    private static func takeNewKeys(_ site: Site, _ double: R2Double, _ daemon: Daemon) async throws {
        try configure(site, double, double.nextAccessKeyID, double.nextSecretAccessKey)
        daemon.reload()
        try await site.log.wait(for: "the configuration was read again")
    }

    private static func backUp(_ site: Site, _ catalog: Catalog) async throws -> BackupRun.Outcome {
        let appliance = try site.appliance()
        return try await withEnding({ await appliance.stores.shutdown() }) {
            try await appliance.backUp(catalog)
        }
    }

    private static func manifests(_ double: R2Double) -> [String] {
        double.objects.keys.filter { $0.hasSuffix(".manifest.json") }.sorted()
    }

    private static func expectNothingLeft(_ site: Site, _ double: R2Double) {
        #expect(double.openUploads == [], "a half-made upload is paid for, and nobody sees it")
        #expect(double.overwrittenKeys == [])
        let dumps = double.objects.keys.filter { $0.hasSuffix(".sql") }
        #expect(dumps.count == manifests(double).count)
        let scratch = (try? FileManager.default.contentsOfDirectory(atPath: site.scratch)) ?? []
        #expect(scratch == [])
    }
}

extension Site {
    /// The same as `serve`, for tests that have the daemon read its configuration again.
    fileprivate func serve(reloading body: (Daemon, Catalog) async throws -> Void) async throws {
        let lock = try DaemonLock(stateDirectory: state)
        let logger = log.logger
        let catalog = try await appliance().openCatalog { logger.error("\($0)") }
        try await withDaemon(on: catalog, body)
        withExtendedLifetime(lock) {}
    }
}
