import Catalog
import Model
import SQLite
import TestSupport
import Testing

@Suite("The catalog's exports") struct CatalogExportsTests {
    private static let id = BackupID(time: noon)

    @Test("An export is known from the request until it is forgotten")
    func life() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.add(export(0))
            let asked = try await catalog.export(Self.id)
            #expect(asked == export(0))
            let waiting = try await catalog.activeExports()
            #expect(waiting == [export(0)])

            let run = try await catalog.begin(RunStart(database: "shop", trigger: .export, at: later(5)))
            try await catalog.startExport(Self.id, run: run.id)
            let goesOn = try await catalog.updateExport(
                Self.id, totalRows: 400, rows: 100, dumpBytes: 5000, storedBytes: 900)
            #expect(goesOn)
            try await catalog.updateExport(Self.id, totalRows: nil, rows: 200, dumpBytes: 10_000, storedBytes: 1800)
            let found = try await catalog.export(Self.id)
            let running = try #require(found)
            #expect(running.state == .running)
            #expect(running.run == run.id)
            #expect(running.totalRows == 400)
            #expect(running.rows == 200)
            #expect(running.dumpBytes == 10_000)
            #expect(running.storedBytes == 1800)
            let active = try await catalog.activeExports()
            #expect(active == [running])

            let ended = try await catalog.finishExport(
                Self.id, state: .completed, at: later(60), expiresAt: later(3600), rows: 400, dumpBytes: 20_000)
            #expect(ended.state == .completed)
            #expect(ended.finishedAt == later(60))
            #expect(ended.expiresAt == later(3600))
            #expect(ended.rows == 400)
            #expect(ended.dumpBytes == 20_000)
            #expect(ended.storedBytes == 1800)
            #expect(ended.failure == nil)
            let none = try await catalog.activeExports()
            #expect(none == [])

