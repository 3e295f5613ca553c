import Catalog
import Model
import SQLite
import Testing

@testable import Appliance

@Suite("Exports that an earlier daemon has left", .timeLimit(.minutes(30)))
struct ExportTakeUpTests {
    /// One that a daemon had at work when it ended.
    /// - Parameter run: The run that made it.
    private static func left(_ site: Site, of database: String = "shop", run: Int64? = nil) -> ExportRecord {
        ExportRecord(
            id: BackupID(time: site.clock.now), database: database, store: "disk", run: run, format: .sql,
            includesSchema: true, chunkRows: 1000, verify: .checksum, requester: "reader", state: .running,
            createdAt: site.clock.now, totalRows: 9, rows: 5)
    }

    /// Runs `body` with the catalog before a daemon starts.
    private static func prepare(_ site: Site, _ body: (Catalog) async throws -> Void) async throws {
        let catalog = try await site.catalog()
        try await body(catalog)
        await catalog.close()
    }

    @Test("wait for their turn with runs of their own, and can be cancelled by then")
    func queued() async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            try site.makeSource("blog")
            let slow = ["breathing: {work: 10ms, pause: 5s}", "compression: none"]
            try site.configure([("shop", slow), ("blog", [])])
            var ids: [BackupID] = []
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                for name in ["shop", "blog"] {
                    let asked = try await console.startExport(ExportRequest(database: name, requester: "reader"))
                    ids.append(try #require(BackupID(asked.id)))
                }
                while try await catalog.export(ids[0])?.state != .running { await Task.yield() }
            }
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                let run = try #require(try await catalog.activeRuns().first { $0.database == "blog" })
                let waiting = try #require(try await catalog.export(ids[1]))
                #expect(waiting.state == .queued)
                #expect(waiting.run == run.id)
                #expect(run.attempt == 1, "it had only waited")
                #expect(try await console.cancelExport(ids[1]).state == .cancelled)
                #expect(try await catalog.run(run.id)?.state == .cancelled)

                let working = try #require(try await catalog.activeRuns().first { $0.database == "shop" })
                #expect(working.attempt == 2)
                #expect(try await catalog.export(ids[0])?.run == working.id)
                _ = try await console.cancelExport(ids[0])
                try await site.waitForEnd(of: working.id, in: catalog)
            }
            #expect(site.manifests == [])
        }
    }

    @Test("wait for a run of somebody at the command line, and are made when it is through")
    func busy() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let export = Self.left(site)
            try await Self.prepare(site) { try await $0.add(export) }
            try await Self.withCommand(site) { run, end in
                try await site.withDaemon { daemon, catalog in
                    let console = Console(daemon: daemon, catalog: catalog)
                    let waiting = try await catalog.export(export.id)
                    #expect(waiting?.state == .queued, "it is neither at work nor failed")
                    #expect(waiting?.rows == 0)
                    try await catalog.finish(run, RunEnd(.completed, at: site.clock.now))
                    end()
                    site.clock.advance(seconds: 60)
                    #expect(try await console.waitForExport(export.id, until: 60).state == .completed)
                }
            }
            #expect(site.manifests == ["shop/exports/\(export.id).manifest.json"])
        }
    }

    @Test("have an interruption counted also where they had to wait after it")
    func countedAfterWaiting() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            var export = Self.left(site)
            try await Self.prepare(site) { catalog in
                let last = try await catalog.begin(
                    RunStart(database: "shop", trigger: .export, attempt: 2, at: site.clock.now))
                try await catalog.finish(last.id, RunEnd(.interrupted, at: site.clock.now))
                export = Self.left(site, run: last.id)
                try await catalog.add(export)
            }
            let id = export.id
            try await Self.withCommand(site) { run, end in
                try await site.withDaemon { daemon, catalog in
                    let console = Console(daemon: daemon, catalog: catalog)
                    #expect(try await catalog.export(id)?.state == .queued)
                    try await catalog.finish(run, RunEnd(.completed, at: site.clock.now))
                    end()
                    site.clock.advance(seconds: 60)
                    #expect(try await console.waitForExport(id, until: 60).state == .completed)
                    let made = try #require(try await catalog.export(id)?.run)
                    #expect(try await catalog.run(made)?.attempt == 3)
                }
            }
        }
    }

    @Test("stay cancelled where that happens while they are taken up, and the daemon goes on")
    func cancelledMeanwhile() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let export = Self.left(site)
            try await Self.prepare(site) { try await $0.add(export) }
            // The cancellation comes between the begin of the new run and its being given to the export.
            try Database(path: site.state + "/catalog.db", access: .readWrite).execute(
                """
                CREATE TRIGGER cancellation AFTER INSERT ON runs WHEN new."trigger" = 'export' BEGIN
                    UPDATE exports SET state = 'cancelled', finished_at = new.started_at;
                END
                """)
            try await site.withDaemon { _, catalog in
                let runs = try await catalog.runs(of: "shop", limit: 9)
                #expect(runs.map(\.state) == [.cancelled])
                #expect(try await catalog.export(export.id)?.state == .cancelled)
            }
            #expect(site.manifests == [])
        }
    }

    @Test("can be cancelled while they wait for a run of somebody at the command line")
    func cancelled() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let export = Self.left(site)
            try await Self.prepare(site) { try await $0.add(export) }
            try await Self.withCommand(site) { _, _ in
                try await site.withDaemon { daemon, catalog in
                    let console = Console(daemon: daemon, catalog: catalog)
                    let cancelled = try await console.cancelExport(export.id)
                    #expect(cancelled.state == .cancelled)
                    await #expect(throws: NightjarError.self) { try await console.cancelExport(export.id) }
                }
            }
        }
    }

    @Test("are given up, and told of, where the database is configured no longer")
    func gone() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            let export = Self.left(site, of: "gone")
            try await Self.prepare(site) { try await $0.add(export) }
            try await site.withDaemon { _, catalog in
                let ended = try await catalog.export(export.id)
                #expect(ended?.state == .failed)
                #expect(ended?.failure?.code == .missing)
            }
            #expect(Self.isToldOf(export, site, "configured no longer"))
        }
    }

    @Test("are given up, and told of, where they have brought down three processes")
    func tooOften() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            var export = Self.left(site)
            try await Self.prepare(site) { catalog in
                let run = try await catalog.begin(
                    RunStart(database: "shop", trigger: .export, attempt: 3, at: site.clock.now))
                try await catalog.finish(run.id, RunEnd(.interrupted, at: site.clock.now))
                export = Self.left(site, run: run.id)
                try await catalog.add(export)
            }
            try await site.withDaemon { _, catalog in
                let ended = try await catalog.export(export.id)
                #expect(ended?.state == .failed)
            }
            #expect(Self.isToldOf(export, site, "interrupted 3 times"))
        }
    }

    private static func isToldOf(_ export: ExportRecord, _ site: Site, _ words: String) -> Bool {
        site.log.all.contains { $0.hasPrefix("warning: the export \(export.id) is given up: ") && $0.contains(words) }
    }

    /// Runs `body` beside what stands for a run of another process: its record, and its lock, which `end` releases.
    private static func withCommand(
        _ site: Site, _ body: (_ run: Int64, _ end: () -> Void) async throws -> Void
    ) async throws {
        var lock = try RunLock.acquire("shop", stateDirectory: site.state)
        try #require(lock != nil)
        var run: Int64 = 0
        try await prepare(site) { catalog in
            run = try await catalog.begin(RunStart(database: "shop", trigger: .command, at: site.clock.now)).id
        }
        try await body(run) { lock = nil }
        withExtendedLifetime(lock) {}
    }
}
