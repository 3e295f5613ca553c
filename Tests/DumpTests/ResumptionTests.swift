import Age
import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump

@Suite("An export goes on from any of its checkpoints with the same bytes", .timeLimit(.minutes(30)))
struct ResumptionTests {
    static var someHazards: [Hazard] {
        stride(from: 1, to: Hazard.all.count, by: 4).map { Hazard.all[$0] }
    }

    @Test("whatever the source holds", arguments: Hazard.all)
    func everyCheckpoint(_ hazard: Hazard) async throws {
        try await goOn(hazard)
    }

    @Test("and where it writes rows alone", arguments: ResumptionTests.someHazards)
    func rowsAlone(_ hazard: Hazard) async throws {
        try await goOn(hazard, includesSchema: false)
    }

    @Test("and where it is a document of JSON", arguments: ResumptionTests.someHazards)
    func documents(_ hazard: Hazard) async throws {
        try await goOn(hazard, .json)
    }

    @Test("and where it is encrypted", arguments: ResumptionTests.someHazards)
    func encrypted(_ hazard: Hazard) async throws {
        try await goOn(hazard, for: [AgeIdentity().recipient])
    }

    @Test("and where it is encrypted, in the middle of each chunk")
    func encryptedChunks() async throws {
        try await withHeavyTestDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(
                """
                CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
                  INSERT INTO t SELECT i, randomblob(4000 + i) FROM n;
                """)
            try await goOn(path, .sql, true, [AgeIdentity().recipient, AgeIdentity().recipient])
        }
    }

    private func goOn(
        _ hazard: Hazard, _ format: DumpFormat = .sql, includesSchema: Bool = true, for recipients: [AgeRecipient] = []
    ) async throws {
        try await withHeavyTestDirectory { path in
            let writer = try hazard.make(at: path + "/source.db")
            defer { withExtendedLifetime(writer) {} }
            try await goOn(path, format, includesSchema, recipients)
        }
    }

    private func goOn(
        _ path: String, _ format: DumpFormat, _ includesSchema: Bool, _ recipients: [AgeRecipient]
    ) async throws {
        do {
            guard let whole = try await Self.whole(path, format, includesSchema, recipients) else { return }
            let journal = URL(fileURLWithPath: path + "/whole/journal")
            // It is written down when the copy is on the disk, which may take longer than the export.
            try await FolderWatch(path + "/whole").wait(until: "the snapshot is in the journal") {
                (try? Data(contentsOf: journal).contains("\"snapshot\"".utf8)) ?? false
            }
            let lines = try Data(contentsOf: journal).split(separator: UInt8(ascii: "\n"))
            let snapshot = try #require(lines.first { $0.contains("\"snapshot\"".utf8) })
            let frames = lines.indices.filter { lines[$0].contains("\"frame\"".utf8) }
            // The first ones, the last one, and some between them.
            let step = max(1, frames.count / 3)
            for (number, index) in frames.enumerated()
            where number == 0 || number % step == step / 2 || number == frames.count - 1 {
                // The record behind the last one is cut off in the middle, as at the end of a machine.
                let torn = index + 1 < lines.count ? lines[index + 1].prefix(lines[index + 1].count / 2) : Data()
                let kept = lines[...index].filter { $0 != snapshot } + [snapshot, torn]
                let folder = path + "/resumed"
                try FileManager.default.copyItem(atPath: path + "/whole", toPath: folder)
                try Data(kept.joined(separator: [UInt8(ascii: "\n")])).write(
                    to: URL(fileURLWithPath: folder + "/journal"))
                let resumed = try await Self.export(path, "resumed", format, includesSchema, recipients)
                try #require(resumed.bytes == whole.bytes, "after frame \(number + 1) of \(frames.count)")
                #expect(resumed.result.tables == whole.result.tables)
                #expect(resumed.result.schema == whole.result.schema)
                #expect(resumed.result.excluded == whole.result.excluded)
                #expect(resumed.result.notes == whole.result.notes)
                #expect(resumed.result.snapshot == whole.result.snapshot)
                #expect((resumed.result.resumedAt ?? 0) > 0)
                try FileManager.default.removeItem(atPath: folder)
            }
        }
    }

    /// - Returns: nil where only its own application can back it up, in whatever format: there is nothing to go on with.
    private static func whole(
        _ path: String, _ format: DumpFormat, _ includesSchema: Bool, _ recipients: [AgeRecipient]
    ) async throws -> Exported? {
        do {
            return try await export(path, "whole", format, includesSchema, recipients)
        } catch {
            let statements = try? await export(path, "statements", .sql, true, [])
            try #require(statements?.bytes == nil, "\(error)")
            return nil
        }
    }

    private struct Exported {
        /// Of the only object.
        let bytes: [UInt8]
        let result: Export.Result
    }

    /// Exports to a store of its own, with a checkpoint after every other row, or a few dozen of them.
    private static func export(
        _ path: String, _ name: String, _ format: DumpFormat, _ includesSchema: Bool, _ recipients: [AgeRecipient]
    ) async throws -> Exported {
        let folder = "\(path)/\(name)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let store = try DirectoryStore(path: "\(path)/store-\(UUID().uuidString)")
        var options = Export.Options(
            snapshot: SnapshotOptions(
                method: .copy, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                maximumLock: .seconds(10)),
            format: format, chunkRows: 2, exclude: [], compression: .zstd(level: 3), partSize: 5 << 20,
            uploadConcurrency: 2,
            tool: "test", includesSchema: includesSchema, recipients: recipients)
        let size = FileStatus(path + "/source.db")?.size ?? 0
        options.frameSize = max(1, Int(size - (64 << 10)) / 40)
        let result = try await Export(
            source: SQLiteFile(path: path + "/source.db"), store: store,
            keys: DumpKeys(filesOf: "dump", format, .none), workDirectory: folder, options: options,
            progress: RunProgress(), keepingAfter: { _ in true }
        ).run()
        try #require(result.objects.count == 1)
        let bytes = try await store.get(result.objects[0].key, range: nil).collect(limit: 1 << 30)
        await store.shutdown()
        return Exported(bytes: bytes, result: result)
    }
}
