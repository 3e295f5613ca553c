import Catalog
import Model
import SQLite
import TestSupport
import Testing

@Suite("What runs did and said") struct CatalogRunLogTests {
    private static func begin(_ catalog: Catalog, _ database: String = "shop") async throws -> Int64 {
        try await catalog.begin(RunStart(database: database, trigger: .schedule, isQueued: true, at: noon)).id
    }

    private static func line(_ number: Int64) -> RunLogRecord {
        RunLogRecord(at: later(number), level: .info, text: "line \(number)")
    }

    @Test("A phase is kept once, with the time at which it began")
    func phases() async throws {
        try await withCatalog { catalog, _ in
            let run = try await Self.begin(catalog)
            let other = try await Self.begin(catalog, "blog")
            let before = try await catalog.phases(of: run)
            #expect(before == [])
            let reports: [(RunPhase, Int, Int64)] = [
                (.snapshot, 1, 1), (.snapshot, 1, 2), (.export, 1, 3), (.export, 2, 4), (.export, 2, 5),
                (.verify, 2, 6), (.export, 2, 7),
            ]
            for (phase, attempt, time) in reports {
                try await catalog.update(
                    run, progress: RunProgressRecord(phase: phase, attempt: attempt), at: later(time))
            }
            try await catalog.update(other, progress: RunProgressRecord(phase: .prune), at: later(8))
            try await catalog.finish(run, RunEnd(.completed, at: later(9)))
            let goesOn = try await catalog.update(run, progress: RunProgressRecord(phase: .prune), at: later(10))
            #expect(!goesOn)

            let phases = try await catalog.phases(of: run)
            #expect(
                phases == [
                    RunPhaseRecord(phase: .snapshot, attempt: 1, at: later(1)),
                    RunPhaseRecord(phase: .export, attempt: 1, at: later(3)),
                    RunPhaseRecord(phase: .export, attempt: 2, at: later(4)),
                    RunPhaseRecord(phase: .verify, attempt: 2, at: later(6)),
                    RunPhaseRecord(phase: .export, attempt: 2, at: later(7)),
                ])
            let others = try await catalog.phases(of: other)
            #expect(others.map(\.phase) == [.prune])
            let nobody = try await catalog.phases(of: 4711)
            #expect(nobody == [])
        }
    }

    @Test("Lines come in the order in which they were said, also after the end")
    func lines() async throws {
        try await withCatalog { catalog, _ in
            let run = try await Self.begin(catalog)
            var lines = RunLogLevel.allCases.enumerated().map { index, level in
                RunLogRecord(
                    at: later(Int64(-index)), level: level, text: "it's \(level.rawValue)\n",
                    hint: index % 2 == 0 ? nil : "look")
            }
            for line in lines { try await catalog.add(line, to: run) }
            try await catalog.finish(run, RunEnd(.completed, at: later(9)))
            let isKnown = try await catalog.add(Self.line(10), to: run)
            #expect(isKnown)
            lines.append(Self.line(10))
            let said = try await catalog.log(of: run)
            #expect(said == lines)
        }
    }

    @Test("A line of a run that is not known is answered with no")
    func unknown() async throws {
        try await withCatalog { catalog, _ in
            let isKnown = try await catalog.add(Self.line(1), to: 4711)
            #expect(!isKnown)
            let said = try await catalog.log(of: 4711)
            #expect(said == [])
        }
    }

    @Test("The newest 500 lines of each run are kept")
    func limit() async throws {
        try await withCatalog { catalog, _ in
            let run = try await Self.begin(catalog)
            let other = try await Self.begin(catalog, "blog")
            try await catalog.add(Self.line(0), to: other)
            for number in Int64(1)...510 { try await catalog.add(Self.line(number), to: run) }
            let said = try await catalog.log(of: run)
            #expect(said == (Int64(11)...510).map { Self.line($0) })
            let others = try await catalog.log(of: other)
            #expect(others == [Self.line(0)])
        }
    }

    @Test("They are forgotten with their run, and no export names it any longer")
    func forgetting() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            try Database(path: "\(folder)/catalog.db", access: .readWrite).execute(
                """
                WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT 202)
                INSERT INTO runs (
                    database, trigger, missed, pid, state, phase, attempt, started_at, rows, dump_bytes, stored_bytes,
                    finished_at
                )
                SELECT 'shop', 'export', 0, 1, 'failed', 'export', 1, n, 0, 0, 0, n FROM number
                """)
            let catalog = try await openCatalog(folder)
            let newest = try await catalog.begin(RunStart(database: "shop", trigger: .export, at: noon)).id
            for run in [1, newest] {
                try await catalog.add(Self.line(run), to: run)
                let id = BackupID(time: later(run))
                try await catalog.add(export(run))
                try await catalog.startExport(id, run: run)
            }
            try await catalog.update(newest, progress: RunProgressRecord(phase: .export), at: noon)
            let count = try await catalog.forgetRuns(before: noon)
            #expect(count == 3)

            let forgotten = try await catalog.log(of: 1)
            #expect(forgotten == [])
            let kept = try await catalog.log(of: newest)
            #expect(kept == [Self.line(newest)])
            let phases = try await catalog.phases(of: newest)
            #expect(phases.count == 1)
            let exports = try await catalog.exports(of: "shop", limit: 10)
            #expect(exports.map(\.run) == [newest, nil])
            await catalog.close()
            let rows = try Database(path: "\(folder)/catalog.db", access: .readOnly).integer(
                "SELECT count(*) FROM run_log")
            #expect(rows == 1)
        }
    }
}
