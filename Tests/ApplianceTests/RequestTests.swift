import Catalog
import Foundation
import Model
import SQLite
import Settings
import Testing

@testable import Appliance

@Suite("People ask the daemon for", .timeLimit(.minutes(30)))
struct RequestTests {
    /// Slow enough to be found at work.
    private static let slow = ["breathing: {work: 10ms, pause: 5s}", "compression: none"]

    @Test("a backup now: it is made, proved, and no slot's")
    func backup() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                let run = try await console.startBackup(of: "shop", requester: "admin")
                #expect(run.state == .queued)
                try await site.log.wait(for: "Proved: 1 table, 3 rows")
                let detail = try await console.run(run.id)
                #expect(detail.run.trigger == .api)
                #expect(detail.run.slot == nil)
                #expect(detail.log.first?.text == "asked for by admin")
                #expect(detail.log.last?.text.hasPrefix("Proved") == true)
                #expect(detail.phases.map(\.phase) == [.snapshot, .export, .verify])
                #expect(try await catalog.backups(of: "shop").map(\.proof) == [.proved])
            }
        }
    }

    @Test("a second one of the same database, and are told which one is under way")
    func second() async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            try site.configure([("shop", Self.slow)])
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                let first = try await console.startBackup(of: "shop", requester: "admin")
                let error = await #expect(throws: RunInProgress.self) {
                    try await console.startBackup(of: "shop", requester: "admin")
                }
                #expect(error?.run.id == first.id)
                let refused = await #expect(throws: RunInProgress.self) {
                    try await console.startExport(ExportRequest(requester: "admin"))
                }
                #expect(refused?.run.id == first.id)
                _ = try await console.cancelRun(first.id)
                try await site.waitForEnd(of: first.id, in: catalog)
                let run = try await console.run(first.id).run
                #expect(run.state == .cancelled)
                #expect(site.manifests == [])
            }
        }
    }

    /// Asks for a backup while something else than a run holds the database, as the clearing away of a left run does, and
    /// runs `body` when the backup waits for that.
    private static func withHeldDatabase(
        _ site: Site, _ body: (Console, RunRecord, _ release: () -> Void) async throws -> Void
    ) async throws {
        try site.makeSource("shop")
        try site.configure([("shop", [])])
        try await site.withDaemon { daemon, catalog in
            let console = Console(daemon: daemon, catalog: catalog)
            var lock = try RunLock.acquire("shop", stateDirectory: site.state)
            try #require(lock != nil)
            let run = try await console.startBackup(of: "shop", requester: "admin")
            var isWaiting = false
            while !isWaiting {
                let detail = try await console.run(run.id)
                try #require(detail.run.finishedAt == nil, "\(detail.log.map(\.text))")
                isWaiting = detail.log.contains { $0.text.hasPrefix("waits for whoever holds the lock") }
                await Task.yield()
            }
            try await body(console, run) { lock = nil }
            withExtendedLifetime(lock) {}
        }
    }

    @Test("a backup of a database that is held for a moment: it waits, and is made")
    func held() async throws {
        try await withSite { site in
            try await Self.withHeldDatabase(site) { console, run, release in
                #expect(try await console.run(run.id).run.state == .queued)
                release()
                try await site.log.wait(for: "Proved: 1 table, 3 rows")
                #expect(try await console.run(run.id).run.state == .completed)
            }
        }
    }

    @Test("a backup of a database that is held, and take it back while it waits")
    func cancelHeld() async throws {
        try await withSite { site in
            try await Self.withHeldDatabase(site) { console, run, _ in
                _ = try await console.cancelRun(run.id)
                try await site.waitForEnd(of: run.id, in: console.catalog)
                #expect(try await console.run(run.id).run.state == .cancelled)
            }
            #expect(site.manifests == [])
        }
    }

    @Test("one that waits behind others, and take it back")
    func cancelQueued() async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            try site.makeSource("blog")
            try site.configure([("shop", Self.slow), ("blog", [])])
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                let first = try await console.startBackup(of: "shop", requester: "admin")
                let waiting = try await console.startBackup(of: "blog", requester: "admin")
                _ = try await console.cancelRun(waiting.id)
                #expect(try await console.run(waiting.id).run.state == .cancelled)
                await #expect(throws: NightjarError.self) { try await console.cancelRun(waiting.id) }
                await #expect(throws: NightjarError.self) { try await console.cancelRun(999) }
                _ = try await console.cancelRun(first.id)
                try await site.waitForEnd(of: first.id, in: catalog)
            }
            #expect(site.manifests == [])
        }
    }

    @Test("a run of the schedule to end: it is not made up for")
    func cancelScheduled() async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC"] + Self.slow)])
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                site.clock.advance(seconds: 59 * 60)
                try await site.log.wait(for: "backing up")
                let run = try await site.waitForRun(in: catalog)
                _ = try await console.cancelRun(run.id)
                try await site.waitForEnd(of: run.id, in: catalog)
                #expect(try await catalog.run(run.id)?.state == .cancelled)
            }
            try await site.withDaemon { _, catalog in
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.count == 1)
                #expect(site.log.all.contains { $0.contains("gone on with") } == false)
            }
        }
    }

    /// Runs `body` beside a daemon that verifies no backup of its own accord.
    private static func withUnverified(_ body: (Site, Console, Catalog) async throws -> Void) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["verify: {after_backup: none}"])])
            try await site.withDaemon { daemon, catalog in
                try await body(site, Console(daemon: daemon, catalog: catalog), catalog)
            }
        }
    }

    private static func backUp(_ site: Site, _ console: Console) async throws {
        _ = try await console.startBackup(of: "shop", requester: "admin")
        try await site.log.wait(for: "no proof was asked for")
    }

    @Test("a verification now, of the backup that they name")
    func verification() async throws {
        try await Self.withUnverified { site, console, catalog in
            try await Self.backUp(site, console)
            let backup = try #require(try await catalog.backups(of: "shop").first)
            #expect(backup.proof == .unproved)
            let task = try await console.startVerification(of: backup.id, level: nil, requester: "admin")
            #expect(task.level == .restore)
            try await site.log.wait(for: "Proved: 1 table, 3 rows")
            let record = try #require(try await catalog.verifications(of: "shop", limit: 1).first)
            let detail = try await console.verification(record.id)
            #expect(detail.report?.tables.map(\.rowsFound) == [3], "the report is read from the store")
            #expect(try await console.backup(backup.id).record.proof == .proved)
        }
    }

    @Test("verifications one after the other, and are told how theirs ended")
    func verificationsInTurn() async throws {
        try await Self.withUnverified { site, console, catalog in
            for _ in 1...2 { try await Self.backUp(site, console) }
            let ids = try await catalog.backups(of: "shop").map(\.id)
            let first = try #require(ids.first), second = try #require(ids.last)
            let task = try await console.startVerification(of: first, level: .checksum, requester: "admin")
            let next = try await console.startVerification(of: second, level: .restore, requester: "admin")
            #expect(task.state == .running)
            try await site.log.wait(for: "Proved: 1 table, 3 rows")
            let end = try #require(try await console.backup(first).verified)
            #expect(end.task == task.task)
            let number = try #require(end.verification)
            #expect(try await console.verification(number).record.level == .checksum)
            let last = try #require(try await console.backup(second).verified)
            #expect(last.task == next.task)
        }
    }

    @Test("no verification that they have cancelled, nor one of a backup that is gone")
    func verificationsThatFail() async throws {
        try await Self.withUnverified { site, console, catalog in
            try await Self.backUp(site, console)
            let backup = try #require(try await catalog.backups(of: "shop").first)
            await #expect(throws: NightjarError.self, "nothing is under way") {
                _ = try await console.cancelVerification(of: backup.id)
            }
            for manifest in site.manifests {
                try FileManager.default.removeItem(atPath: "\(site.store)/\(manifest)")
            }
            _ = try await console.startVerification(of: backup.id, level: nil, requester: "admin")
            try await site.log.wait(for: "not verified: ")
            let end = try #require(await console.daemon.lastVerification(of: backup.id))
            #expect(end.verification == nil)
            #expect(end.failure?.code == .missing)
        }
    }

    @Test("what there is not, and are told so")
    func missing() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", []), ("blog", [])])
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                func code(_ body: () async throws -> Void) async -> FailureCode? {
                    do {
                        try await body()
                        return nil
                    } catch {
                        return (error as? any Failure)?.code
                    }
                }
                let id = try #require(BackupID("dump_20260315-023000"))
                #expect(await code { _ = try await console.startBackup(of: "no", requester: "a") } == .missing)
                #expect(
                    await code { _ = try await console.startVerification(of: id, level: nil, requester: "a") }
                        == .missing)
                #expect(await code { _ = try await console.export(id) } == .missing)
                #expect(await code { _ = try await console.download(id) } == .missing)
                #expect(await code { _ = try await console.backup(id) } == .missing)
                #expect(await code { _ = try await console.database("no") } == .missing)
                #expect(await code { _ = try await console.run(7) } == .missing)
                #expect(await code { _ = try await console.verification(7) } == .missing)
                #expect(await code { _ = try await console.startExport(ExportRequest(requester: "a")) } == .usage)
            }
        }
    }
}
