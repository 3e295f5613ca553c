import Foundation
import Model
import Pipeline
import SQLite
import TestSupport
import Testing

@testable import Dump

@Suite("An export to plain files", .timeLimit(.minutes(30)))
struct FileExportTests {
    /// A SQLite file to which something happens as soon as its state is frozen.
    private struct WatchedFile: ExportSource {
        let file: SQLiteFile
        let happens: @Sendable (_ workDirectory: String) throws -> Void

        var name: String { file.name }
        var identity: String { file.identity }
        var expectedBytes: Int64 { file.expectedBytes }

        func takeSnapshot(
            in folder: String, options: SnapshotOptions, exclude: [Glob], cancellation: Cancellation,
            progress: RunProgress
        ) throws -> Snapshot {
            let snapshot = try file.takeSnapshot(
                in: folder, options: options, exclude: exclude, cancellation: cancellation, progress: progress)
            try happens(folder)
            return snapshot
        }

        func explain(_ error: SQLiteError) -> NightjarError { file.explain(error) }
        func hasBegun(in folder: String) -> Bool { file.hasBegun(in: folder) }
    }

    /// Runs `body` with a source of 6,000 numbers, and a folder each for the files and for the work.
    private func withSource(
        _ journalMode: String, _ body: (_ source: String, _ out: String, _ work: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let (out, work) = (path + "/out", path + "/work")
            for folder in [out, work] {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            }
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(
                """
                PRAGMA journal_mode=\(journalMode); CREATE TABLE numbers(id INTEGER PRIMARY KEY, value TEXT);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
                INSERT INTO numbers SELECT i, 'number ' || i FROM n;
                CREATE TABLE others(a); INSERT INTO others VALUES (1.5);
                """)
            try await body(path + "/source.db", out, work)
        }
    }

    private func export(
        _ source: any ExportSource, to out: String, _ work: String, compression: Compression = .none
    ) async throws -> Export.Result {
        try await FileExport(
            source: source, keys: DumpKeys(filesOf: "source", .csv, compression), folder: out, workDirectory: work,
            options: Export.Options(
                snapshot: SnapshotOptions(
                    method: .copy, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                    maximumLock: .seconds(10)),
                format: .csv, chunkRows: 100, exclude: [], compression: compression, partSize: 5 << 20,
                uploadConcurrency: 1, tool: "test"),
            progress: RunProgress()
        ).run()
    }

    private static let numbers = "id,value\r\n" + (1...6000).map { "\($0),number \($0)\r\n" }.joined()

    @Test(
        "holds one state, and keeps nobody from writing",
        arguments: [("wal", SnapshotMethod.transaction), ("delete", .copy)])
    func oneState(journalMode: String, method: SnapshotMethod) async throws {
        try await withSource(journalMode) { source, out, work in
            let watched = WatchedFile(file: SQLiteFile(path: source)) { folder in
                let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(names == (method == .copy ? [RunFiles.snapshot] : []), "what a transaction holds is no copy")
                try Database(path: source, access: .create).execute(
                    """
                    BEGIN; UPDATE numbers SET value = 'later'; DELETE FROM numbers WHERE id > 3000;
                    INSERT INTO others VALUES (2); CREATE TABLE late(a); COMMIT;
                    """)
            }
            let result = try await export(watched, to: out, work)
            #expect(result.snapshot.method == method)
            #expect(result.objects.map(\.key) == ["numbers.csv", "others.csv"])
            #expect(result.tables.map(\.rows) == [6000, 1])
            let text = try String(contentsOfFile: out + "/numbers.csv", encoding: .utf8)
            #expect(text == Self.numbers)
            #expect(Int64(text.utf8.count) == result.objects[0].size)
            #expect(try String(contentsOfFile: out + "/others.csv", encoding: .utf8) == "a\r\n\\r1.5\r\n")
        }
    }

    @Test(
        "copies first what it can only read as a file that does not change",
        .enabled(if: FaultDisk.isAvailable, "mounting is not permitted here"))
    func unchanging() async throws {
        try await withSource("wal") { source, out, work in
            // Closed, and with nothing beside it.
            let folder = "\(work)/database"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try Database(path: source, access: .readOnly).execute("VACUUM INTO '\(folder)/copy.db'")
            try Database(path: folder + "/copy.db", access: .create).execute("PRAGMA journal_mode=WAL")
            try await FaultDisk.readOnly(folder) {
                let result = try await export(SQLiteFile(path: folder + "/copy.db"), to: out, work)
                #expect(result.snapshot.method == .copy)
            }
            #expect(try String(contentsOfFile: out + "/numbers.csv", encoding: .utf8) == Self.numbers)
        }
    }

    @Test("needs what a service was read into no longer than the copy that is made of it")
    func mirror() async throws {
        try await withSource("delete") { source, out, work in
            try Data("rows".utf8).write(to: URL(fileURLWithPath: "\(work)/\(RunFiles.mirror)"))
            let result = try await export(
                MirroredFile(path: source, consistency: Consistency(.consistent, tables: [], readings: 1)), to: out,
                work)
            #expect(result.snapshot.method == .mirror)
            #expect(try FileManager.default.contentsOfDirectory(atPath: work) == [RunFiles.snapshot])
            #expect(try String(contentsOfFile: out + "/numbers.csv", encoding: .utf8) == Self.numbers)
        }
    }

    @Test("is compressed as a backup is", arguments: [Compression.zstd(level: 3), .gzip(level: 6)])
    func compressed(_ compression: Compression) async throws {
        try await withSource("wal") { source, out, work in
            let result = try await export(SQLiteFile(path: source), to: out, work, compression: compression)
            let path = "\(out)/\(result.objects[0].key)"
            #expect(FileManager.default.contents(atPath: path)?.count == Int(result.objects[0].size))
            #expect(result.objects[0].uncompressedSize == Int64(Self.numbers.utf8.count))
            let (program, suffix) = compression.name == "gzip" ? ("gzip", ".gz") : ("zstd", ".zst")
            #expect(path.hasSuffix("/numbers.csv\(suffix)"))
            let read = try await Command.run([program, "-dc", path])
            #expect(read.text == Self.numbers, "\(read.standardError)")
        }
    }

    @Test("ends where its files cannot be written")
    func unwritable() async throws {
        try await withSource("wal") { source, out, work in
            let watched = WatchedFile(file: SQLiteFile(path: source)) { _ in
                try FileManager.default.removeItem(atPath: out)
            }
            let failure = await #expect(throws: PlainFile.Failure.self) { try await export(watched, to: out, work) }
            #expect(failure?.name == "numbers.csv")
            #expect(failure?.errorNumber == ENOENT)
        }
    }

    @Test("never writes over what is there")
    func taken() async throws {
        try await withSource("wal") { source, out, work in
            try Data("mine".utf8).write(to: URL(fileURLWithPath: out + "/others.csv"))
            let failure = await #expect(throws: PlainFile.Failure.self) {
                try await export(SQLiteFile(path: source), to: out, work)
            }
            #expect(failure?.name == "others.csv")
            #expect(failure?.errorNumber == EEXIST)
            #expect(try String(contentsOfFile: out + "/others.csv", encoding: .utf8) == "mine")
        }
    }
}
