import Dump
import Model
import Restore
import SQLite
import Settings
import Storage

/// One attempt to make a backup: snapshot, export, upload, manifest, verification.
package struct BackupRun: Sendable {
    /// What became of it.
    package struct Outcome: Sendable {
        package let manifest: Manifest
        package let location: String
        /// nil where none was asked for, or where it could not be done.
        package let verification: VerificationReport?
        /// Why the verification could not be done; the backup stands, unproved.
        package let verificationFailure: (any Error)?
        package let seconds: Double

        package var state: BackupState {
            BackupState(report: verification)
        }

        /// Whether another verification would fail in the same way: SQLite refused, and neither disk nor store was it.
        package var isUnprovable: Bool {
            guard let failure = verificationFailure as? NightjarError else { return false }
            return failure.cause is SQLiteError && !failure.isTransient
        }
    }

    package let appliance: Appliance
    package let database: DatabaseSettings
    /// In place of what the configuration asks for; nil leaves that.
    package let verifyAfterBackup: VerificationLevel?
    package let progress: RunProgress

    package init(
        appliance: Appliance, database: DatabaseSettings, verifyAfterBackup: VerificationLevel?, progress: RunProgress
    ) {
        self.appliance = appliance
        self.database = database
        self.verifyAfterBackup = verifyAfterBackup
        self.progress = progress
    }

    package func run() async throws -> Outcome {
        let start = ContinuousClock.now
        let state = try StateDirectory(path: appliance.configuration.stateDirectory)
        let applianceID = try state.applianceID()
        let store = try appliance.stores.store(named: database.storeName)
        try await Ownership(store: store, applianceID: applianceID).claim(now: .now)
        let keys = BackupKeys(database: database.name, id: try await state.nextBackupID())
        let manifest = try await appliance.withWorkDirectory { folder in
            try await makeBackup(keys, in: store, applianceID: applianceID, workDirectory: folder)
        }
        let level = verifyAfterBackup ?? database.verifyAfterBackup
        var report: VerificationReport?
        var failure: (any Error)?
        if level != .none {
            do {
                // What is proved is what the store gives back, the manifest included.
                let stored = try await StoredBackups(store: store).manifest(keys)
                guard stored == manifest else {
                    throw NightjarError(
                        .difference, "the store gave back another manifest than was written: \(keys.manifest)")
                }
                report = try await VerificationRun(appliance: appliance, store: store, level: level, progress: progress)
                    .verify(stored)
            } catch {
                try Task.checkCancellation()
                failure = error
            }
        }
        return Outcome(
            manifest: manifest, location: store.location, verification: report, verificationFailure: failure,
            seconds: (ContinuousClock.now - start).seconds)
    }

    private func makeBackup(
        _ keys: BackupKeys, in store: any ObjectStore, applianceID: String, workDirectory: String
    ) async throws -> Manifest {
        let started = Timestamp.now
        let dumpKey = keys.dump(database.format, database.compression)
        do {
            let exported = try await Export(
                sourcePath: database.sqlitePath, store: store, key: dumpKey, workDirectory: workDirectory,
                options: exportOptions, progress: progress
            ).run()
            try Task.checkCancellation()
            let manifest = manifest(of: exported, keys, applianceID: applianceID, started: started)
            try await Self.write(manifest, keys, to: store)
            return manifest
        } catch let error as StoreError where error.code == .exists {
            // Whatever is there is somebody else's.
            throw error
        } catch {
            await Self.removeDump(dumpKey, keys, from: store)
            throw error
        }
    }

    private func manifest(
        of exported: Export.Result, _ keys: BackupKeys, applianceID: String, started: Timestamp
    ) -> Manifest {
        Manifest(
            id: keys.id.description, database: database.name, appliance: applianceID, tool: Tool.name,
            startedAt: started, finishedAt: .now, source: exported.source, snapshot: exported.snapshot,
            options: .init(
                format: database.format, compression: database.compression.name,
                compressionLevel: database.compression.level, chunkRows: database.chunkRows,
                partSize: exported.partSize),
            objects: [exported.object], tables: exported.tables, schema: exported.schema, excluded: exported.excluded,
            foreignCollations: exported.foreignCollations, notes: exported.notes)
    }

    /// A cancellation does not cut this request: nobody would know whether the backup exists.
    private static func write(_ manifest: Manifest, _ keys: BackupKeys, to store: any ObjectStore) async throws {
        let part = Part(bytes: try ManifestDocument.encode(manifest))
        _ = try await Task { try await store.create(keys.manifest, part) }.value
    }

    /// Without its manifest the dump is no backup; a manifest that may have arrived goes first. Works in a cancelled task
    /// too, where it is not to keep anybody waiting for a store that is away.
    private static func removeDump(_ dumpKey: String, _ keys: BackupKeys, from store: any ObjectStore) async {
        await Cleanup.run {
            try await store.delete(keys.manifest)
            try await store.delete(dumpKey)
        }
    }

    private var exportOptions: Export.Options {
        let store = appliance.stores.settings(named: database.storeName)
        return Export.Options(
            snapshot: SnapshotOptions(
                method: database.snapshot, breathing: database.breathing, busyTimeout: database.busyTimeout,
                maximumLock: database.snapshotMaxLock),
            chunkRows: database.chunkRows, exclude: database.exclude.map { Glob($0) },
            compression: database.compression, partSize: store?.partSize ?? 8 << 20,
            uploadConcurrency: store?.uploadConcurrency ?? 1)
    }
}
