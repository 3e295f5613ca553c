import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("A dump without schema", .timeLimit(.minutes(30)))
struct RowsAloneTests {
    private static let schema = """
        PRAGMA page_size=8192;
        PRAGMA user_version=7;
        PRAGMA application_id=42;
        CREATE TABLE "the children"(id INTEGER PRIMARY KEY, parent REFERENCES parents(id), t TEXT COLLATE NOCASE);
        CREATE TABLE parents(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, CHECK(length(name) < 99));
        CREATE TABLE keyless(a, b REAL, c BLOB, d AS (a || b) STORED, e AS (b) VIRTUAL);
        CREATE TABLE ordered(k TEXT, n INT, v ANY, PRIMARY KEY(k, n)) STRICT, WITHOUT ROWID;
        CREATE TABLE tmp_scratch(a);
        CREATE INDEX by_parent ON "the children"(parent, t DESC);
        CREATE UNIQUE INDEX by_c ON keyless(c) WHERE c IS NOT NULL;
        CREATE VIEW families AS SELECT p.name, c.t FROM parents p JOIN "the children" c ON c.parent = p.id;
        create trigger no_orphans BEFORE DELETE ON parents BEGIN DELETE FROM "the children" WHERE parent = old.id; END;
        """

    private static let rows = """
        INSERT INTO parents(name) VALUES ('first'), ('it''s the second'), ('third' || char(13,10) || 'line');
        DELETE FROM parents WHERE id = 3; INSERT INTO parents(id, name) VALUES (1000, 'much later');
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
          INSERT INTO "the children" SELECT i * 3, 1 + i % 2, 'child ' || i FROM n;
        INSERT INTO keyless(rowid, a, b, c) VALUES (-5, NULL, 0.1, X'00FF'), (7, 'a' || char(0) || 'b', 1e300, NULL),
          (9, 9223372036854775807, -0.0, zeroblob(3));
        INSERT INTO ordered VALUES ('b', 1, 1.5), ('a', 2, 'text'), ('a', 1, NULL);
        INSERT INTO tmp_scratch VALUES (1);
        """

    private static let words = """
        CREATE VIRTUAL TABLE words USING fts5(body); INSERT INTO words VALUES ('quick fox'); ANALYZE;
        """

    private static func source(in path: String, _ more: String = "") throws -> String {
        let database = try Database(path: path + "/source.db", access: .create)
        try database.execute(schema)
        try database.execute(rows)
        if !more.isEmpty { try database.execute(more) }
        return database.path
    }

