import Dump
import Foundation
import Model
import Remote
import Restore
import SQLite
import Settings
import Storage
import TestSupport

/// A backup of what stands behind a double, and the file that is restored from it.
struct RemoteRoundTrip: Sendable {
    let manifest: Manifest
    /// The restored file.
    let path: String

    /// What is left out where nobody says otherwise.
    static func exclude(of service: RemoteService) -> [Glob] {
        switch service {
        case .starbasedb: [Glob("tmp_*"), Glob("_cf_*")]
        case .d1: [Glob("_cf_*")]
        case .libsql: []
        }
    }

    /// Backs up into a store of its own below `directory`, and restores from there.
    static func run(
        _ settings: RemoteSettings, in directory: String, chunkRows: Int = 50
    ) async throws -> RemoteRoundTrip {
        let folder = "\(directory)/\(UUID().uuidString)"
        let manifest = try await backUp(settings, in: folder, chunkRows: chunkRows)
        let path = folder + "/restored.db"
        _ = try await Restoration(
            store: try DirectoryStore(path: folder + "/store"), manifest: manifest,
            options: .init(target: path, tables: [], force: false), progress: nil
        ).run()
        return RemoteRoundTrip(manifest: manifest, path: path)
    }

    /// Backs up into `folder/store`.
    static func backUp(_ settings: RemoteSettings, in folder: String, chunkRows: Int = 50) async throws -> Manifest {
        let work = folder + "/work"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        let store = try DirectoryStore(path: folder + "/store")
        let options = Export.Options(
            snapshot: SnapshotOptions(
                method: .mirror, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                maximumLock: .seconds(10)),
            chunkRows: chunkRows, exclude: exclude(of: settings.service), compression: .zstd(level: 1),
            partSize: 5 << 20, uploadConcurrency: 2, tool: "test")
        let result = try await Export(
            source: RemoteSource(settings: settings, chunkRows: chunkRows, firstDelay: .milliseconds(2)), store: store,
            keys: DumpKeys(filesOf: "shop/dump_20260315-023000", .sql, .none), workDirectory: work, options: options,
            progress: RunProgress(),
            keepingAfter: { _ in false }
        ).run()
        return Manifest(
            id: "dump_20260315-023000", database: "shop", appliance: "test", tool: "test", startedAt: .now,
            finishedAt: .now, source: result.source, snapshot: result.snapshot,
            options: .init(
                format: .sql, compression: "zstd", compressionLevel: 1, chunkRows: chunkRows,
                partSize: result.partSize),
            objects: result.objects, tables: result.tables, schema: result.schema, excluded: result.excluded,
            foreignCollations: result.foreignCollations, notes: result.notes)
    }
}
