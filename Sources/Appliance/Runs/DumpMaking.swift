import Age
import Catalog
import Dump
import Model
import Remote
import Settings
import Storage
import Synchronization

/// What runs of the schedule and exports that somebody asks for have in common.
extension Appliance {
    /// Where a database's backups go, as its configuration has it now.
    func places(of database: DatabaseSettings) throws -> [RunFolder.Place] {
        try database.storeNames.map { .init(name: $0, location: try stores.store(named: $0).location) }
    }

    /// The stores of a run.
    /// - Parameter folder: Hears of those that it goes on without.
    func stores(of facts: RunFolder.Facts, noting folder: RunFolder) throws -> RunStores {
        let members = try facts.stores.map { try stores.member(named: $0.name) }
        let dropped = facts.stores.compactMap { place in
            place.dropped.map { (place.name, NightjarError($0.code, $0.message, hint: $0.hint)) }
        }
        // Parts go at the same time, and two stores may fail at once.
        let writing = Mutex(())
        return RunStores(members, dropped: Dictionary(dropped) { first, _ in first }) { name, error in
            try writing.withLock { _ in try folder.drop(name, RunFailure(describing: error)) }
        }
    }

    /// Where a database's rows are read from.
    func exportSource(of database: DatabaseSettings) -> any ExportSource {
        switch database.source {
        case .sqlite(let path): SQLiteFile(path: path)
        case .remote(let settings): RemoteSource(settings: settings, chunkRows: database.chunkRows)
        }
    }

    /// How the configuration wants a database to be exported.
    func exportOptions(of database: DatabaseSettings) -> Export.Options {
        let chosen = database.storeNames.compactMap { stores.settings(named: $0) }
        return Export.Options(
            snapshot: SnapshotOptions(
                method: database.snapshot, breathing: database.breathing, busyTimeout: database.busyTimeout,
                maximumLock: database.snapshotMaxLock),
            format: database.format, chunkRows: database.chunkRows, exclude: database.exclude.map { Glob($0) },
            compression: database.compression, partSize: chosen.map(\.partSize).max() ?? 8 << 20,
            uploadConcurrency: chosen.map(\.uploadConcurrency).min() ?? 1, tool: Tool.name,
            recipients: database.encryption?.recipients ?? [])
    }
}

extension DatabaseSettings {
    func manifest(
        of exported: Export.Result, id: BackupID, applianceID: String, started: Timestamp
    ) -> Manifest {
        var manifest = Manifest(
            id: id.description, database: name, appliance: applianceID, tool: Tool.name,
            startedAt: started, finishedAt: .now, source: exported.source, snapshot: exported.snapshot,
            options: .init(
                format: format, compression: compression.name, compressionLevel: compression.level,
                chunkRows: chunkRows, partSize: exported.partSize),
            objects: isTagged ? exported.objects : exported.objects.map(\.untagged), tables: exported.tables,
            schema: exported.schema, excluded: exported.excluded,
            foreignCollations: exported.foreignCollations, notes: exported.notes)
        manifest.options.recipients = encryption?.recipients.map(\.description)
        return manifest
    }

    /// Whether its manifests tell what the store calls each part. Those that are for several stores, or that only some can
    /// read, are the same wherever they lie.
    private var isTagged: Bool { storeNames.count == 1 && encryption == nil }

    /// How what stands beside its dumps is encrypted; nil where it is not.
    /// - Parameter folder: That of the run.
    func sealing(in folder: String) -> Sealing? {
        encryption.map { Sealing(recipients: $0.recipients, key: RunKey(in: folder)) }
    }
}

extension Manifest {
    /// A cancellation does not cut this request: nobody would know whether the backup exists.
    /// - Parameter sealing: nil where it is for everybody.
    func write(_ keys: BackupKeys, to store: any ObjectStore, _ sealing: Sealing?) async throws {
        let document =
            try sealing.map { try ManifestDocument.encode($0.seal(self, as: keys.manifest)) }
            ?? ManifestDocument.encode(self)
        let part = Part(bytes: document)
        _ = try await Task { try await store.create(keys.manifest, part) }.value
    }
}

extension BackupKeys {
    /// Without its manifest the dump is no backup; a manifest that may have arrived goes first. Works in a cancelled task
    /// too, where it is not to keep anybody waiting for a store that is away.
    /// - Parameter root: The dump's, as `DumpKeys` says it.
    /// - Returns: Whether the store could be asked.
    @discardableResult
    func removeDump(_ root: String, from store: any ObjectStore) async -> Bool {
        await Cleanup.run {
            try await store.delete(manifest)
            try await DumpLeftovers(of: root, in: store).delete()
        }
    }
}
