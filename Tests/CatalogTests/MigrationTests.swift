import Model
import SQLite
import TestSupport
import Testing

@testable import Catalog

@Suite("Migrations") struct MigrationTests {
    private static let next = Migrations.steps + ["ALTER TABLE runs ADD COLUMN rate INTEGER"]

    @Test("A new catalog has the newest version, and says whose it is")
    func new() throws {
        let database = try Database.inMemory()
        try Migrations.run(on: database, at: noon)
        let version = try database.integer("PRAGMA user_version")
        #expect(version == Migrations.version)
        let owner = try database.integer("PRAGMA application_id")
        #expect(owner == 0x4E4A_4354)
    }

    @Test("What has been done is not done again")
    func again() throws {
        let database = try Database.inMemory()
        try Migrations.run(on: database, at: noon)
        try Migrations.run(on: database, at: later(60))
        let made = try database.text("SELECT value FROM meta WHERE key = 'created_at'")
        #expect(made == "\(noon.seconds)")
    }

    @Test("An earlier version goes on from where it is, and keeps what it holds")
    func forward() throws {
        let database = try Database.inMemory()
        try Migrations.run(on: database, at: noon)
        try database.execute("INSERT INTO events (at, kind, text) VALUES (1, 'backup.failed', 'kept')")
        try Migrations.run(on: database, at: later(60), steps: Self.next)
        let version = try database.integer("PRAGMA user_version")
        #expect(version == Migrations.version + 1)
        let rates = try database.integer("SELECT count(rate) FROM runs")
        #expect(rates == 0)
        let text = try database.text("SELECT text FROM events")
        #expect(text == "kept")
    }

    @Test("A step that fails leaves the version before it whole")
    func failing() throws {
        let database = try Database.inMemory()
        let steps = Self.next + ["CREATE TABLE extra(a); INSERT INTO nowhere VALUES (1)"]
        #expect(throws: SQLiteError.self) { try Migrations.run(on: database, at: noon, steps: steps) }
        #expect(!database.isInTransaction)
        let version = try database.integer("PRAGMA user_version")
        #expect(version == Migrations.version + 1)
        let extras = try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'")
        #expect(extras == 0)
    }

    @Test("Only one run of a database can be under way, whoever writes")
    func activeRuns() throws {
        let database = try Database.inMemory()
        try Migrations.run(on: database, at: noon)
        let insert = """
            INSERT INTO runs (
                database, trigger, missed, pid, state, phase, attempt, started_at, rows, dump_bytes, stored_bytes
            ) VALUES ('shop', 'schedule', 0, 1, 'running', 'waiting', 1, 1, 0, 0, 0)
            """
        try database.execute(insert)
        #expect(throws: SQLiteError.self) { try database.execute(insert) }
    }

    @Test("A value that this version does not know is an error, not a guess")
    func unknownValue() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            try Database(path: "\(folder)/catalog.db", access: .readWrite).execute(
                "UPDATE events SET kind = 'moon.full'")
            let catalog = try await openCatalog(folder)
            let error = await failure { _ = try await catalog.events(limit: 10) }
            #expect(error?.code == .io)
            #expect(error?.message.contains("'moon.full'") == true)
            await catalog.close()
        }
    }
}

@Suite("Ids of backups as the catalog stores them") struct StoredBackupIDTests {
    @Test("are read as they were written")
    func roundTrip() {
        var generator = SeededGenerator(seed: 4)
        var times: [Int64] = [0, 951_782_399, 951_782_400, 951_868_799, 1_709_164_800, 4_107_542_399]
        times += (0..<2000).map { _ in Int64.random(in: 0..<7_258_118_400, using: &generator) }
        let wrong = times.filter { seconds in
            let id = BackupID(time: Timestamp(seconds: seconds))
            return BackupID(stored: Array(id.description.utf8)) != id
        }
        #expect(wrong == [])
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "dump_", "dump_20260230-120000", "dump_20261301-120000", "dump_20260315-240000", "dump_20260315-126000",
            "dump_20260315-120060", "dump_20260315x120000", "dump_2026031a-120000", "dumb_20260315-120000",
            "dump_20260315-1200000",
        ])
    func refused(text: String) {
        #expect(BackupID(stored: Array(text.utf8)) == nil)
    }
}
