import Catalog
import Model
import Testing

@testable import Appliance

@Suite("How long an export will take") struct ExportEstimateTests {
    @Test("is told from the pace since its work began, not since it was asked for")
    func pace() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let now = site.clock.now
            let asked = Timestamp(seconds: now.seconds - 3600)
            let id = BackupID(time: asked)
            let catalog = try await site.catalog()
            let daemon = Daemon(
                configurationPath: site.configurationPath, environment: [:], appliance: try site.appliance(),
                catalog: catalog, clock: site.clock, manager: ServiceManager(environment: [:]), log: site.log.logger)
            let console = Console(daemon: daemon, catalog: catalog)
            try await catalog.register(["shop"], at: asked)
            let run = try await catalog.begin(
                RunStart(database: "shop", trigger: .export, isQueued: true, at: asked))
            try await catalog.add(
                ExportRecord(
                    id: id, database: "shop", store: "disk", run: run.id, format: .sql, includesSchema: true,
                    chunkRows: 1000, verify: .checksum, requester: "reader", createdAt: asked))
            let waiting = try await console.export(id)
            #expect(waiting.estimatedEnd == nil)

            try await catalog.start(run.id, at: Timestamp(seconds: now.seconds - 100))
            try await catalog.startExport(id, run: run.id)
            try await catalog.updateExport(id, totalRows: 400, rows: 100, dumpBytes: 1, storedBytes: 1)
            let end = Timestamp(seconds: now.seconds + 300)
            let working = try await console.export(id)
            #expect(working.estimatedEnd == end)
            #expect(working.startedAt == asked)
            let page = try await console.database("shop")
            #expect(page.exports.map(\.estimatedEnd) == [end])
            #expect(page.overview.exporting?.estimatedEnd == end)
            let overview = try await console.overview()
            #expect(overview.databases.map(\.exporting?.estimatedEnd) == [end])
            await catalog.close()
        }
    }
}
