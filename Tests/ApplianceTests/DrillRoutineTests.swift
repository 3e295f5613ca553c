import Catalog
import Dump
import Foundation
import Model
import Testing

@testable import Appliance

@Suite("A backup whose drill alone failed", .timeLimit(.minutes(30)))
struct DrillRoutineTests {
    @Test("is proved again when its last look is old, not at once, and is good when the drill passes")
    func again() async throws {
        try await withSite { site in
            let flag = site.path + "/passes"
            try site.makeSource("shop")
            try site.configure([
                ("shop", ["verify: {again_every: 1d, drill: {command: [/bin/sh, -c, \"test -e \(flag)\"]}}"])
            ])
            try await site.withDaemon { daemon, catalog in
                _ = try await daemon.startBackup(of: "shop", verify: nil, requester: "admin")
                try await site.log.wait(for: "its drill failed")
                try await site.waitForRest(of: daemon)
                let backup = try #require(try await catalog.backups(of: "shop").first)
                #expect(backup.proof == .different)
                #expect(backup.drillFailedAt != nil)
                #expect(backup.drillFailedAt == backup.verifiedAt)

                try await daemon.turn()
                #expect(await daemon.verificationTasks.isEmpty)
                let verifications = try await catalog.verifications(of: "shop", limit: 10)
                #expect(verifications.map(\.outcome) == [.different])

                try Data().write(to: URL(fileURLWithPath: flag))
                site.clock.advance(seconds: 2 * 86_400)
                try await site.log.wait(for: "again: the last proof grows old")
                try await site.log.wait(for: "Proved: 1 table, 3 rows")
                let proved = try #require(try await catalog.backups(of: "shop").first)
                #expect(proved.proof == .proved)
                #expect(proved.drillFailedAt == nil)
            }
        }
    }

    @Test("is known as such after a rebuild, and leaves the routine with a difference of another kind")
    func rebuilt() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["verify: {drill: {command: [/bin/sh, -c, \"exit 1\"]}}"])])
            let appliance = try site.appliance()
            let database = try appliance.database("shop")
            let catalog = try await site.catalog()
            let outcome = try await RecordedRun(
                appliance: appliance, catalog: catalog, database: database, trigger: .command, handle: RunHandle()
            ).run()
            let before = try #require(try await catalog.backups(of: "shop").first)
            #expect(before.drillFailedAt == outcome.decisive.verification?.finishedAt)
            _ = try await CatalogRebuild(appliance: appliance, catalog: catalog).run()
            let backups = try await catalog.backups(of: "shop")
            #expect(backups == [before])

            let survey = ProofSurvey(appliance: appliance, catalog: catalog, database: database)
            #expect(try await survey.backups(at: .now) == [before])
            var report = try #require(outcome.decisive.verification)
            report.differences.append(.init("a byte differs"))
            report.finishedAt = Timestamp(seconds: report.finishedAt.seconds + 1)
            try await catalog.note(report, store: "disk", key: nil)
            #expect(try await survey.backups(at: .now).isEmpty)
            await catalog.close()
        }
    }
}
