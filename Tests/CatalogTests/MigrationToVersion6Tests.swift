import Model
import SQLite
import TestSupport
import Testing

@testable import Catalog

@Suite("A catalog of version 5") struct MigrationToVersion6Tests {
    @Test("keeps its backups, whose manifests nobody has looked at, and can take down one that is known and sealed")
    func keeping() async throws {
        try await withTemporaryDirectory { folder in
            let database = try Database(path: "\(folder)/catalog.db", access: .create)
            try Migrations.run(on: database, at: noon, steps: Array(Migrations.steps.prefix(5)))
            try database.execute(
                """
                INSERT INTO backups (
                    database, id, store, created_at, rows, dump_bytes, stored_bytes, state, is_locked
                ) VALUES ('shop', 'dump_20260315-120010', 'disk', \(later(10).seconds), 10, 100, 20, 'unproved', 0);
                """)
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: later(60))
            #expect(!opened.isNew)
            let catalog = opened.catalog
            #expect(try await catalog.backups(of: "shop") == [backup(10)])
            let hash = String(repeating: "0a", count: 32)
            let sealed = BackupRecord(
                id: BackupID(time: later(20)), database: "shop", store: "disk", createdAt: later(20), rows: 0,
                dumpBytes: 0, storedBytes: 3, manifestHash: hash, isSealed: true)
            try await catalog.record(sealed)
            #expect(try await catalog.backups(of: "shop") == [sealed, backup(10)])
            #expect(!sealed.hasFigures)
            try await catalog.setSealed(false, of: sealed.id, database: "shop", store: "disk")
            let opening = try await catalog.backups(of: "shop").first
            #expect(opening?.isSealed == false)
            #expect(opening?.manifestHash == hash)
            await catalog.close()
        }
    }
}
