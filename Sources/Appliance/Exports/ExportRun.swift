import Catalog
import Dump
import Model
import Restore
import Settings
import Storage

/// Makes the dump that somebody asked for, apart from the backups: snapshot, export, upload, manifest, verification.
///
/// One that a killed process has left is made anew.
struct ExportRun: Sendable {
    let appliance: Appliance
    let database: DatabaseSettings
    let export: ExportRecord
    let progress: RunProgress

    private var keys: BackupKeys { BackupKeys(exportOf: export.database, id: export.id) }

    /// As it is asked for, not as the schedule has it.
    private var settings: DatabaseSettings {
        var settings = database
        settings.format = export.format
        settings.chunkRows = export.chunkRows
        settings.storeName = export.store
        return settings
    }

    /// - Throws: What an export throws; code `difference` where the store does not give back what was written.
    func run() async throws -> Manifest {
        let state = try StateDirectory(path: appliance.configuration.stateDirectory)
        let applianceID = try state.applianceID()
        let store = try appliance.stores.store(named: export.store)
        try await appliance.ownership(of: store).claim(now: .now)
        let dumpKeys = keys.dump(settings.format, settings.compression)
        try await clear(dumpKeys.root, in: store)
        do {
            let manifest = try await make(dumpKeys, in: store, applianceID: applianceID)
            try await verify(manifest, in: store)
            return manifest
        } catch {
            await keys.removeDump(dumpKeys.root, from: store)
            throw error
        }
    }

    /// What an earlier try has left.
    private func clear(_ root: String, in store: any ObjectStore) async throws {
        try await store.delete(keys.manifest)
        let left = DumpLeftovers(of: root, in: store)
        await left.abortUploads()
        try await left.delete()
    }

    private func make(_ dumpKeys: DumpKeys, in store: any ObjectStore, applianceID: String) async throws -> Manifest {
        let started = Timestamp.now
        var options = appliance.exportOptions(of: settings)
        options.includesSchema = export.includesSchema
        options.countsRows = true
        let source = appliance.exportSource(of: settings)
        let exported = try await appliance.withWorkDirectory { [options] folder in
            try await Export(
                source: source, store: store, keys: dumpKeys, workDirectory: folder, options: options,
                progress: progress, keepingAfter: { _ in false }
            ).run()
        }
        try Task.checkCancellation()
        var manifest = settings.manifest(of: exported, id: export.id, applianceID: applianceID, started: started)
        if !export.includesSchema { manifest.options.includesSchema = false }
        try await manifest.write(keys, to: store)
        return manifest
    }

    private func verify(_ manifest: Manifest, in store: any ObjectStore) async throws {
        guard export.verify != .none else { return }
        let stored = try await StoredBackups(store: store).manifest(keys)
        let report = try await appliance.withWorkDirectory { folder in
            try await Verification(
                store: store, manifest: stored, level: export.verify, workDirectory: folder, tool: Tool.name,
                progress: progress
            ).run()
        }
        guard stored == manifest, report.outcome != .different else {
            let reason = report.differences.first?.message ?? "the manifest is another one"
            throw NightjarError(
                .difference, "the store \(export.store) does not give back what was written: \(reason)",
                hint: "Look at that store: its disk or its server damages data.")
        }
    }
}
