import Foundation
import Glibc
import Model
import Pipeline
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump

@Suite("An export of a source that is replaced, vacuumed or deleted meanwhile", .timeLimit(.minutes(30)))
struct ChangedSourceTests {
    /// What another process does with the file.
    enum Change: String, Sendable, CaseIterable {
        case replaced, vacuumed, deleted

        func happen(to path: String) throws {
            switch self {
            case .replaced:
                guard rename(path + ".other", path) == 0 else { throw CommandError("\(path) cannot be replaced") }
            case .vacuumed:
                guard SystemProgram.succeeds("sqlite3", [path, "VACUUM"]) else {
                    throw CommandError("\(path) cannot be vacuumed")
                }
            case .deleted:
                for suffix in ["", "-wal", "-shm"] { _ = unlink(path + suffix) }
            }
        }
    }

    enum Moment: Sendable {
        /// Between two steps of the page copy.
        case whileCopied
        /// When the state is frozen, and nothing of it is read yet.
        case beforeRows
    }

    struct Way: Sendable, CustomStringConvertible {
        let journal: String
        let method: SnapshotMethod
        let moment: Moment

        var description: String { "\(journal), \(method), \(moment)" }

        static let all = [
            Way(journal: "wal", method: .copy, moment: .whileCopied),
            Way(journal: "delete", method: .copy, moment: .whileCopied),
            Way(journal: "wal", method: .copy, moment: .beforeRows),
            Way(journal: "delete", method: .copy, moment: .beforeRows),
            Way(journal: "wal", method: .transaction, moment: .beforeRows),
        ]
    }

    @Test(
        "holds the one state that was begun with, and the next one what is there then", arguments: Way.all,
        Change.allCases)
    func oneState(_ way: Way, _ change: Change) async throws {
        try await withBench(way.journal) { bench in
            let source = bench.source
            let file = ChangingFile(file: SQLiteFile(path: source), moment: way.moment) { _ in
                try change.happen(to: source)
            }
            let made = try await bench.export(file, way.method, in: "first")
            #expect(made.result.snapshot.consistent)
            try await bench.expect(made.dump, toHold: bench.before)
            try await bench.expectNext(after: change, way.method, in: "second")
        }
    }

    @Test("that is gone on with has the state of its snapshot", arguments: ["wal", "delete"], Change.allCases)
    func goesOn(_ journal: String, _ change: Change) async throws {
        try await withBench(journal) { bench in
            let file = SQLiteFile(path: bench.source)
            await #expect(throws: StoreError.self) {
                _ = try await bench.export(file, in: "work", isFailing: true, keeps: true)
            }
            try change.happen(to: bench.source)
            let resumed = try await bench.export(file, in: "work")
            try await bench.expect(resumed.dump, toHold: bench.before)
            try await bench.expectNext(after: change, .copy, in: "second")
        }
    }

    @Test(
        "that was cut off in its page copy is made anew of what is there then", arguments: ["wal", "delete"],
        Change.allCases)
    func cutOff(_ journal: String, _ change: Change) async throws {
        try await withBench(journal) { bench in
            let file = ChangingFile(file: SQLiteFile(path: bench.source), moment: .whileCopied) { $0.cancel() }
            await #expect(throws: (any Error).self) { _ = try await bench.export(file, in: "work", keeps: true) }
            let half = try #require(FileStatus(bench.folder("work") + "/" + RunFiles.snapshot))
            #expect(half.size > 0)
            #expect(!RunFiles.holdSnapshot(in: bench.folder("work")))

            try change.happen(to: bench.source)
            try await bench.expectNext(after: change, .copy, in: "work")
            if change == .deleted {
                let left = try FileManager.default.contentsOfDirectory(atPath: bench.folder("work"))
                #expect(left == [], "where nobody goes on, nothing stays")
            }
        }
    }

    private func withBench(_ journal: String, _ body: (Bench) async throws -> Void) async throws {
        try await withHeavyTestDirectory { path in
            let bench = Bench(path: path)
            try bench.make(journal)
            try await body(bench)
        }
    }
}

/// A SQLite file to which something happens while an export freezes its state.
private struct ChangingFile: ExportSource {
    let file: SQLiteFile
    let moment: ChangedSourceTests.Moment
    let happens: @Sendable (Cancellation) throws -> Void

    var name: String { file.name }
    var identity: String { file.identity }
    var expectedBytes: Int64 { file.expectedBytes }