            let isExpired = try await catalog.expireExport(Self.id)
            #expect(isExpired)
            let expired = try await catalog.export(Self.id)
            #expect(expired?.state == .expired)
            let count = try await catalog.forgetExports(before: later(61))
            #expect(count == 1)
            let forgotten = try await catalog.export(Self.id)
            #expect(forgotten == nil)
        }
    }

    @Test("One that was interrupted waits again from its beginning, with another run")
    func again() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.add(export(0))
            let first = try await catalog.begin(RunStart(database: "shop", trigger: .export, at: noon))
            try await catalog.startExport(Self.id, run: first.id)
            try await catalog.updateExport(Self.id, totalRows: 400, rows: 100, dumpBytes: 5000, storedBytes: 900)
            try await catalog.finish(first.id, RunEnd(.interrupted, at: later(5)))
            try await catalog.queueExport(Self.id, run: nil)
            let waiting = try await catalog.export(Self.id)
            #expect(waiting?.state == .queued)
            #expect(waiting?.run == first.id)
            #expect(waiting?.totalRows == nil)
            let sizes = [waiting?.rows, waiting?.dumpBytes, waiting?.storedBytes]
            #expect(sizes == [0, 0, 0])
            let second = try await catalog.begin(RunStart(database: "shop", trigger: .export, at: later(9)))
            try await catalog.queueExport(Self.id, run: second.id)
            let queued = try await catalog.export(Self.id)
            #expect(queued?.run == second.id)
            try await catalog.finishExport(Self.id, state: .cancelled, at: later(10))
            let late = await failure { try await catalog.queueExport(Self.id, run: nil) }
            #expect(late?.code == .internal)
        }
    }

    @Test("All that was asked for is kept, also when the catalog is opened again")
    func whole() async throws {
        try await withTemporaryDirectory { folder in
            let whole = ExportRecord(
                id: Self.id, database: "sh'op", store: "r2", format: .sql, includesSchema: false, chunkRows: 250,
                verify: .restore, requester: "rëports", callbackURL: "https://example.org/?a=b&c=\"d\"",
                state: .failed, createdAt: noon, finishedAt: later(9), expiresAt: later(10), totalRows: .max,
                rows: 1 << 40, dumpBytes: 1 << 50, storedBytes: 1 << 45,
                failure: RunFailure(code: .unreachable, message: "no answer", hint: "Look."))
            let first = try await openCatalog(folder)
            try await first.add(whole)
            await first.close()
            let second = try await openCatalog(folder)
            let kept = try await second.export(Self.id)
            #expect(kept == whole)
            await second.close()
        }
    }

    @Test("A second one with the same id is refused")
    func taken() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.add(export(0))
            let error = await failure { try await catalog.add(export(0, of: "blog")) }
            #expect(error?.code == .exists)
            #expect(error?.message.contains("dump_20260315-120000") == true)
            let kept = try await catalog.export(Self.id)
            #expect(kept == export(0))
        }
    }

    @Test("One that has ended stays as it is", arguments: [ExportState.completed, .failed, .cancelled])
    func ended(state: ExportState) async throws {
        try await withCatalog { catalog, _ in
            try await catalog.add(export(0))
            let why = RunFailure(code: .cancelled, message: "stopped")
            let ended = try await catalog.finishExport(
                Self.id, state: state, at: later(5), failure: state == .completed ? nil : why, delivery: delivery(0))
            #expect(ended.state == state)
            #expect(ended.failure == (state == .completed ? nil : why))

            let goesOn = try await catalog.updateExport(
                Self.id, totalRows: 1, rows: 1, dumpBytes: 1, storedBytes: 1)
            #expect(!goesOn)
            let starting = await failure { try await catalog.startExport(Self.id, run: nil) }
            #expect(starting?.code == .internal)
            let finishing = await failure {
                try await catalog.finishExport(Self.id, state: .failed, at: later(9), delivery: delivery(0))
            }
            #expect(finishing?.code == .internal)
            let same = try await catalog.export(Self.id)
            #expect(same == ended)
            let messages = try await catalog.deliveries(limit: 10)
            #expect(messages.count == 1)
        }
    }

    @Test("One that there never was cannot begin or end")
    func unknown() async throws {
        try await withCatalog { catalog, _ in
            let starting = await failure { try await catalog.startExport(Self.id, run: nil) }
            #expect(starting?.code == .internal)
            let finishing = await failure {
                try await catalog.finishExport(Self.id, state: .failed, at: noon, delivery: delivery(0))
            }
            #expect(finishing?.code == .internal)
            let isExpired = try await catalog.expireExport(Self.id)
            #expect(!isExpired)
            let messages = try await catalog.deliveries(limit: 10)
            #expect(messages == [])
        }
    }

    @Test("Nothing ends as something that goes on", arguments: [ExportState.queued, .running])
    func noEnd(state: ExportState) async throws {
        try await withCatalog { catalog, _ in
            try await catalog.add(export(0))
            let error = await failure { try await catalog.finishExport(Self.id, state: state, at: later(1)) }
            #expect(error?.code == .internal)
            let kept = try await catalog.export(Self.id)
            #expect(kept == export(0))
        }
    }

    @Test("One that is gone on with gets its new run, and keeps what is known")
    func goingOn() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.add(export(0))
            let first = try await catalog.begin(RunStart(database: "shop", trigger: .export, at: noon))
            try await catalog.startExport(Self.id, run: first.id)
            try await catalog.finish(first.id, RunEnd(.interrupted, at: later(1)))
            let second = try await catalog.begin(RunStart(database: "shop", trigger: .export, at: later(2)))
            try await catalog.startExport(Self.id, run: second.id)
            let gone = try await catalog.export(Self.id)
            #expect(gone?.run == second.id)
            try await catalog.startExport(Self.id, run: nil)
            let same = try await catalog.export(Self.id)
            #expect(same?.run == second.id)
        }
    }

    @Test("Of many who end one at once, in two processes, one does, and one message waits")
    func atOnce() async throws {
        try await withCatalog { first, folder in
            let second = try await openCatalog(folder)
            try await first.add(export(0))
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    let catalog = number % 2 == 0 ? first : second
                    let state: ExportState = number % 4 < 2 ? .cancelled : .completed
                    group.addTask {
                        let error = await failure {
                            try await catalog.finishExport(
                                Self.id, state: state, at: later(Int64(number)), delivery: delivery(0))
                        }
                        #expect(error == nil || error?.code == .internal)
                        return error == nil
                    }
                }
                var collected: [Bool] = []
                for await outcome in group { collected.append(outcome) }
                return collected
            }
            #expect(outcomes.filter { $0 }.count == 1)
            let messages = try await first.deliveries(limit: 100)
            #expect(messages.count == 1)
            await second.close()
        }
    }

    @Test("An end whose message cannot be kept has not happened")
    func together() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            try Database(path: "\(folder)/catalog.db", access: .readWrite).execute(
                """
                CREATE TRIGGER refusal BEFORE INSERT ON deliveries BEGIN SELECT raise(ABORT, 'no room'); END
                """)
            let catalog = try await openCatalog(folder)
            try await catalog.add(export(0))
            let error = await failure {
                try await catalog.finishExport(Self.id, state: .completed, at: later(1), delivery: delivery(0))
            }
            #expect(error?.message.contains("no room") == true)
            let kept = try await catalog.export(Self.id)
            #expect(kept == export(0))
            await catalog.close()
        }
    }

    @Test("They are listed newest first, of one database or of all")
    func listing() async throws {
        try await withCatalog { catalog, _ in
            for record in [export(20), export(10), export(30, of: "blog"), export(40)] { try await catalog.add(record) }
            let all = try await catalog.exports(of: nil, limit: 100)
            #expect(all == [export(40), export(30, of: "blog"), export(20), export(10)])
            let shop = try await catalog.exports(of: "shop", limit: 2)
            #expect(shop == [export(40), export(20)])
            let nothing = try await catalog.exports(of: "shop", limit: -1)
            #expect(nothing == [])
            let active = try await catalog.activeExports()
            #expect(active == [export(10), export(20), export(30, of: "blog"), export(40)])
        }
    }

    @Test("Completed ones expire at their time, and not before")
    func expiry() async throws {
        try await withCatalog { catalog, _ in
            for number in Int64(1)...5 { try await catalog.add(export(number)) }
            for (number, end) in [(Int64(1), Int64(200)), (2, 100), (3, 300)] {
                try await catalog.finishExport(
                    BackupID(time: later(number)), state: .completed, at: later(50), expiresAt: later(end))
            }
            try await catalog.finishExport(BackupID(time: later(4)), state: .completed, at: later(50))
            try await catalog.finishExport(
                BackupID(time: later(5)), state: .failed, at: later(50), expiresAt: later(60))

            let early = try await catalog.expiredExports(at: later(99))
            #expect(early == [])
            let due = try await catalog.expiredExports(at: later(200))
            #expect(due.map(\.id.time) == [later(2), later(1)])
            for record in due { try await catalog.expireExport(record.id) }
            let again = try await catalog.expireExport(BackupID(time: later(1)))
            #expect(!again)
            let isFailedExpired = try await catalog.expireExport(BackupID(time: later(5)))
            #expect(!isFailedExpired)
            let rest = try await catalog.expiredExports(at: later(1000))
            #expect(rest.map(\.id.time) == [later(3)])
        }
    }

    @Test("None is forgotten that goes on, or whose dump is in the store")
    func forgetting() async throws {
        try await withCatalog { catalog, _ in
            for number in Int64(1)...5 { try await catalog.add(export(number)) }
            for (number, state) in [(Int64(1), ExportState.failed), (2, .cancelled), (3, .completed), (4, .completed)] {
                try await catalog.finishExport(
                    BackupID(time: later(number)), state: state, at: later(50 + number), expiresAt: later(60))
            }
            try await catalog.expireExport(BackupID(time: later(4)))
            let few = try await catalog.forgetExports(before: later(52))
            #expect(few == 1)
            let count = try await catalog.forgetExports(before: later(1000))
            #expect(count == 2)
            let left = try await catalog.exports(of: nil, limit: 10)
            #expect(left.map(\.id.time) == [later(5), later(3)])
        }
    }
}
