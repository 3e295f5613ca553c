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
        settings.storeNames = [export.store]
        return settings
    }

    /// - Throws: What an export throws; code `difference` where the store does not give back what was written.
    func run() async throws -> Manifest {
        let state = try StateDirectory(path: appliance.configuration.stateDirectory)
        let applianceID = try state.applianceID()
        let store = try appliance.stores.store(named: export.store)
        try await appliance.ownership(of: store).claim(now: .now)
        let dumpKeys = keys.dump(
            settings.format, settings.compression, isEncrypted: settings.encryption != nil)
        try await clear(dumpKeys.root, in: store)
        do {
            // The key of an encrypted one goes with the folder.
            return try await appliance.withWorkDirectory { folder in
                let manifest = try await make(dumpKeys, in: store, folder, applianceID: applianceID)
                try await verify(manifest, in: store, folder)
                return manifest
            }
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

    private func make(
        _ dumpKeys: DumpKeys, in store: any ObjectStore, _ folder: String, applianceID: String
    ) async throws -> Manifest {
        let started = Timestamp.now
        var options = appliance.exportOptions(of: settings)
        options.includesSchema = export.includesSchema
        options.countsRows = true
        let source = appliance.exportSource(of: settings)
        let exported = try await Export(
            source: source, store: store, keys: dumpKeys, workDirectory: folder, options: options,
            progress: progress, keepingAfter: { _ in false }
        ).run()
        try Task.checkCancellation()
        var manifest = settings.manifest(of: exported, id: export.id, applianceID: applianceID, started: started)
        if !export.includesSchema { manifest.options.includesSchema = false }
        try await manifest.write(keys, to: store, settings.sealing(in: folder))
        return manifest
    }

    private func verify(_ manifest: Manifest, in store: any ObjectStore, _ folder: String) async throws {
        guard export.verify != .none else { return }
        let opening = appliance.opening(of: database, in: folder)
        let stored = try await StoredBackups(store: store, opening: opening).manifest(keys)
        let report = try await appliance.withWorkDirectory { folder in
            try await Verification(
                store: store, manifest: stored, level: export.verify, workDirectory: folder, tool: Tool.name,
                progress: progress, opening: opening
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
