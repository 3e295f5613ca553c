import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump

/// A dump in a store of its own, with its manifest.
struct ExportedDump: Sendable {
    static let key = "shop/dump_20260315-023000.sql"

    let store: any ObjectStore
    let manifest: Manifest
    /// Its folder.
    let storePath: String
    let progress: RunProgress

    /// Exports `source` to a folder below `directory`.
    /// - Parameter configure: Changes how; by default chunks have 50 rows.
    init(
        of source: String, in directory: String, _ compression: Compression,
        _ configure: (inout Export.Options) -> Void = { _ in }
    ) async throws {
        let folder = "\(directory)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/work", withIntermediateDirectories: true)
        store = try DirectoryStore(path: folder + "/store")
        storePath = "\(folder)/store"
        var options = Export.Options(
            snapshot: SnapshotOptions(
                method: .copy, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                maximumLock: .seconds(10)),
            chunkRows: 50, exclude: [], compression: compression, partSize: 5 << 20, uploadConcurrency: 2,
            tool: "test")
        configure(&options)
        progress = RunProgress()
        let result = try await Export(
            source: SQLiteFile(path: source), store: store, keys: Self.keys(options.format),
            workDirectory: folder + "/work", options: options, progress: progress, keepingAfter: { _ in false }
        ).run()
        manifest = Manifest(
            id: "dump_20260315-023000", database: "shop", appliance: "test", tool: "test", startedAt: .now,
            finishedAt: .now, source: result.source, snapshot: result.snapshot,
            options: .init(
                format: options.format, compression: compression.name, compressionLevel: compression.level,
                chunkRows: options.chunkRows, partSize: result.partSize, includesSchema: options.includesSchema),
            objects: result.objects, tables: result.tables, schema: result.schema, excluded: result.excluded,
            foreignCollations: result.foreignCollations, notes: result.notes)
    }

    /// The names of dumps of a format, whatever they are compressed with.
    static func keys(_ format: DumpFormat) throws -> DumpKeys {
        let id = try #require(BackupID("dump_20260315-023000"))
        return BackupKeys(database: "shop", id: id).dump(format, .none)
    }

    /// Of a dump of one object.
    var object: Manifest.StoredObject { manifest.objects[0] }
    /// The object's file.
    var path: String { "\(storePath)/\(object.key)" }

    /// The bytes of the object.
    var stored: [UInt8] {
        get throws { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
    }

    /// Puts other bytes in their place, as a disk may do.
    func replace(_ bytes: [UInt8]) throws {
        try FileManager.default.removeItem(atPath: path)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// Flips a bit of the byte at `place`.
    func damage(at place: Int64) throws {
        var bytes = try stored
        bytes[Int(place)] ^= 0x10
        try replace(bytes)
    }

    /// Where a zstd dump's frames lie, by its own last bytes.
    var frames: [SeekTable.Frame] {
        get throws {
            let bytes = try stored
            let size = SeekTable.size(fromFooter: Array(bytes.suffix(SeekTable.footerSize))) ?? 0
            return SeekTable(Array(bytes.suffix(Int(size))))?.frames ?? []
        }
    }
}
