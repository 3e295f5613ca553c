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
        try await withTemporaryDirectory { path in
            let writer = try hazard.make(at: path + "/source.db")
            defer { withExtendedLifetime(writer) {} }
            // Where its own application can back it up only, there is nothing to go on with.
            guard let whole = try? await Self.export(path, "whole", format, failingAt: nil) else { return }
            for number in whole.result.objects.indices.prefix(6) {
                let name = "broken-\(number)"
                await #expect(throws: StoreError.self) {
                    try await Self.export(path, name, format, failingAt: number)
                }
                // Without the snapshot on the disk there is nothing to go on with.
                try await FolderWatch("\(path)/\(name)").wait(until: "the snapshot is in the journal") {
                    let journal = URL(fileURLWithPath: "\(path)/\(name)/journal")
                    return (try? Data(contentsOf: journal).contains("\"snapshot\"".utf8)) ?? false
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

    @Test("and leaves nothing in the store where nobody goes on")
    func cleansUp() async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute("CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x); INSERT INTO b VALUES (1)")
            await #expect(throws: StoreError.self) {
                try await Self.export(path, "broken", .csv, failingAt: 2, keeps: false)
            }
            let store = try DirectoryStore(path: path + "/store-broken")
            #expect(try await store.list(prefix: "", after: nil, limit: 10).objects.isEmpty)
            await store.shutdown()
        }
    }

    private struct Exported {
        let bytes: [String: [UInt8]]
        let result: Export.Result
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
            keys: DumpKeys(filesOf: "dump", format, .none), workDirectory: folder, options: options,
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
