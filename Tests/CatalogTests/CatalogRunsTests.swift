import Catalog
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("The catalog's runs") struct CatalogRunsTests {
    private static func start(_ database: String, _ at: Timestamp = noon, isQueued: Bool = false) -> RunStart {
        RunStart(database: database, trigger: .schedule, slot: noon, missed: 3, isQueued: isQueued, at: at)
    }

    @Test("A run is known from its beginning to its end")
    func life() async throws {
        try await withCatalog { catalog, _ in
            let begun = try await catalog.begin(Self.start("shop", isQueued: true))
            #expect(begun.database == "shop")
            #expect(begun.trigger == .schedule)
            #expect(begun.slot == noon)
            #expect(begun.missed == 3)
            #expect(begun.pid == getpid())
            #expect(begun.state == .queued)
            #expect(begun.phase == .waiting)
            #expect(begun.attempt == 1)
            #expect(begun.startedAt == noon)
            #expect(begun.finishedAt == nil)

            try await catalog.start(begun.id, at: later(10))
            let progress = RunProgressRecord(
                phase: .export, attempt: 2, rows: 1000, dumpBytes: 50_000, storedBytes: 9000, fraction: 0.25,
                secondsLeft: 30, backup: BackupID(time: later(10)))
            let goesOn = try await catalog.update(begun.id, progress: progress)
            #expect(goesOn)
            let found = try await catalog.run(begun.id)
            let running = try #require(found)
            #expect(running.state == .running)
            #expect(running.startedAt == later(10))
            #expect(running.phase == .export)
            #expect(running.attempt == 2)
            #expect(running.rows == 1000)
            #expect(running.dumpBytes == 50_000)
            #expect(running.storedBytes == 9000)
            #expect(running.fraction == 0.25)
            #expect(running.secondsLeft == 30)
            let active = try await catalog.activeRuns()
            #expect(active == [running])

            let ended = try await catalog.finish(
                begun.id, RunEnd(.completed, at: later(60), rows: 4000, storedBytes: 40_000, verification: .proved))
            #expect(ended.state == .completed)
            #expect(ended.finishedAt == later(60))
            #expect(ended.rows == 4000)
            #expect(ended.dumpBytes == 50_000)
            #expect(ended.storedBytes == 40_000)
            #expect(ended.fraction == nil)
            #expect(ended.secondsLeft == nil)
            #expect(ended.backup == BackupID(time: later(10)))
            #expect(ended.verification == .proved)
            #expect(ended.failure == nil)
            let none = try await catalog.activeRuns()
            #expect(none == [])
        }
    }

    @Test("What a run failed of is kept in full")
    func failing() async throws {
        try await withCatalog { catalog, _ in
            let run = try await catalog.begin(Self.start("shop"))
            let failure = RunFailure(NightjarError(.unreachable, "no answer from 'r2'", hint: "Check \"the\" network."))
            try await catalog.finish(run.id, RunEnd(.failed, at: later(5), failure: failure))
            let ended = try await catalog.run(run.id)
            #expect(ended?.state == .failed)
            #expect(ended?.failure == failure)
            #expect(ended?.failure?.code == .unreachable)
        }
    }

    @Test("A run that has ended stays as it is")
    func ended() async throws {
        try await withCatalog { catalog, _ in
            let run = try await catalog.begin(Self.start("shop"))
            let ended = try await catalog.finish(run.id, RunEnd(.cancelled, at: later(5)))
            let goesOn = try await catalog.update(run.id, progress: RunProgressRecord(phase: .verify, rows: 7))
            #expect(!goesOn)
            let finishing = await failure { try await catalog.finish(run.id, RunEnd(.completed, at: later(9))) }
            #expect(finishing?.code == .internal)
            let starting = await failure { try await catalog.start(run.id, at: later(9)) }
            #expect(starting?.code == .internal)
            let nobody = await failure { try await catalog.finish(4711, RunEnd(.completed, at: later(9))) }
            #expect(nobody?.code == .internal)
            let same = try await catalog.run(run.id)
            #expect(same == ended)
        }
    }

    @Test("A second run of a database is refused with the id of the first", arguments: [true, false])
    func second(isQueued: Bool) async throws {
        try await withCatalog { catalog, _ in
            let first = try await catalog.begin(Self.start("shop", isQueued: isQueued))
            let other = try await catalog.begin(Self.start("blog"))
            #expect(other.id != first.id)
            let error = await failure { _ = try await catalog.begin(Self.start("shop", later(5))) }
            let refusal = try #require(error as? RunInProgress)
            #expect(refusal.run == first)
            #expect(refusal.code == .busy)
            #expect(refusal.isTransient)
            #expect(refusal.message.contains("run \(first.id), since 2026-03-15T12:00:00Z"))
            #expect(refusal.hint != nil)

            try await catalog.finish(first.id, RunEnd(.completed, at: later(9)))
            let next = try await catalog.begin(Self.start("shop", later(10)))
            #expect(next.id > other.id)
        }
    }

    @Test("Of many that are begun at once, by two processes, one begins")
    func atOnce() async throws {
        try await withCatalog { first, folder in
            let second = try await openCatalog(folder)
            let outcomes = await withTaskGroup(of: Result<RunRecord, any Error>.self) { group in
                for number in 0..<20 {
                    let catalog = number % 2 == 0 ? first : second
                    group.addTask {
                        do {
                            return .success(try await catalog.begin(Self.start("shop")))
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                var collected: [Result<RunRecord, any Error>] = []
                for await outcome in group { collected.append(outcome) }
                return collected
            }
            let begun = outcomes.compactMap { try? $0.get() }
            #expect(begun.count == 1)
            let refusals = outcomes.compactMap { outcome -> RunInProgress? in
                guard case .failure(let error) = outcome else { return nil }
                return error as? RunInProgress
            }
            #expect(refusals.count == 19)
            #expect(Set(refusals.map(\.run.id)) == Set(begun.map(\.id)))
            await second.close()
        }
    }

    @Test("Runs of a process that died are interrupted by the next, and their databases free")
    func interrupted() async throws {
        /// Begins runs and leaves them, as a process that is killed does.
        func crash(_ folder: String) async throws -> [RunRecord] {
            let catalog = try await openCatalog(folder)
            let running = try await catalog.begin(Self.start("shop"))
            try await catalog.update(running.id, progress: RunProgressRecord(phase: .export, rows: 10, fraction: 0.5))
            let queued = try await catalog.begin(Self.start("blog", isQueued: true))
            let ended = try await catalog.begin(Self.start("wiki"))
            try await catalog.finish(ended.id, RunEnd(.completed, at: noon))
            return [running, queued]
        }
        try await withTemporaryDirectory { folder in
            let left = try await crash(folder)
            let catalog = try await openCatalog(folder)
            let active = try await catalog.activeRuns()
            #expect(active.map(\.id) == left.map(\.id))
            var interrupted: [RunRecord] = []
            for run in active {
                interrupted.append(try await catalog.finish(run.id, RunEnd(.interrupted, at: later(60))))
            }
            #expect(interrupted.map(\.state) == [.interrupted, .interrupted])
            #expect(interrupted.map(\.finishedAt) == [later(60), later(60)])
            #expect(interrupted.first?.rows == 10)
            #expect(interrupted.first?.phase == .export)
            #expect(interrupted.first?.fraction == nil)
            let again = try await catalog.activeRuns()
            #expect(again == [])
            let wiki = try await catalog.lastEnd(of: "wiki")
            #expect(wiki?.state == .completed)
            _ = try await catalog.begin(Self.start("shop", later(80)))
            await catalog.close()
        }
    }

    @Test("They are listed newest first, of one database or of all")
    func listing() async throws {
        try await withCatalog { catalog, _ in
            var ids: [Int64] = []
            for number in 0..<6 {
                let run = try await catalog.begin(Self.start(number % 2 == 0 ? "shop" : "blog", later(Int64(number))))
                ids.append(run.id)
                try await catalog.finish(run.id, RunEnd(number < 2 ? .completed : .failed, at: later(Int64(number))))
            }
            let all = try await catalog.runs(of: nil, limit: 100)
            #expect(all.map(\.id) == Array(ids.reversed()))
            let shop = try await catalog.runs(of: "shop", limit: 2)
            #expect(shop.map(\.id) == [ids[4], ids[2]])
            let nothing = try await catalog.runs(of: "shop", limit: -1)
            #expect(nothing == [])
            let end = try await catalog.lastEnd(of: "shop")
            #expect(end?.id == ids[4])
            let success = try await catalog.lastSuccess(of: "shop")
            #expect(success?.id == ids[0])
            let never = try await catalog.lastSuccess(of: "wiki")
            #expect(never == nil)
        }
    }

    @Test("Old ones are forgotten, but for the newest 200 of each database and its last success")
    func forgetting() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            try Database(path: "\(folder)/catalog.db", access: .readWrite).execute(
                """
                WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT 251)
                INSERT INTO runs (
                    database, trigger, missed, pid, state, phase, attempt, started_at, finished_at, rows, dump_bytes,
                    stored_bytes
                )
                SELECT 'shop', 'schedule', 0, 1, iif(n = 1, 'completed', 'failed'), 'export', 1, n, n, 0, 0, 0
                FROM number
                UNION ALL SELECT 'blog', 'schedule', 0, 1, 'failed', 'export', 1, n, n, 0, 0, 0 FROM number WHERE n < 4
                UNION ALL SELECT 'wiki', 'schedule', 0, 1, 'running', 'export', 1, 1, NULL, 0, 0, 0
                """)
            let catalog = try await openCatalog(folder)
            let few = try await catalog.forgetRuns(before: Timestamp(seconds: 11))
            #expect(few == 9)
            let count = try await catalog.forgetRuns(before: noon)
            #expect(count == 41)
            let shop = try await catalog.runs(of: "shop", limit: 1000)
            #expect(shop.count == 201)
            #expect(shop.last?.state == .completed)
            let blog = try await catalog.runs(of: "blog", limit: 1000)
            #expect(blog.count == 3)
            let active = try await catalog.activeRuns()
            #expect(active.map(\.database) == ["wiki"])
            await catalog.close()
        }
    }
}
