import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("The report of a verification", .timeLimit(.minutes(30)))
struct VerificationReportTests {
    private static let script = """
        CREATE TABLE "a <b>"(id INTEGER PRIMARY KEY, t TEXT); INSERT INTO "a <b>"(t) VALUES ('first'), ('second');
        CREATE TABLE children(parent REFERENCES "a <b>"(id)); INSERT INTO children VALUES (1), (7), (8);
        CREATE INDEX by_t ON "a <b>"(t);
        CREATE VIEW v AS SELECT t FROM "a <b>";
        """

    private static func verify(
        _ dump: ExportedDump, _ level: VerificationLevel, in path: String, manifest: Manifest? = nil
    ) async throws -> VerificationReport {
        try await Verification(
            store: dump.store, manifest: manifest ?? dump.manifest, level: level, workDirectory: path, tool: "test",
            progress: nil
        ).run()
    }

    private static func withDump(_ body: (ExportedDump, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(script)
            try await body(try await ExportedDump(of: database.path, in: path, .zstd(level: 3)), path)
        }
    }

    @Test("says what was proved, and how")
    func proved() async throws {
        try await Self.withDump { dump, path in
            let report = try await Self.verify(dump, .restore, in: path)
            #expect(report.outcome == .proved)
            let object = try #require(report.objects?.first)
            #expect(object.matches)
            #expect(object.key == ExportedDump.key)
            #expect(object.sizeFound == dump.object.size)
            #expect(object.partsChecked == 1)
            #expect(report.schemaObjects == VerificationReport.SchemaResult(expected: 4, found: 4, equal: 4))
            #expect(report.foreignKeyViolations == 2)
            #expect(report.foreignKeyViolationsUntold == 0)
            #expect(report.dumpBytes == dump.object.uncompressedSize)
            #expect(report.sourceSQLiteVersion == SQLiteLibrary.version)
            #expect(report.advice == nil)

            let text = report.text.joined(separator: "\n")
            for words in [
                "shop: dump_20260315-023000: Proved: 2 tables, 5 rows",
                "1 part, SHA-256 as written",
                "Schema: 4 objects expected, 4 found, 4 equal", "integrity_check: ok",
                "foreign_key_check: 2 violations; the digests are equal", "a <b>: 2 rows, digest",
                "By test, SQLite \(SQLiteLibrary.version), on \(HostName.current)",
            ] {
                #expect(text.contains(words), "\(words) in \(text)")
            }
            #expect(!report.brief.contains { $0.contains("integrity_check") })

            let html = [report].html
            #expect(html.contains("Schema: 4 objects expected, 4 found, 4 equal"))
            #expect(html.contains("a &lt;b&gt;"))
            #expect(!html.contains("a <b>"))
        }
    }

    @Test("at the level checksum says what was compared, and nothing of what was not")
    func checked() async throws {
        try await Self.withDump { dump, path in
            let report = try await Self.verify(dump, .checksum, in: path)
            #expect(report.outcome == .checked)
            #expect(report.objects?.map(\.matches) == [true])
            #expect(report.schemaObjects == nil)
            #expect(report.dumpBytes == nil)
            #expect(!report.text.joined().contains("integrity_check"))
        }
    }

    @Test("names the part that differs, with both SHA-256", arguments: [VerificationLevel.checksum, .restore])
    func differentPart(level: VerificationLevel) async throws {
        try await Self.withDump { dump, path in
            try dump.damage(at: dump.object.size / 2)
            var report = try await Self.verify(dump, level, in: path)
            #expect(report.outcome == .different)
            let part = try #require(report.objects?.first?.partsDifferent.first)
            #expect(part.number == 1)
            #expect(part.offset == 0)
            #expect(part.sha256Expected == dump.object.parts.first?.sha256)
            #expect(part.sha256Found != part.sha256Expected)
            #expect(report.dumpBytes == nil)
            let text = report.text.joined(separator: "\n")
            #expect(text.contains("\(ExportedDump.key), part 1: the bytes are not those that were written"))
            #expect(text.contains("SHA-256 \(part.sha256Found) instead of \(part.sha256Expected)"))
            report.advice = .init(goodUntil: nil, differentSince: .now, goodBackup: nil)
            #expect([report].html.contains("<h3>What to do</h3>"))
        }
    }

    @Test("names an object that is cut off, or gone", arguments: [true, false])
    func missing(isGone: Bool) async throws {
        try await Self.withDump { dump, path in
            if isGone {
                try FileManager.default.removeItem(atPath: dump.path)
            } else {
                try dump.replace(Array(dump.stored.dropLast(3)))
            }
            let report = try await Self.verify(dump, .checksum, in: path)
            let object = try #require(report.objects?.first)
            #expect(!object.matches)
            #expect(object.sizeFound == (isGone ? 0 : dump.object.size - 3))
            #expect(object.partsChecked == 0)
        }
    }

    @Test("tells an index that is missing from the schema's objects that are there")
    func missingIndex() async throws {
        try await Self.withDump { dump, path in
            var manifest = dump.manifest
            manifest.schema.append(
                .init(type: "index", name: "lost", table: "children", sql: "CREATE INDEX lost ON children(parent)"))
            let report = try await Self.verify(dump, .restore, in: path, manifest: manifest)
            #expect(report.outcome == .different)
            #expect(report.schemaObjects == VerificationReport.SchemaResult(expected: 5, found: 4, equal: 4))
            #expect(report.differences.first?.message.contains("the index lost is missing") == true)
        }
    }
}