    private static func text(of dump: ExportedDump) async throws -> String {
        let reader = DumpReader(
            store: dump.store, manifest: dump.manifest, object: dump.object, cache: FrameCache())
        var bytes: [UInt8] = []
        try await reader.read(0..<reader.size) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("fills a database that has the schema already")
    func fills() async throws {
        try await withTemporaryDirectory { path in
            let source = try Self.source(in: path)
            let dump = try await ExportedDump(of: source, in: path, .zstd(level: 3)) { $0.includesSchema = false }
            let text = try await Self.text(of: dump)
            #expect(text.hasPrefix("PRAGMA foreign_keys=OFF;\n"))
            #expect(text.contains("BEGIN TRANSACTION;\n"))
            #expect(text.contains("COMMIT;\n"))
            for word in ["CREATE ", "writable_schema", "user_version", "page_size"] {
                #expect(!text.contains(word), "\(word)")
            }
            let target = try Database(path: path + "/target.db", access: .create)
            try target.execute(Self.schema)
            try target.execute(text)
            #expect(try LogicalComparison(.restore).differences(between: source, and: target.path) == [])
        }
    }

    @Test("says so in its manifest, which other manifests do not")
    func manifests() async throws {
        try await withTemporaryDirectory { path in
            let source = try Self.source(in: path)
            let whole = try await ExportedDump(of: source, in: path, .none)
            let rows = try await ExportedDump(of: source, in: path, .none) { $0.includesSchema = false }
            let wholeText = String(decoding: try ManifestDocument.encode(whole.manifest), as: UTF8.self)
            let rowsText = String(decoding: try ManifestDocument.encode(rows.manifest), as: UTF8.self)
            #expect(whole.manifest.dumpHoldsSchema)
            #expect(!wholeText.contains("includesSchema"))
            #expect(!rows.manifest.dumpHoldsSchema)
            #expect(rowsText.contains("\"includesSchema\" : false"))
            let read = try JSONText.decoder.decode(
                Manifest.Options.self, from: JSONText.encoder.encode(rows.manifest.options))
            #expect(read == rows.manifest.options)
            // The rows are the same, wherever they stand.
            #expect(whole.manifest.tables.map(\.name) == rows.manifest.tables.map(\.name))
            #expect(whole.manifest.tables.map(\.digest) == rows.manifest.tables.map(\.digest))
            #expect(whole.manifest.schema == rows.manifest.schema)
        }
    }

    @Test(
        "is proved with the schema of its manifest", arguments: [Compression.zstd(level: 3), .gzip(level: 6), .none],
        [VerificationLevel.checksum, .restore])
    func proves(_ compression: Compression, _ level: VerificationLevel) async throws {
        try await withTemporaryDirectory { path in
            let source = try Self.source(in: path)
            let dump = try await ExportedDump(of: source, in: path, compression) {
                $0.includesSchema = false
                $0.exclude = [Glob("tmp_*")]
                $0.frameSize = 20_000
            }
            let report = try await Verification(
                store: dump.store, manifest: dump.manifest, level: level, workDirectory: path, tool: "test",
                progress: nil
            ).run()
            #expect(report.differences.map(\.message) == [])
            let isProof = level == .restore
            #expect(report.outcome == .proved || (!isProof && report.outcome == .checked))
            if isProof { #expect(report.tables.count == dump.manifest.tables.count) }
            #expect(report.tables.allSatisfy { $0.rowsFound == $0.rowsExpected })
        }
    }

    @Test("is different where rows are missing")
    func missingRows() async throws {
        try await withTemporaryDirectory { path in
            let source = try Self.source(in: path)
            let dump = try await ExportedDump(of: source, in: path, .none) { $0.includesSchema = false }
            var manifest = dump.manifest
            manifest.tables[0].rows += 1
            let report = try await Verification(
                store: dump.store, manifest: manifest, level: .restore, workDirectory: path, tool: "test",
                progress: nil
            ).run()
            #expect(report.outcome == .different)
            #expect(report.differences.count == 1)
            #expect(report.differences.first?.table == manifest.tables[0].name)
        }
    }

    @Test("comes back as the whole database that it was made of")
    func restores() async throws {
        try await withTemporaryDirectory { path in
            let source = try Self.source(in: path)
            let dump = try await ExportedDump(of: source, in: path, .zstd(level: 3)) {
                $0.includesSchema = false
                $0.frameSize = 20_000
            }
            let target = path + "/restored.db"
            let restored = try await Restoration(
                store: dump.store, manifest: dump.manifest,
                options: .init(target: target, tables: [], force: false), progress: nil
            ).run()
            #expect(restored.rows == dump.manifest.rows)
            #expect(restored.notes.contains { $0.contains("rows alone") })
            #expect(try LogicalComparison(.restore).differences(between: source, and: target) == [])
        }
    }

    @Test("comes back with tables that only the application's functions keep unique")
    func uniqueTables() async throws {
        try await withTemporaryDirectory { path in
            let source = try Database(path: path + "/source.db", access: .create)
            try TestApplication.register(on: source)
            for table in ["p", "q"] {
                try source.execute(
                    """
                    CREATE TABLE \(table)(a, b AS (coalesce(app_double(a), 0)) UNIQUE);
                    INSERT INTO \(table)(a) VALUES (1), (2), (3);
                    """)
            }
            let dump = try await ExportedDump(of: source.path, in: path, .none) { $0.includesSchema = false }
            let target = path + "/restored.db"
            let restored = try await Restoration(
                store: dump.store, manifest: dump.manifest,
                options: .init(target: target, tables: [], force: false), progress: nil
            ).run()
            #expect(restored.notes.contains { $0.contains("app_double") }, "\(restored.notes)")
            let database = try Database(path: target, access: .readWrite)
            try TestApplication.register(on: database)
            try database.execute("REINDEX; REINDEX")
            #expect(try database.text("PRAGMA integrity_check") == "ok")
            for query in ["SELECT name, sql FROM sqlite_schema", "SELECT * FROM p", "SELECT * FROM q"] {
                #expect(try database.rows(query) == source.rows(query), "\(query)")
            }
        }
    }

    @Test("gives back a few of its tables", arguments: ["the children", "parents", "keyless"])
    func restoresTable(_ table: String) async throws {
        try await withTemporaryDirectory { path in
            let source = try Self.source(in: path)
            let dump = try await ExportedDump(of: source, in: path, .zstd(level: 3)) {
                $0.includesSchema = false
                $0.frameSize = 20_000
            }
            let target = path + "/restored.db"
            _ = try await Restoration(
                store: dump.store, manifest: dump.manifest,
                options: .init(target: target, tables: [table], force: false), progress: nil
            ).run()
            let query = "SELECT * FROM \"\(table)\" ORDER BY rowid"
            let left = try Database(path: source, access: .readOnly).rows(query)
            let right = try Database(path: target, access: .readOnly).rows(query)
            #expect(left == right)
            let names = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            #expect(try Database(path: target, access: .readOnly).integer(names) == 1)
        }
    }

    @Test("leaves out virtual tables and statistics, and says so")
    func virtualTables() async throws {
        try await withTemporaryDirectory { path in
            let source = try Self.source(in: path, Self.words)
            let dump = try await ExportedDump(of: source, in: path, .none) { $0.includesSchema = false }
            let text = try await Self.text(of: dump)
            #expect(!text.contains("words"))
            #expect(!text.contains("sqlite_stat"))
            #expect(!dump.manifest.schema.contains { $0.name.hasPrefixIgnoringCase("words") })
            #expect(dump.manifest.notes.contains { $0.hasPrefix("words: a virtual table") })
            #expect(dump.manifest.notes.contains { $0.contains("ANALYZE") })
            let report = try await Verification(
                store: dump.store, manifest: dump.manifest, level: .restore, workDirectory: path, tool: "test",
                progress: nil
            ).run()
            #expect(report.differences.map(\.message) == [])
            #expect(report.outcome == .proved)
        }
    }

    @Test("may be one of nothing at all")
    func nothing() async throws {
        try await withTemporaryDirectory { path in
            let source = path + "/source.db"
            try Database(path: source, access: .create).execute("PRAGMA user_version=3; VACUUM;")
            let dump = try await ExportedDump(of: source, in: path, .zstd(level: 3)) { $0.includesSchema = false }
            #expect(dump.manifest.tables.isEmpty)
            let report = try await Verification(
                store: dump.store, manifest: dump.manifest, level: .restore, workDirectory: path, tool: "test",
                progress: nil
            ).run()
            #expect(report.differences.map(\.message) == [])
        }
    }

    @Test("Rows are counted beforehand where somebody wants to know", arguments: [true, false])
    func totalRows(includesSchema: Bool) async throws {
        try await withTemporaryDirectory { path in
            let source = try Self.source(in: path, Self.words)
            let counted = try await ExportedDump(of: source, in: path, .none) {
                $0.includesSchema = includesSchema
                $0.countsRows = true
                $0.exclude = [Glob("tmp_*")]
            }
            #expect(counted.progress.totalRows == counted.manifest.rows)
            #expect(counted.progress.rows == counted.manifest.rows)
            let other = try await ExportedDump(of: source, in: path, .none) { $0.includesSchema = includesSchema }
            #expect(other.progress.totalRows == nil)
            #expect(RunProgress().totalRows == nil)
        }
    }
}
