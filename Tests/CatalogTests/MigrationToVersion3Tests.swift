import Model
import SQLite
import TestSupport
import Testing

@testable import Catalog

@Suite("A catalog of version 2") struct MigrationToVersion3Tests {
    /// Makes one as the second version of the schema was, where runs of backups and of exports were counted together.
    private static func makeSecond(_ folder: String) throws {
        let database = try Database(path: "\(folder)/catalog.db", access: .create)
        try Migrations.run(on: database, at: noon, steps: [Migrations.version1, Migrations.version2])
        try database.execute(
            """
            INSERT INTO databases (name, since, is_configured, handled_slot) VALUES ('shop', 5, 1, 41);
            INSERT INTO runs (
                database, trigger, missed, pid, state, phase, attempt, started_at, finished_at, rows, dump_bytes,
                stored_bytes, error_code, error_message
            ) VALUES
                ('shop', 'schedule', 0, 1, 'completed', 'prune', 1, 10, 20, 5, 50, 7, NULL, NULL),
                ('shop', 'export', 0, 1, 'completed', 'export', 1, 30, 40, 0, 0, 0, NULL, NULL),
                ('shop', 'export', 0, 1, 'completed', 'export', 1, 41, 42, 0, 0, 0, NULL, NULL),
                ('blog', 'export', 0, 1, 'failed', 'export', 1, 43, 44, 0, 0, 0, 'io', 'full'),
                ('wiki', 'export', 0, 1, 'running', 'export', 1, 45, NULL, 0, 0, 0, NULL, NULL);
            INSERT INTO run_counts (database, state, reason, count) VALUES
                ('shop', 'completed', '', 9), ('shop', 'failed', 'unreachable', 3), ('blog', 'failed', 'io', 1);
            INSERT INTO exports (
                id, database, store, run, format, includes_schema, chunk_rows, verify, requester, state, created_at,
                rows, dump_bytes, stored_bytes
            ) VALUES (
                'dump_20260315-120000', 'shop', 'disk', 2, 'sql', 1, 1000, 'checksum', 'reports', 'completed', 10,
                0, 0, 0
            );
            """)
    }

    @Test("is brought up to date, and keeps what it holds")
    func keeping() async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeSecond(folder)
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: later(60))
            #expect(!opened.isNew)
            #expect(opened.setAside == nil)
            let runs = try await opened.catalog.runs(of: nil, limit: 100)
            #expect(runs.map(\.id) == [5, 4, 3, 2, 1])
            let exports = try await opened.catalog.exports(of: "shop", limit: 10)
            #expect(exports.map(\.run) == [2])
            await opened.catalog.close()
            let database = try Database(path: "\(folder)/catalog.db", access: .readOnly)
            let version = try database.integer("PRAGMA user_version")
            #expect(version == Migrations.version)
        }
    }

    @Test("has the runs of exports that it knows counted apart, and counts on from there")
    func counts() async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeSecond(folder)
            let catalog = try await openCatalog(folder)
            let before = [
                RunCount(database: "blog", kind: .export, state: .failed, reason: .io, count: 1),
                RunCount(database: "shop", kind: .backup, state: .completed, reason: nil, count: 7),
                RunCount(database: "shop", kind: .backup, state: .failed, reason: .unreachable, count: 3),
                RunCount(database: "shop", kind: .export, state: .completed, reason: nil, count: 2),
            ]
            let counts = try await catalog.runCounts()
            #expect(counts == before)
            try await catalog.finish(5, RunEnd(.completed, at: noon))
            let after = try await catalog.runCounts()
            let new = RunCount(database: "wiki", kind: .export, state: .completed, reason: nil, count: 1)
            #expect(after == before + [new])
            await catalog.close()
        }
    }

    @Test("keeps what proofs may read from then on")
    func allowances() async throws {
        try await withTemporaryDirectory { folder in
            try Self.makeSecond(folder)
            let catalog = try await openCatalog(folder)
            let none = try await catalog.proofAllowance(of: "shop")
            #expect(none?.bytes == nil)
            try await catalog.setProofAllowance(noon, bytes: 5, of: "shop")
            try await catalog.setProofAllowance(noon, bytes: 9, of: "blog")
            try await catalog.setProofAllowance(later(60), bytes: -7, of: "shop")
            let shop = try await catalog.proofAllowance(of: "shop")
            #expect(shop?.at == later(60))
            #expect(shop?.bytes == -7)
            let blog = try await catalog.proofAllowance(of: "blog")
            #expect(blog?.bytes == 9)
            await catalog.close()
        }
    }
}
