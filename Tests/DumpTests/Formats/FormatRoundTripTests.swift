import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("Rows come back bit for bit from every format", .timeLimit(.minutes(30)))
struct FormatRoundTripTests {
    static let trials =
        Hazard.all.map { Trial(hazard: $0, format: .csv, compression: .zstd(level: 3)) }
        + Hazard.all.map { Trial(hazard: $0, format: .json, compression: .gzip(level: 1)) }
        + Hazard.all.map { Trial(hazard: $0, format: .ndjson, compression: .zstd(level: 1)) }
        + some.map { Trial(hazard: $0, format: .csv, compression: .none) }
        + some.map { Trial(hazard: $0, format: .json, compression: .none) }

    /// What differs from the others in its compression alone needs not all of them.
    private static let some = stride(from: 2, to: Hazard.all.count, by: 3).map { Hazard.all[$0] }

    struct Trial: Sendable, CustomTestStringConvertible {
        let hazard: Hazard
        let format: DumpFormat
        let compression: Compression

        var testDescription: String { "\(hazard) as \(format.rawValue), \(compression.name)" }
    }

    @Test("whatever the source holds", arguments: trials)
    func roundTrip(_ trial: Trial) async throws {
        try await withHeavyTestDirectory { path in
            let writer = try trial.hazard.make(at: path + "/source.db")
            defer { withExtendedLifetime(writer) {} }
            // Where its own application can back it up only, there is nothing to bring back.
            let dump: ExportedDump
            do {
                dump = try await ExportedDump(of: path + "/source.db", in: path, trial.compression) {
                    $0.format = trial.format
                    $0.chunkRows = 7
                    $0.frameSize = 4 << 10
                }
            } catch {
                _ = try await #require(throws: (any Error).self) {
                    try await ExportedDump(of: path + "/source.db", in: path, trial.compression)
                }
                return
            }
            try dump.manifest.validate()
            #expect(dump.manifest.tables.reduce(0) { $0 + $1.changedRows } <= Int64(trial.hazard.changedRows))
            try FileManager.default.createDirectory(atPath: path + "/verify", withIntermediateDirectories: false)
            let report = try await Verification(
                store: dump.store, manifest: dump.manifest, level: .restore, workDirectory: path + "/verify",
                tool: "test", progress: nil
            ).run()
            try #require(report.differences.map(\.message) == [], "\(trial.testDescription)")
            #expect(report.outcome == .proved)

            let target = path + "/restored.db"
            _ = try await Restoration(
                store: dump.store, manifest: dump.manifest,
                options: .init(target: target, tables: [], force: false), progress: nil
            ).run()
            var comparison = trial.hazard.comparison(.restore)
            comparison.comparesRowsAlone = true
            let differences = try comparison.differences(between: path + "/source.db", and: target)
            #expect(differences == [], "\(trial.testDescription)")
        }
    }

    @Test("a table of the application's is carried, though SQLite takes its name for one of a virtual table's")
    func externalContent() async throws {
        try await withTemporaryDirectory { path in
            let source = path + "/source.db"
            try Database(path: source, access: .create).execute(
                """
                CREATE TABLE docs_content(id INTEGER PRIMARY KEY, body); INSERT INTO docs_content VALUES (1, 'kept');
                CREATE INDEX by_body ON docs_content(body);
                CREATE VIRTUAL TABLE docs USING fts5(body, content='docs_content', content_rowid='id');
                CREATE TABLE places_node("a"); INSERT INTO places_node VALUES (7);
                CREATE VIRTUAL TABLE places USING fts4(name); INSERT INTO places VALUES ('left out');
                """)
            let dump = try await ExportedDump(of: source, in: path, .none) { $0.format = .csv }
            #expect(dump.manifest.tables.map { $0.name.description } == ["docs_content", "places_node"])
            #expect(dump.manifest.schema.contains { $0.name == "by_body" })
            let notes = dump.manifest.notes.joined()
            #expect(notes.contains("docs: a virtual table") && notes.contains("docs_data"))
            #expect(notes.contains("places_content"), "whose rows are nowhere else")

            let target = path + "/restored.db"
            _ = try await Restoration(
                store: dump.store, manifest: dump.manifest,
                options: .init(target: target, tables: [], force: false), progress: nil
            ).run()
            let restored = try Database(path: target, access: .readOnly)
            #expect(try restored.rows("SELECT id, body FROM docs_content") == [[.integer(1), .text("kept")]])
            #expect(try restored.rows("SELECT a FROM places_node") == [[.integer(7)]])
        }
    }

    @Test("a few tables come without sequences that the source has not", arguments: [DumpFormat.csv, .json, .ndjson])
    func emptySequences(_ format: DumpFormat) async throws {
        try await withTemporaryDirectory { path in
            let source = path + "/source.db"
            try Database(path: source, access: .create).execute(
                """
                CREATE TABLE x(a INTEGER PRIMARY KEY AUTOINCREMENT, b); INSERT INTO x(b) VALUES (1), (2);
                DELETE FROM sqlite_sequence
                """)
            let dump = try await ExportedDump(of: source, in: path, .zstd(level: 3)) { $0.format = format }
            let target = path + "/restored.db"
            _ = try await Restoration(
                store: dump.store, manifest: dump.manifest,
                options: .init(target: target, tables: ["x"], force: false), progress: nil
            ).run()
            let restored = try Database(path: target, access: .readOnly)
            #expect(try restored.integer("SELECT count(*) FROM x") == 2)
            #expect(try restored.integer("SELECT count(*) FROM sqlite_sequence") == 0)
        }
    }
}
