import Model
import SQLite
import TestSupport
import Testing

@testable import Catalog

@Suite("A catalog of version 3") struct MigrationToVersion4Tests {
    /// Makes one as the third version of the schema was, with events and an outbox of callbacks.
    private static func makeThird(_ folder: String) throws {
        let database = try Database(path: "\(folder)/catalog.db", access: .create)
        try Migrations.run(
            on: database, at: noon, steps: [Migrations.version1, Migrations.version2, Migrations.version3])
        try database.execute(
            """
            INSERT INTO events (at, kind, database, text) VALUES
                (20, 'backup.completed', 'shop', 'kept'), (30, 'appliance.started', NULL, 'started');
            INSERT INTO deliveries (
                channel, subject, url, body, created_at, state, attempts, next_at, last_error, delivered_at
            ) VALUES
                ('callback', 'dump_20260315-120000', 'https://example.org/a', 'one', 10, 'delivered', 1, 10, NULL, 11),
                ('callback', 'dump_20260315-120001', 'https://example.org/b', 'two', 12, 'pending', 2, 400, '503', NULL),
                ('callback', 'dump_20260315-120002', 'https://example.org/c', 'three', 13, 'pending', 1, 300, '503', NULL),
                ('callback', 'dump_20260315-120003', 'https://example.org/d', 'four', 14, 'dead', 6, 50, '404', NULL);
            """)
    }

    @Test("is brought up to date, and keeps its events and messages as they are")
    func keeping() async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeThird(folder)
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: later(60))
            #expect(!opened.isNew)
            #expect(opened.setAside == nil)
            let catalog = opened.catalog
            let events = try await catalog.events(limit: 10)
            #expect(
                events == [
                    EventRecord(
                        id: 1, at: Timestamp(seconds: 20), kind: .backupCompleted, database: "shop", text: "kept"),
                    EventRecord(id: 2, at: Timestamp(seconds: 30), kind: .applianceStarted, text: "started"),
                ])
            let messages = try await catalog.deliveries(limit: 10)
            #expect(messages.map(\.body) == ["four", "three", "two", "one"])
            #expect(messages.map(\.state) == [.dead, .pending, .pending, .delivered])
            #expect(messages.map(\.lastError) == ["404", "503", "503", nil])
            let due = try await catalog.dueDeliveries(at: noon, of: "callback", limit: 10)
            #expect(due.map(\.body) == ["three", "two"])
            let next = try await catalog.nextDelivery()
            #expect(next == Timestamp(seconds: 300))
            await catalog.close()
            let database = try Database(path: "\(folder)/catalog.db", access: .readOnly)
            let version = try database.integer("PRAGMA user_version")
            #expect(version == Migrations.version)
        }
    }

    @Test("can do all that a new one can")
    func novelties() async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeThird(folder)
            let catalog = try await openCatalog(folder)
            let event = EventRecord(
                at: noon, kind: .backupStarted, database: "shop", text: "begun", hint: "wait", run: 5,
                backup: BackupID(time: noon), verification: 6)
            await catalog.subscribe(Postman(["ops"]))
            try await catalog.add(event)
            let kept = try await catalog.latestEvents(limit: 1)
            #expect(kept == [event.kept(as: 3)])
            let retried = try await catalog.retryDelivery(4, at: noon)
            #expect(retried)
            try await catalog.rest(channel: "ops", fingerprint: "one", reason: "410", at: noon)
            try await catalog.post(1, to: "mail", .held)
            try await catalog.digest("mail", upTo: 0, as: nil, at: noon)
            let channels = try await catalog.channelRecords()
            #expect(channels.map(\.name) == ["mail", "ops"])
            let isNew = try await catalog.raise(
                storeTrouble: StoreTrouble(store: "r2", since: noon, text: "no answer"), telling: event)
            #expect(isNew)
            await catalog.close()
            let again = try await Catalog.open(directory: folder, access: .readWrite, at: later(60))
            #expect(again.setAside == nil)
            await again.catalog.close()
        }
    }

    @Test("goes from lane to lane by an index, and reads no waiting message but the oldest")
    func plans() throws {
        let database = try Database.inMemory()
        try Migrations.run(on: database, at: noon)
        let queries = [
            "SELECT min(channel) FROM deliveries WHERE state = 'pending' AND channel > 'a'",
            "SELECT id FROM deliveries WHERE state = 'pending' AND channel = 'a' ORDER BY id LIMIT 1",
            "SELECT id FROM deliveries WHERE state = 'held' AND channel = 'a' ORDER BY id DESC LIMIT 1 OFFSET 1000",
        ]
        for query in queries {
            let plan = try database.select("EXPLAIN QUERY PLAN \(query)") { columns in
                _ = try columns.integer()
                _ = try columns.integer()
                _ = try columns.integer()
                return try columns.text()
            }
            #expect(plan.count == 1)
            #expect(plan.first?.hasPrefix("SEARCH deliveries USING COVERING INDEX deliveries_by_state") == true)
        }
    }
}