    func takeSnapshot(
        in folder: String, options: SnapshotOptions, exclude: [Glob], cancellation: Cancellation, progress: RunProgress
    ) throws -> Snapshot {
        var hasHappened = false
        var failure: (any Error)?
        let snapshot = try Snapshot.take(
            of: SQLiteSource(path: file.path), in: folder, options: options, cancellation: cancellation
        ) { _, _ in
            guard moment == .whileCopied, !hasHappened else { return }
            hasHappened = true
            do {
                try happens(cancellation)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        if moment == .beforeRows {
            try happens(cancellation)
        } else if !hasHappened {
            throw CommandError("\(file.path) was copied in one step")
        }
        return snapshot
    }

    func explain(_ error: SQLiteError) -> NightjarError { file.explain(error) }
    func hasBegun(in folder: String) -> Bool { file.hasBegun(in: folder) }
}

/// A folder with a source, another file that may take its place, and a copy of each, which nobody touches.
private struct Bench: Sendable {
    let path: String

    var source: String { path + "/source.db" }
    /// What the source holds at first.
    var before: String { path + "/before.db" }
    /// What it holds where it was replaced.
    var other: String { path + "/other.db" }

    /// A run's own.
    func folder(_ name: String) -> String { "\(path)/\(name)" }

    /// Rows at both ends of a file whose pages are copied in two steps; a VACUUM brings them together.
    func make(_ journal: String) throws {
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <"
        do {
            let database = try Database(path: source, access: .create)
            try database.execute(
                """
                PRAGMA journal_mode = \(journal); CREATE TABLE early(id INTEGER PRIMARY KEY, a TEXT);
                \(rows) 500) INSERT INTO early SELECT i, 'early ' || i FROM n;
                CREATE TABLE gone(a); \(rows) 700) INSERT INTO gone SELECT zeroblob(9000) FROM n;
                CREATE TABLE late(id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX late_a ON late(a);
                \(rows) 500) INSERT INTO late SELECT i, 'late ' || i FROM n;
                DROP TABLE gone;
                """)
        }
        do {
            let database = try Database(path: source + ".other", access: .create)
            try database.execute(
                """
                PRAGMA journal_mode = \(journal); CREATE TABLE early(id INTEGER PRIMARY KEY, a TEXT);
                INSERT INTO early VALUES (7, 'of another file');
                """)
        }
        try FileManager.default.copyItem(atPath: source, toPath: before)
        try FileManager.default.copyItem(atPath: source + ".other", toPath: other)
    }

    /// - Parameters:
    ///   - name: Of the work directory; what an earlier export has left there is gone on with.
    ///   - isFailing: Whether the store is lost when the dump is sent.
    ///   - keeps: Whether what it has done is kept where it fails.
    /// - Returns: The dump's file, and what became of the export.
    func export(
        _ file: any ExportSource, _ method: SnapshotMethod = .copy, in name: String, isFailing: Bool = false,
        keeps: Bool = false
    ) async throws -> (dump: String, result: Export.Result) {
        try FileManager.default.createDirectory(atPath: folder(name), withIntermediateDirectories: true)
        let place = folder(name) + "-store"
        let store = try DirectoryStore(path: place)
        let options = Export.Options(
            snapshot: SnapshotOptions(
                method: method, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                maximumLock: .seconds(10)),
            chunkRows: 100, exclude: [], compression: .none, partSize: 5 << 20, uploadConcurrency: 1, tool: "test")
        return try await withEnding({ await store.shutdown() }) {
            let result = try await Export(
                source: file, store: FailingStore(store, failingAt: isFailing ? 0 : nil),
                keys: DumpKeys(filesOf: "dump", .sql, .none), workDirectory: folder(name), options: options,
                progress: RunProgress(), keepingAfter: { _ in keeps }
            ).run()
            return ("\(place)/\(result.objects[0].key)", result)
        }
    }

    /// What SQLite's own shell makes of the dump.
    func expect(_ dump: String, toHold original: String) async throws {
        let restored = "\(path)/\(UUID().uuidString).db"
        let shell = try await Shell.sqlite3(restored, script: dump)
        #expect(shell.exitCode == 0, "\(shell)")
        #expect(try LogicalComparison(.dump).differences(between: original, and: restored) == [])
    }

    func expectNext(after change: ChangedSourceTests.Change, _ method: SnapshotMethod, in name: String) async throws {
        let file = SQLiteFile(path: source)
        guard change == .deleted else {
            let next = try await export(file, method, in: name)
            return try await expect(next.dump, toHold: change == .replaced ? other : before)
        }
        let error = await #expect(throws: NightjarError.self) { _ = try await export(file, method, in: name) }
        #expect(error?.code == .missing)
        #expect(error?.message.contains("there is no source file \(source)") == true)
        #expect(error?.hint?.isEmpty == false)
    }
}
