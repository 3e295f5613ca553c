import Dump
import Model
import Restore
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
        let manifest = try await appliance.withWorkDirectory { folder in
            try await makeBackup(in: store, state: state, applianceID: applianceID, workDirectory: folder)
        }
        let level = verifyAfterBackup ?? database.verifyAfterBackup
        var report: VerificationReport?
        var failure: (any Error)?
        if level != .none {
            do {
                report = try await VerificationRun(appliance: appliance, store: store, level: level, progress: progress)
                    .verify(manifest)
            } catch let error where !(error is CancellationError) {
                failure = error
            }
        }
        return Outcome(
            manifest: manifest, location: store.location, verification: report, verificationFailure: failure,
            seconds: (ContinuousClock.now - start).seconds)
    }

    private func makeBackup(
        in store: any ObjectStore, state: StateDirectory, applianceID: String, workDirectory: String
    ) async throws -> Manifest {
        let started = Timestamp.now
        let keys = BackupKeys(database: database.name, id: try await state.nextBackupID())
        let options = exportOptions
        let dumpKey = keys.dump(database.format, database.compression)
        let exported = try await Export(
            sourcePath: database.sqlitePath, store: store, key: dumpKey, workDirectory: workDirectory, options: options,
            progress: progress
        ).run()
        let manifest = Manifest(
            id: keys.id.description, database: database.name, appliance: applianceID, tool: Tool.name,
            startedAt: started, finishedAt: .now, source: exported.source, snapshot: exported.snapshot,
            options: .init(
                format: database.format, compression: database.compression.name,
                compressionLevel: database.compression.level, chunkRows: database.chunkRows,
                partSize: exported.partSize),
            objects: [exported.object], tables: exported.tables, schema: exported.schema, excluded: exported.excluded,
            foreignCollations: exported.foreignCollations, notes: exported.notes)
        do {
            try Task.checkCancellation()
            _ = try await store.create(keys.manifest, Part(bytes: try ManifestDocument.encode(manifest)))
        } catch {
            // Without its manifest the dump is no backup, and nobody would ever look at it again.
            await Self.remove(dumpKey, from: store)
            throw error
        }
        return manifest
    }

    /// Works in a cancelled task too.
    private static func remove(_ key: String, from store: any ObjectStore) async {
        await Task { try? await store.delete(key) }.value
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

/// What is known about a backup.
package enum BackupState: String, Sendable, Codable {
    /// Restored and found equal.
    case proved
    /// Its stored bytes are those that were written; not restored.
    case checked
    case unproved
    /// A verification found a difference.
    case failed

    package init(report: VerificationReport?) {
        self =
            switch report?.outcome {
            case .proved: .proved
            case .checked: .checked
            case .different: .failed
            case nil: .unproved
            }
    }
}
