import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("An export of a source that is no file", .timeLimit(.minutes(30)))
struct ExportSourceTests {
    private static let moved = Consistency(.changed, tables: ["orders"], readings: 4)

    private struct Bench {
        let path: String
        let folder: String

        init(_ path: String) throws {
            self.path = path
            folder = path + "/work"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(
                """
                CREATE TABLE orders(id INTEGER PRIMARY KEY, t TEXT); INSERT INTO orders(t) VALUES ('a'), ('b');
                CREATE TABLE tmp_log(a); INSERT INTO tmp_log VALUES (1);
                """)
        }

        func source(_ consistency: Consistency = ExportSourceTests.moved) -> MirroredFile {
            MirroredFile(path: path + "/source.db", consistency: consistency)
        }

        /// To a store of its own.
        func export(_ source: any ExportSource) throws -> Export {
            let options = Export.Options(
                snapshot: SnapshotOptions(
                    method: .copy, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                    maximumLock: .seconds(10)),
                chunkRows: 50, exclude: [Glob("tmp_*")], compression: .none, partSize: 5 << 20, uploadConcurrency: 2,
                tool: "test")
            return Export(
                source: source, store: try DirectoryStore(path: "\(path)/store-\(UUID().uuidString)"),
                keys: try ExportedDump.keys(.sql), workDirectory: folder, options: options, progress: RunProgress(),
                keepingAfter: { _ in true })
        }

        /// The lines of the journal that an export begins with, once they are there.
        func journal() async throws -> [Data] {
            let journal = URL(fileURLWithPath: folder + "/journal")
            try await FolderWatch(folder).wait(until: "the snapshot is in the journal") {
                (try? Data(contentsOf: journal).contains("\"snapshot\"".utf8)) ?? false
            }
            let lines = try Data(contentsOf: journal).split(separator: UInt8(ascii: "\n"))
            return [lines[0], try #require(lines.first { $0.contains("\"snapshot\"".utf8) })]
        }

        /// As a process leaves it that was killed then.
        func write(journal lines: [Data]) throws {
            let text = lines.reduce(into: Data()) { $0 += $1 + Data("\n".utf8) }
            try text.write(to: URL(fileURLWithPath: folder + "/journal"))
        }
    }

    private static func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in try await body(try Bench(path)) }
    }

    @Test("says where it is from, what was left out there and what is proved of its state")
    func facts() async throws {
        try await Self.withBench { bench in
            let result = try await bench.export(bench.source()).run()
            #expect(result.source.kind == "libsql")
            #expect(result.source.journalMode == "wal")
            #expect(result.source.sqliteVersion == "3.45.1")
            #expect(result.snapshot.method == .mirror)
            #expect(!result.snapshot.consistent)
            #expect(result.snapshot.consistency == Self.moved)
            #expect(result.excluded.map(\.name) == ["_cf_KV", "tmp_log"])
            #expect(result.notes == ["words could not be read."])
            #expect(result.tables.map(\.rows) == [2])
        }
    }

    @Test("goes on with what was read before it was cut off")
    func cutOff() async throws {
        try await Self.withBench { bench in
            let source = bench.source()
            source.cutNext()
            await #expect(throws: MirroredFile.Cut.self) { try await bench.export(source).run() }
            #expect(try bench.export(source).canGoOn)
            #expect(!RunFiles.holdSnapshot(in: bench.folder))
            let other = MirroredFile(path: source.path, consistency: Self.moved, identity: "libsql https://other")
            #expect(try !bench.export(other).canGoOn, "what was read elsewhere is of no use")

            _ = try await bench.export(source).run()
            #expect(source.takes == 2)
            #expect(source.foundMirror)
            #expect(!source.hasBegun(in: bench.folder), "the snapshot is what is gone on with now")
        }
    }

    @Test("of another source begins anew, without what was read of the first one")
    func otherSource() async throws {
        try await Self.withBench { bench in
            let source = bench.source()
            source.cutNext()
            await #expect(throws: MirroredFile.Cut.self) { try await bench.export(source).run() }
            let other = MirroredFile(path: source.path, consistency: Self.moved, identity: "libsql https://other")
            _ = try await bench.export(other).run()
            #expect(!other.foundMirror)
            for suffix in ["", "-wal"] {
                let left = MirroredFile.mirror(in: bench.folder, suffix).path
                #expect(!FileManager.default.fileExists(atPath: left), "\(left)")
            }
        }
    }

    @Test("reads nothing again once its rows are all in the run's folder")
    func mirrorIsKept() async throws {
        try await Self.withBench { bench in
            let source = bench.source()
            let whole = try await bench.export(source).run()
            try bench.write(journal: try await bench.journal())
            #expect(RunFiles.holdSnapshot(in: bench.folder))
            #expect(try bench.export(source).canGoOn)
            let resumed = try await bench.export(source).run()
            #expect(source.takes == 1)
            #expect(resumed.snapshot == whole.snapshot)
            #expect(resumed.source == whole.source)
            #expect(resumed.excluded == whole.excluded)
            #expect(resumed.notes == whole.notes)
            #expect(resumed.tables == whole.tables)
        }
    }

    @Test("whose journal an earlier version wrote begins anew")
    func earlierJournal() async throws {
        try await Self.withBench { bench in
            let source = bench.source()
            _ = try await bench.export(source).run()
            var lines = try await bench.journal()
            let json = lines[1].drop { $0 != UInt8(ascii: "{") }
            let text = String(decoding: json, as: UTF8.self)
            try #require(text.contains("\"origin\""))
            let early = Data(text.replacing("\"origin\"", with: "\"journalMode\"").utf8)
            lines[1] = Data("\(ExportJournal.check(Array(early))) ".utf8) + early
            try bench.write(journal: lines)
            #expect(!RunFiles.holdSnapshot(in: bench.folder))
            _ = try await bench.export(source).run()
            #expect(source.takes == 2)
        }
    }

    @Test("is compared with its backup like a file", arguments: [Consistency.Kind.consistent, .changed])
    func comparison(_ kind: Consistency.Kind) async throws {
        try await Self.withBench { bench in
            let dump = try await ExportedDump(of: bench.path + "/source.db", in: bench.path, .none)
            try Database(path: bench.path + "/source.db", access: .readWrite).execute(
                "INSERT INTO orders(t) VALUES ('c')")
            let source = bench.source(Consistency(kind, tables: kind == .changed ? ["orders"] : [], readings: 2))
            let report = try await SourceComparison(
                manifest: dump.manifest, source: source,
                snapshotOptions: SnapshotOptions(
                    method: .copy, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                    maximumLock: .seconds(10)),
                exclude: [], workDirectory: bench.folder, progress: nil
            ).run()
            #expect(report.source == "libSQL at db.example.com")
            #expect(report.tables.filter(\.differs).map(\.name) == ["orders"])
            #expect(report.excluded.map(\.name) == ["_cf_KV"])
            #expect(report.notes.contains("words could not be read."))
            #expect(report.notes.contains { $0.contains("NOT one state of the source") } == (kind == .changed))
        }
    }
}
