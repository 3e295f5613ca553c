import Catalog
import Model
import SQLite
import TestSupport
import Testing

@Suite("The catalog's counts of runs") struct CatalogRunCountsTests {
    /// One run from its beginning to its end.
    private static func run(
        _ database: String, _ state: RunEnd.State, _ code: FailureCode? = nil, trigger: RunTrigger = .schedule,
        in catalog: Catalog
    ) async throws {
        let run = try await catalog.begin(RunStart(database: database, trigger: trigger, at: noon))
        let failure = code.map { RunFailure(code: $0, message: "why") }
        try await catalog.finish(run.id, RunEnd(state, at: later(1), failure: failure))
    }

    @Test("Each run is counted once, when it ends, by database, kind, outcome and reason")
    func counting() async throws {
        try await withCatalog { catalog, _ in
            let none = try await catalog.runCounts()
            #expect(none == [])
            try await Self.run("shop", .completed, in: catalog)
            try await Self.run("shop", .completed, trigger: .export, in: catalog)
            try await Self.run("shop", .completed, .io, in: catalog)
            try await Self.run("shop", .failed, .unreachable, in: catalog)
            try await Self.run("shop", .failed, .unreachable, trigger: .api, in: catalog)
            try await Self.run("shop", .failed, .io, in: catalog)
            try await Self.run("blog", .cancelled, .cancelled, in: catalog)
            try await Self.run("blog", .interrupted, in: catalog)
            _ = try await catalog.begin(RunStart(database: "wiki", trigger: .schedule, at: noon))
            let counts = try await catalog.runCounts()
            #expect(
                counts == [
                    RunCount(database: "blog", state: .cancelled, reason: .cancelled, count: 1),
                    RunCount(database: "blog", state: .interrupted, reason: nil, count: 1),
                    RunCount(database: "shop", state: .completed, reason: nil, count: 1),
                    RunCount(database: "shop", state: .completed, reason: .io, count: 1),
                    RunCount(database: "shop", state: .failed, reason: .io, count: 1),
                    RunCount(database: "shop", state: .failed, reason: .unreachable, count: 2),
                    RunCount(database: "shop", kind: .export, state: .completed, reason: nil, count: 1),
                ])
        }
    }

    @Test("A run that is ended a second time is not counted again")
    func again() async throws {
        try await withCatalog { catalog, _ in
            let run = try await catalog.begin(RunStart(database: "shop", trigger: .schedule, at: noon))
            try await catalog.finish(run.id, RunEnd(.completed, at: later(1)))
            let error = await failure { try await catalog.finish(run.id, RunEnd(.completed, at: later(2))) }
            #expect(error?.code == .internal)
            let counts = try await catalog.runCounts()
            #expect(counts.map(\.count) == [1])
        }
    }

    @Test("Forgotten runs stay counted")
    func forgetting() async throws {
        try await withTemporaryDirectory { folder in
            let catalog = try await openCatalog(folder)
            try await Self.run("shop", .failed, .busy, in: catalog)
            await catalog.close()
            try Database(path: "\(folder)/catalog.db", access: .readWrite).execute(
                """
                WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT 200)
                INSERT INTO runs (
                    database, trigger, missed, pid, state, phase, attempt, started_at, rows, dump_bytes, stored_bytes,
                    finished_at
                )
                SELECT 'shop', 'schedule', 0, 1, 'failed', 'export', 1, n, 0, 0, 0, n FROM number
                """)
            let next = try await openCatalog(folder)
            let forgotten = try await next.forgetRuns(before: later(60))
            #expect(forgotten == 1)
            try await Self.run("shop", .failed, .busy, in: next)
            let counts = try await next.runCounts()
            #expect(counts == [RunCount(database: "shop", state: .failed, reason: .busy, count: 2)])
            await next.close()
        }
    }
}

@Suite("Runs of exports") struct CatalogExportRunsTests {
    private static func run(
        _ trigger: RunTrigger, _ state: RunEnd.State, slot: Timestamp? = nil, in catalog: Catalog
    ) async throws -> RunRecord {
        let run = try await catalog.begin(RunStart(database: "shop", trigger: trigger, slot: slot, at: noon))
        return try await catalog.finish(run.id, RunEnd(state, at: later(run.id)))
    }

    @Test("are listed, and say nothing of the backups")
    func filters() async throws {
        try await withCatalog { catalog, _ in
            let only = try await Self.run(.export, .completed, in: catalog)
            #expect(only.trigger == .export)
            let ends = [
                try await catalog.lastEnd(of: "shop"), try await catalog.lastScheduledEnd(of: "shop"),
                try await catalog.lastSuccess(of: "shop"),
            ]
            #expect(ends == [nil, nil, nil])

            let success = try await Self.run(.command, .completed, in: catalog)
            let failed = try await Self.run(.schedule, .failed, slot: noon, in: catalog)
            let asked = try await Self.run(.api, .failed, in: catalog)
            _ = try await Self.run(.export, .completed, slot: noon, in: catalog)
            let newest = try await Self.run(.export, .failed, slot: noon, in: catalog)
            let end = try await catalog.lastEnd(of: "shop")
            #expect(end == asked)
            let scheduled = try await catalog.lastScheduledEnd(of: "shop")
            #expect(scheduled == failed)
            let lastSuccess = try await catalog.lastSuccess(of: "shop")
            #expect(lastSuccess == success)
            let runs = try await catalog.runs(of: "shop", limit: 100)
            #expect(runs.first == newest)
            #expect(runs.count == 6)
        }
    }

    @Test("wait for a backup of the database, and a backup for them", arguments: [RunTrigger.export, .schedule])
    func oneAtATime(trigger: RunTrigger) async throws {
        try await withCatalog { catalog, _ in
            let first = try await catalog.begin(RunStart(database: "shop", trigger: trigger, at: noon))
            let active = try await catalog.activeRuns()
            #expect(active == [first])
            let other: RunTrigger = trigger == .export ? .schedule : .export
            let error = await failure {
                _ = try await catalog.begin(RunStart(database: "shop", trigger: other, at: noon))
            }
            let refusal = try #require(error as? RunInProgress)
            #expect(refusal.run == first)
            #expect(refusal.message.hasPrefix(trigger == .export ? "an export of shop" : "a backup of shop"))
        }
    }

    @Test("do not make the backups' runs be forgotten, however many they are")
    func forgetting() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            try Database(path: "\(folder)/catalog.db", access: .readWrite).execute(
                """
                WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT 310)
                INSERT INTO runs (
                    database, trigger, missed, pid, state, phase, attempt, started_at, rows, dump_bytes, stored_bytes,
                    finished_at
                )
                SELECT 'shop', iif(n <= 10, 'schedule', 'export'), 0, 1, iif(n = 1, 'completed', 'failed'), 'export', 1,
                    n, 0, 0, 0, n
                FROM number
                """)
            let catalog = try await openCatalog(folder)
            let count = try await catalog.forgetRuns(before: noon)
            #expect(count == 100)
            let runs = try await catalog.runs(of: "shop", limit: 1000)
            #expect(runs.filter { $0.trigger == .schedule }.map(\.id) == Array((Int64(1)...10).reversed()))
            #expect(runs.filter { $0.trigger == .export }.count == 200)
            await catalog.close()
        }
    }
}
