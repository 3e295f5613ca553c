import Model
import SQLite
import TestSupport
import Testing

@testable import Catalog

@Suite("A catalog of version 4") struct MigrationToVersion5Tests {
    @Test("keeps its backups, which are all of one moment, and can take down one that is not")
    func keeping() async throws {
        try await withTemporaryDirectory { folder in
            let database = try Database(path: "\(folder)/catalog.db", access: .create)
            try Migrations.run(on: database, at: noon, steps: Array(Migrations.steps.prefix(4)))
            try database.execute(
                """
                INSERT INTO backups (
                    database, id, store, created_at, rows, dump_bytes, stored_bytes, state, is_locked
                ) VALUES ('shop', 'dump_20260315-120010', 'disk', \(later(10).seconds), 10, 100, 20, 'unproved', 0);
                """)
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: later(60))
            #expect(!opened.isNew)
            #expect(opened.setAside == nil)
            let catalog = opened.catalog
            let kept = try await catalog.backups(of: "shop")
            #expect(kept == [backup(10)])
            let torn = BackupRecord(
                id: BackupID(time: later(20)), database: "shop", store: "disk", createdAt: later(20), rows: 1,
                dumpBytes: 2, storedBytes: 3, shortfall: "changed while read: orders")
            try await catalog.record(torn)
            let all = try await catalog.backups(of: "shop")
            #expect(all == [torn, backup(10)])
            await catalog.close()
        }
    }
}
