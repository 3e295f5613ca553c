import Model
import SQLite
import TestSupport
import Testing

@testable import Catalog

@Suite("A catalog of version 1") struct MigrationToVersion2Tests {
    /// Makes one as the first nightjar did, with something in each table.
    private static func makeFirst(_ folder: String, _ change: String = "") throws {
        let database = try Database(path: "\(folder)/catalog.db", access: .create)
        try Migrations.run(on: database, at: noon, steps: [Migrations.version1])
        try database.execute(
            """
            INSERT INTO databases (name, since, is_configured, handled_slot) VALUES ('shop', 5, 1, 41);
            INSERT INTO runs (
                database, trigger, missed, pid, state, phase, attempt, started_at, finished_at, rows, dump_bytes,
                stored_bytes, error_code, error_message
            ) VALUES
                ('shop', 'schedule', 0, 1, 'completed', 'prune', 1, 10, 20, 5, 50, 7, NULL, NULL),
                ('shop', 'command', 0, 1, 'failed', 'export', 1, 30, 40, 0, 0, 0, 'unreachable', 'no answer'),
                ('shop', 'api', 2, 1, 'failed', 'export', 2, 41, 42, 0, 0, 0, 'unreachable', 'no answer'),
                ('blog', 'schedule', 0, 1, 'interrupted', 'verify', 1, 43, 44, 0, 0, 0, 'cancelled', 'stopped'),
                ('blog', 'schedule', 0, 1, 'cancelled', 'verify', 1, 45, 46, 0, 0, 0, NULL, NULL),
                ('wiki', 'schedule', 0, 1, 'running', 'export', 1, 47, NULL, 9, 90, 8, NULL, NULL);
            INSERT INTO backups VALUES
                ('shop', 'dump_20260315-120000', 'disk', 10, 5, 50, 7, 'proved', 20, 20, 0);
            INSERT INTO verifications (database, backup, store, at, level, outcome, seconds, differences)
            VALUES ('shop', 'dump_20260315-120000', 'disk', 20, 'restore', 'proved', 1.5, 0);
            INSERT INTO events (at, kind, database, text) VALUES (20, 'backup.completed', 'shop', 'kept');
            INSERT INTO alarms VALUES ('shop', 'overdue', 42, 'one missed');
            \(change)
            """)
    }

    @Test("is brought up to date, and keeps all that it holds")
    func keeping() async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeFirst(folder)
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: later(60))
            #expect(!opened.isNew)
            #expect(opened.setAside == nil)
            let catalog = opened.catalog
            let made = try await catalog.time(of: .createdAt)
            #expect(made == noon)
            let shop = try await catalog.database(named: "shop")
            #expect(shop?.handledSlot == Timestamp(seconds: 41))
            let runs = try await catalog.runs(of: nil, limit: 100)
            #expect(runs.map(\.id) == [6, 5, 4, 3, 2, 1])
            #expect(runs.map(\.trigger) == [.schedule, .schedule, .schedule, .api, .command, .schedule])
            #expect(runs.last?.rows == 5)
            let active = try await catalog.activeRuns()
            #expect(active.map(\.database) == ["wiki"])
            let backups = try await catalog.allBackups()
            #expect(backups.map(\.proof) == [.proved])
            let verifications = try await catalog.verifications(of: "shop", limit: 10)
            #expect(verifications.map(\.seconds) == [1.5])
            let events = try await catalog.events(limit: 10)
            #expect(events.map(\.text) == ["kept"])
            let alarms = try await catalog.alarms()
            #expect(alarms.map(\.text) == ["one missed"])
            await catalog.close()
        }
    }

    @Test("has its runs counted, and counts on from there")
    func counts() async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeFirst(folder)
            let catalog = try await openCatalog(folder)
            let before = [
                RunCount(database: "blog", state: .cancelled, reason: nil, count: 1),
                RunCount(database: "blog", state: .interrupted, reason: .cancelled, count: 1),
                RunCount(database: "shop", state: .completed, reason: nil, count: 1),
                RunCount(database: "shop", state: .failed, reason: .unreachable, count: 2),
            ]
            let counts = try await catalog.runCounts()
            #expect(counts == before)
            try await catalog.finish(6, RunEnd(.completed, at: noon))
            let after = try await catalog.runCounts()
            #expect(after == before + [RunCount(database: "wiki", state: .completed, reason: nil, count: 1)])
            await catalog.close()
        }
    }

    @Test("can do all that a new one can")
    func novelties() async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeFirst(folder)
            let catalog = try await openCatalog(folder)
            let exports = try await catalog.exports(of: nil, limit: 10)
            #expect(exports == [])
            let messages = try await catalog.deliveries(limit: 10)
            #expect(messages == [])
            let phases = try await catalog.phases(of: 6)
            #expect(phases == [])
            try await catalog.update(6, progress: RunProgressRecord(phase: .verify), at: noon)
            try await catalog.add(RunLogRecord(at: noon, level: .notice, text: "on it"), to: 6)
            try await catalog.add(export(0))
            try await catalog.startExport(BackupID(time: noon), run: 1)
            try await catalog.finishExport(
                BackupID(time: noon), state: .completed, at: later(1), delivery: delivery(0))
            let next = try await catalog.nextDelivery()
            #expect(next == noon)
            await catalog.close()
            let again = try await Catalog.open(directory: folder, access: .readWrite, at: later(60))
            #expect(again.setAside == nil)
            let said = try await again.catalog.log(of: 6)
            #expect(said.map(\.text) == ["on it"])
            await again.catalog.close()
        }
    }

    @Test("is left as it is by a reader, who is told that the service brings it up to date")
    func reading() async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeFirst(folder)
            let before = try contents("\(folder)/catalog.db")
            let error = await failure { _ = try await openCatalog(folder, .readOnly) }
            #expect(error?.code == .busy)
            #expect(error?.message.contains("its version is 1") == true)
            #expect(error?.hint?.contains("restart the service") == true)
            let after = try contents("\(folder)/catalog.db")
            #expect(before == after)
        }
    }

    @Test(
        "that lacks something is set aside, as one of today is",
        arguments: [
            "DROP TABLE runs;", "DROP INDEX runs_of_database;", "ALTER TABLE runs RENAME COLUMN state TO mood;",
        ])
    func damaged(change: String) async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeFirst(folder, change)
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(opened.setAside != nil)
            #expect(opened.setAsideReason?.contains("runs") == true)
            #expect(opened.isNew)
            await opened.catalog.close()
        }
    }
}
