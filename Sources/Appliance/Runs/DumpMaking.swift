import Dump
import Model
import Remote
import Settings
import Storage

/// What runs of the schedule and exports that somebody asks for have in common.
extension Appliance {
    /// Where a database's rows are read from.
    func exportSource(of database: DatabaseSettings) -> any ExportSource {
        switch database.source {
        case .sqlite(let path): SQLiteFile(path: path)
        case .remote(let settings): RemoteSource(settings: settings, chunkRows: database.chunkRows)
        }
    }

    /// How the configuration wants a database to be exported.
    func exportOptions(of database: DatabaseSettings) -> Export.Options {
        let store = stores.settings(named: database.storeName)
        return Export.Options(
            snapshot: SnapshotOptions(
                method: database.snapshot, breathing: database.breathing, busyTimeout: database.busyTimeout,
                maximumLock: database.snapshotMaxLock),
            format: database.format, chunkRows: database.chunkRows, exclude: database.exclude.map { Glob($0) },
            compression: database.compression, partSize: store?.partSize ?? 8 << 20,
            uploadConcurrency: store?.uploadConcurrency ?? 1, tool: Tool.name)
    }
}

extension DatabaseSettings {
    func manifest(
        of exported: Export.Result, id: BackupID, applianceID: String, started: Timestamp
    ) -> Manifest {
        Manifest(
            id: id.description, database: name, appliance: applianceID, tool: Tool.name,
            startedAt: started, finishedAt: .now, source: exported.source, snapshot: exported.snapshot,
            options: .init(
                format: format, compression: compression.name, compressionLevel: compression.level,
                chunkRows: chunkRows, partSize: exported.partSize),
            objects: exported.objects, tables: exported.tables, schema: exported.schema, excluded: exported.excluded,
            foreignCollations: exported.foreignCollations, notes: exported.notes)
    }
}

extension Manifest {
    /// A cancellation does not cut this request: nobody would know whether the backup exists.
    func write(_ keys: BackupKeys, to store: any ObjectStore) async throws {
        let part = Part(bytes: try ManifestDocument.encode(self))
        _ = try await Task { try await store.create(keys.manifest, part) }.value
    }
}

extension BackupKeys {
    /// Without its manifest the dump is no backup; a manifest that may have arrived goes first. Works in a cancelled task
    /// too, where it is not to keep anybody waiting for a store that is away.
    /// - Parameter root: The dump's, as `DumpKeys` says it.
    func removeDump(_ root: String, from store: any ObjectStore) async {
        await Cleanup.run {
            try await store.delete(manifest)
            try await DumpLeftovers(of: root, in: store).delete()
        }
    }
}
