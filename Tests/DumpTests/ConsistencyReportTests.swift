import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("A backup that is not one state of its source", .timeLimit(.minutes(30)))
struct ConsistencyReportTests {
    /// A child whose parent is missing, as rows from different moments may have it.
    private static let script = """
        CREATE TABLE orders(id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1);
        CREATE TABLE items(parent REFERENCES orders(id)); INSERT INTO items VALUES (1), (2);
        """

    private static func dump(_ consistency: Consistency?, in path: String) async throws -> (ExportedDump, Manifest) {
        let database = try Database(path: path + "/source.db", access: .create)
        try database.execute(script)
        let dump = try await ExportedDump(of: database.path, in: path, .none)
        var manifest = dump.manifest
        manifest.snapshot.consistency = consistency
        manifest.snapshot.consistent = consistency.map { $0.kind == .consistent } ?? true
        return (dump, manifest)
    }

    static let shortfalls: [(Consistency, String)] = [
        (Consistency(.eachTable, readings: 3), "each table consistent"),
        (Consistency(.changed, tables: ["orders"], readings: 4), "changed while read: orders"),
        (Consistency(.unchecked, readings: 1), "read once, not checked"),
    ]

    @Test("is proved as what it is, loudly", arguments: shortfalls)
    func proved(consistency: Consistency, words: String) async throws {
        try await withTemporaryDirectory { path in
            let (dump, manifest) = try await Self.dump(consistency, in: path)
            let report = try await Verification(
                store: dump.store, manifest: manifest, level: .restore, workDirectory: path, tool: "test",
                progress: nil
            ).run()
            #expect(report.outcome == .proved)
            #expect(report.consistency == consistency)
            #expect(report.summary.hasSuffix("; \(words)"))
            let warning = try #require(consistency.warning)
            #expect(report.brief.contains { $0.contains(warning) })
            #expect([report].html.contains("<p class=\"bad\">\(warning)</p>"))
            #expect(!report.foreignKeyWords.contains("the source's own"))
            #expect(!report.notes.contains { $0.contains("which the source has too") })
            #expect(report.notes.contains { $0.contains("whether the source has them cannot be told") })

            let target = path + "/restored.db"
            let restoration = Restoration(
                store: dump.store, manifest: manifest, options: .init(target: target, tables: [], force: false),
                progress: nil)
            #expect(try await restoration.plan().notes.contains(warning))
            #expect(try await restoration.run().notes.contains(warning))
        }
    }

    @Test(
        "is told from one that is, and from a file's",
        arguments: [nil, Consistency(.consistent, readings: 2)] as [Consistency?])
    func consistent(consistency: Consistency?) async throws {
        try await withTemporaryDirectory { path in
            let (dump, manifest) = try await Self.dump(consistency, in: path)
            let report = try await Verification(
                store: dump.store, manifest: manifest, level: .restore, workDirectory: path, tool: "test",
                progress: nil
            ).run()
            #expect(report.consistency == consistency)
            #expect(!report.summary.contains(";"))
            #expect(!report.brief.contains { $0.contains("NOT one state") })
            #expect(report.foreignKeyWords.contains("the source's own"))
            let said = report.text.contains { $0.contains("by 2 readings: consistent") }
            #expect(said == (consistency != nil))
        }
    }
}
