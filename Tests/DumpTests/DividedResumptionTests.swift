import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump

@Suite("A dump of an object a table goes on wherever it was broken off", .timeLimit(.minutes(30)))
struct DividedResumptionTests {
    static var hazards: [Hazard] {
        stride(from: 1, to: Hazard.all.count, by: 4).map { Hazard.all[$0] }
    }

    @Test(
        "with the same bytes, object by object", arguments: DividedResumptionTests.hazards, [DumpFormat.csv, .ndjson])
    func everyObject(_ hazard: Hazard, _ format: DumpFormat) async throws {
        try await withHeavyTestDirectory { path in
            let writer = try hazard.make(at: path + "/source.db")
            defer { withExtendedLifetime(writer) {} }
            guard let whole = try await Self.whole(path, format) else { return }
            for number in whole.result.objects.indices.prefix(6) {
                let name = "broken-\(number)"
                await #expect(throws: StoreError.self) {
                    try await Self.export(path, name, format, failingAt: number)
                }
                let resumed = try await Self.export(path, name, format, failingAt: nil)
                #expect(resumed.bytes == whole.bytes, "after object \(number)")
                #expect(resumed.result.tables == whole.result.tables)
                #expect(resumed.result.notes == whole.result.notes)
                #expect(resumed.result.objects.map(\.crc32) == whole.result.objects.map(\.crc32))
                if number > 0 {
                    #expect((resumed.result.resumedAt ?? 0) > 0 || whole.bytes.values.allSatisfy(\.isEmpty))
                }
            }
        }
    }

    @Test("in the middle of a table", arguments: DividedResumptionTests.hazards, [DumpFormat.csv, .ndjson])
    func someFrames(_ hazard: Hazard, _ format: DumpFormat) async throws {
        try await withHeavyTestDirectory { path in
            let writer = try hazard.make(at: path + "/source.db")
            defer { withExtendedLifetime(writer) {} }
            guard let whole = try await Self.whole(path, format) else { return }
            let checkpoints = try Checkpoint.all(in: path + "/whole")
            // The first ones, the last one, and some between them.
            let step = max(1, checkpoints.count / 3)
            for (number, checkpoint) in checkpoints.enumerated()
            where number == 0 || number % step == step / 2 || number == checkpoints.count - 1 {
                try await Self.goOn(path, whole, format, from: checkpoint)
            }
        }
    }

    @Test("behind each frame of tables with and without rowids", arguments: [DumpFormat.csv, .ndjson])
    func everyFrame(_ format: DumpFormat) async throws {
        try await withTemporaryDirectory { path in
            try Database(path: path + "/source.db", access: .create).execute(
                """
                CREATE TABLE numbered(id INTEGER PRIMARY KEY, a);
                CREATE TABLE empty(a);
                CREATE TABLE plain(a TEXT, b REAL);
                CREATE TABLE keyed(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
                INSERT INTO numbered SELECT i * 3, CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE x'00FF' END FROM n;
                INSERT INTO plain SELECT 'a,"' || id, id / 7.0 FROM numbered;
                INSERT INTO keyed SELECT 'k' || id, id FROM numbered;
                """)
            let exported = try await Self.whole(path, format)
            let whole = try #require(exported)
            let checkpoints = try Checkpoint.all(in: path + "/whole")
            // Four pairs of rows in each, and one row behind them.
            #expect(checkpoints.count == 12)
            #expect(Set(checkpoints.map(\.object)).count == 3)
            for checkpoint in checkpoints { try await Self.goOn(path, whole, format, from: checkpoint) }
        }
    }

    @Test("and not with objects of a snapshot that is lost")
    func lostSnapshot() async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(
                "CREATE TABLE a(x); CREATE TABLE b(x); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)")
            await #expect(throws: StoreError.self) { try await Self.export(path, "broken", .csv, failingAt: 1) }
            try #require(truncate("\(path)/broken/\(RunFiles.snapshot)", 0) == 0)
            try database.execute("UPDATE a SET x = 2; UPDATE b SET x = 2")
            let anew = try await Self.export(path, "broken", .csv, failingAt: nil)
            #expect(try await anew.bytes == Self.export(path, "whole", .csv, failingAt: nil).bytes)
        }
    }

    @Test("and leaves nothing in the store where nobody goes on", arguments: [0, 1, 2])
    func cleansUp(_ failure: Int) async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute("CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x); INSERT INTO b VALUES (1)")
            await #expect(throws: StoreError.self) {
                try await Self.export(path, "broken", .csv, failingAt: failure, keeps: false)
            }
            let keys = try ExportedDump.keys(.csv)
            let store = try DirectoryStore(path: path + "/store-broken")
            let left = try await store.list(prefix: "", after: nil, limit: 10).objects.map(\.key)
            // One that the store did not say to be there may be somebody else's, for all that an export knows.
            #expect(left == (failure == 1 ? [keys.object(ofTable: "b", number: 1)] : []))
            // Its run knows better.
            if !left.isEmpty { try await DumpLeftovers(of: keys.root, in: store).delete() }
            #expect(try await store.list(prefix: "", after: nil, limit: 10).objects.isEmpty)
            #expect(try await store.openUploads(prefix: "").isEmpty)
            let folder = "\(path)/store-broken/\(keys.root)"
            #expect(!FileManager.default.fileExists(atPath: folder))
            await store.shutdown()
        }
    }

    // MARK: Going on

    /// Where a frame has ended in the middle of an object.
    private struct Checkpoint {
        /// What the journal said then, but for uploads: what was sent of the object is not in the store.
        let journal: Data
        /// Objects that were whole in the store.
        let ended: [String]
        /// The one that was being made.
        let object: String
        /// Of all objects so far, uncompressed.
        let dumpBytes: Int64

        /// All those of an export that has come to its end.
        static func all(in folder: String) throws -> [Checkpoint] {
            let records = try journalLines(in: folder)
            var snapshot = Data()
            for (record, line) in records {
                if case .snapshot = record { snapshot = line }
            }

            var found: [Checkpoint] = []
            var kept: [Data] = []
            var ended: [Manifest.StoredObject] = []
            var object = ""
            var position: Int64 = 0
            for (index, (record, line)) in records.enumerated() {
                switch record {
                case .snapshot, .uploadAsked, .upload, .part: continue
                case .object(let key, _):
                    object = key
                    position = 0
                case .objectEnded(let whole, _): ended.append(whole)
                case .frame(let frame): position += frame.dumpSize
                case .begin, .framesKept: break
                }
                kept.append(line)
                guard case .frame = record else { continue }
                // The record behind it is cut off in the middle, as at the end of a machine.
                let next = index + 1 < records.count ? records[index + 1].line : Data()
                let torn = next.prefix(next.count / 2)
                let then = kept + [snapshot, torn]
                found.append(
                    Checkpoint(
                        journal: Data(then.joined(separator: [UInt8(ascii: "\n")])), ended: ended.map(\.key),
                        object: object, dumpBytes: ended.reduce(position) { $0 + $1.uncompressedSize }))
            }
            return found
        }
    }

    /// Makes the folder and the store what they were at a checkpoint of the export `whole`, and goes on from there.
    private static func goOn(
        _ path: String, _ whole: Exported, _ format: DumpFormat, from checkpoint: Checkpoint
    ) async throws {
        let folder = path + "/resumed"
        try FileManager.default.copyItem(atPath: path + "/whole", toPath: folder)
        try checkpoint.journal.write(to: URL(fileURLWithPath: folder + "/journal"))
        // Bytes behind those that the journal knows of do not matter.
        let bytes = try #require(whole.bytes[checkpoint.object])
        let partSize = Int(whole.result.partSize)
        for (index, start) in stride(from: 0, to: bytes.count, by: partSize).enumerated() {
            try Data(bytes[start..<min(start + partSize, bytes.count)])
                .write(to: URL(fileURLWithPath: "\(folder)/part-\(index + 1)"))
        }
        let store = try DirectoryStore(path: path + "/store-resumed")
        for key in checkpoint.ended {
            _ = try await store.create(key, Part(bytes: try #require(whole.bytes[key])))
        }
        await store.shutdown()

        let resumed = try await export(path, "resumed", format, failingAt: nil)
        let place = "\(checkpoint.object), \(checkpoint.dumpBytes) bytes of the dump"
        try #require(resumed.bytes == whole.bytes, "\(place)")
        #expect(resumed.result.resumedAt == checkpoint.dumpBytes, "\(place)")
        #expect(resumed.result.tables == whole.result.tables)
        #expect(resumed.result.notes == whole.result.notes)
        #expect(resumed.result.objects.map(\.crc32) == whole.result.objects.map(\.crc32))
        try FileManager.default.removeItem(atPath: folder)
        try FileManager.default.removeItem(atPath: path + "/store-resumed")
    }

    // MARK: Exports

    private struct Exported {
        let bytes: [String: [UInt8]]
        let result: Export.Result
    }

    /// - Returns: nil where its own application can back it up only: there is nothing to go on with.
    private static func whole(_ path: String, _ format: DumpFormat) async throws -> Exported? {
        do {
            return try await export(path, "whole", format, failingAt: nil)
        } catch {
            _ = try await #require(throws: (any Error).self) {
                try await Self.export(path, "statements", .sql, failingAt: nil)
            }
            return nil
        }
    }

    /// Exports to `store-name`, with a checkpoint after every other row, or a few dozen of them.
    private static func export(
        _ path: String, _ name: String, _ format: DumpFormat, failingAt failure: Int?, keeps: Bool = true
    ) async throws -> Exported {
        let folder = "\(path)/\(name)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let directory = try DirectoryStore(path: "\(path)/store-\(name)")
        let store = FailingStore(directory, failingAt: failure)
        var options = Export.Options(
            snapshot: SnapshotOptions(
                method: .copy, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                maximumLock: .seconds(10)),
            format: format, chunkRows: 2, exclude: [], compression: .zstd(level: 3), partSize: 5 << 20,
            uploadConcurrency: 2, tool: "test")
        let size = FileStatus(path + "/source.db")?.size ?? 0
        options.frameSize = max(1, Int(size - (64 << 10)) / 40)
        let result = try await Export(
            source: SQLiteFile(path: path + "/source.db"), store: store,
            keys: ExportedDump.keys(format), workDirectory: folder, options: options,
            progress: RunProgress(), keepingAfter: { _ in keeps }
        ).run()
        var bytes: [String: [UInt8]] = [:]
        for object in result.objects {
            bytes[object.key] = try await directory.get(object.key, range: nil).collect(limit: 1 << 30)
        }
        await directory.shutdown()
        return Exported(bytes: bytes, result: result)
    }
}
