import Catalog
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
        /// Where the report is in the store; nil where there is none.
        package let reportKey: String?
        /// Why the verification could not be done; the backup stands, unproved.
        package let verificationFailure: (any Error)?
        /// What it takes to take that back where it is a difference: a manifest that is right again is as good as bytes
        /// that are.
        let failureLevel: VerificationLevel
        package let seconds: Double
        /// How much of the uncompressed dump an earlier process had written, in bytes; nil where this one wrote all.
        package let resumedAt: Int64?

        package var state: BackupState {
            BackupState(report: verification)
        }

        /// Whether another verification would fail in the same way: SQLite refused, and neither disk nor store was it.
        package var isUnprovable: Bool {
            guard let failure = verificationFailure as? NightjarError else { return false }
            return failure.cause is SQLiteError && !failure.isTransient
        }
    }

    let appliance: Appliance
    let catalog: Catalog
    let database: DatabaseSettings
    /// In place of what the configuration asks for; nil leaves that.
    let verifyAfterBackup: VerificationLevel?
    /// The scheduled time that it is for. Such a run is gone on with after its process has ended; one that somebody asked
    /// for, with nil, is not: who stops it wants nothing left.
    let slot: Timestamp?
    /// Earlier slots that it stands for, too.
    let missed: Int
    let progress: RunProgress

    /// Makes the backup, or goes on where an earlier process was. The caller holds the run's lock, and removes `folder`
    /// when the end is written down.
    func run() async throws -> Outcome {
        let start = ContinuousClock.now
        let state = try StateDirectory(path: appliance.configuration.stateDirectory)
        let applianceID = try state.applianceID()
        let store = try appliance.stores.store(named: database.storeName)
        try await appliance.ownership(of: store).claim(now: .now)
        let folder = try self.folder
        var work: Work
        if let left = try await takeUp(folder, in: store) {
            work = left
        } else {
            work = try await begin(folder, in: store, state)
        }
        do {
            var resumedAt = work.manifest?.dumpBytes
            if work.manifest == nil {
                let made = try await makeBackup(work, folder, in: store, applianceID: applianceID)
                work.manifest = made.manifest
                resumedAt = made.resumedAt
            }
            guard let manifest = work.manifest else { throw NightjarError(.internal, "a backup without a manifest") }
            // From here on nothing is needed any more but to know which backup it is.
            RunFiles.remove(in: folder.path)
            let (kept, failure, failureLevel) = try await verify(manifest, work.keys, in: store)
            return Outcome(
                manifest: manifest, location: store.location, verification: kept?.report, reportKey: kept?.key,
                verificationFailure: failure, failureLevel: failureLevel,
                seconds: (ContinuousClock.now - start).seconds, resumedAt: resumedAt)
        } catch {
            // With a manifest it is a backup, and whoever clears the folder away tells the catalog of it.
            if work.manifest == nil, !keeps(error, folder, hasManifest: false) { folder.remove() }
            throw error
        }
    }

    var folder: RunFolder {
        get throws { try appliance.runFolder(of: database.name) }
    }

    /// Whether another process, or another attempt, goes on with what this one has done.
    private func keeps(_ error: any Error, _ folder: RunFolder, hasManifest: Bool) -> Bool {
        guard slot != nil else { return false }
        let failure = error as? any Failure
        let mayGoOn =
            Task.isCancelled || error is CancellationError || failure?.code == .cancelled
            || failure?.isTransient ?? false
        // Without a snapshot, or a begun one, there is nothing to go on with but a backup that is there already.
        return mayGoOn && (hasManifest || folder.hasSnapshot || source.hasBegun(in: folder.path))
    }

    /// - Returns: No report where none is asked for, or where it could not be made; why, and what it takes to take that
    ///   back.
    private func verify(
        _ manifest: Manifest, _ keys: BackupKeys, in store: any ObjectStore
    ) async throws -> (VerificationRun.KeptReport?, (any Error)?, VerificationLevel) {
        let level = verifyAfterBackup ?? database.verify.afterBackup
        guard level != .none else { return (nil, nil, level) }
        var failureLevel = VerificationLevel.checksum
        do {
            // What is proved is what the store gives back, the manifest included.
            let stored = try await StoredBackups(store: store).manifest(keys)
            guard stored == manifest else {
                throw NightjarError(
                    .difference, "the store gave back another manifest than was written: \(keys.manifest)")
            }
            failureLevel = level
            let run = VerificationRun(appliance: appliance, store: store, level: level, progress: progress)
            return (try await run.verify(stored), nil, level)
        } catch {
            try Task.checkCancellation()
            return (nil, error, failureLevel)
        }
    }

    private struct Work {
        let facts: RunFolder.Facts
        let keys: BackupKeys
        /// nil where it has to be written yet.
        var manifest: Manifest?
    }

    private func begin(_ folder: RunFolder, in store: any ObjectStore, _ state: StateDirectory) async throws -> Work {
        let keys = BackupKeys(database: database.name, id: try await state.nextBackupID())
        let facts = RunFolder.Facts(
            backup: keys.id.description, database: database.name, store: database.storeName, location: store.location,
            dumpKey: dumpKeys(keys).root, slot: slot, missed: missed, startedAt: .now)
        try StateDirectory.scratchDirectories(in: state.path).add(appliance.configuration.scratchDirectory)
        try folder.begin(facts)
        return Work(facts: facts, keys: keys)
    }

    /// - Returns: nil where there is nothing to go on with; what was left is cleared away then.
    private func takeUp(_ folder: RunFolder, in store: any ObjectStore) async throws -> Work? {
        if let facts = folder.facts, let id = BackupID(facts.backup), slot != nil, facts.slot == slot,
            facts.store == database.storeName, facts.location == store.location
        {
            let work = Work(facts: facts, keys: BackupKeys(database: database.name, id: id))
            let isThere = try await store.head(work.keys.manifest) != nil
            do {
                if isThere {
                    let manifest = try await StoredBackups(store: store).manifest(work.keys)
                    return Work(facts: facts, keys: work.keys, manifest: manifest)
                }
            } catch let failure as any Failure where LeftRun.isLasting(failure) {
                // It is taken down as what it is, and a new backup is made.
            }
            if !isThere, facts.dumpKey == dumpKeys(work.keys).root, export(work, folder, to: store).canGoOn,
                try folder.takeUp(facts)
            {
                return work
            }
        }
        let isElsewhere = folder.facts.map { $0.store != database.storeName } ?? false
        do {
            try await LeftRun(appliance: appliance, catalog: catalog, folder: folder).clear()
        } catch {
            // A store that is used no longer must not keep the backup from its new one.
            guard isElsewhere else { throw error }
            folder.remove()
        }
        return nil
    }

    private var source: any ExportSource { appliance.exportSource(of: database) }

    private func dumpKeys(_ keys: BackupKeys) -> DumpKeys { keys.dump(database.format, database.compression) }

    private func export(_ work: Work, _ folder: RunFolder, to store: any ObjectStore) -> Export {
        Export(
            source: source, store: store, keys: dumpKeys(work.keys), workDirectory: folder.path,
            options: appliance.exportOptions(of: database), progress: progress,
            keepingAfter: { keeps($0, folder, hasManifest: false) })
    }

    private func makeBackup(
        _ work: Work, _ folder: RunFolder, in store: any ObjectStore, applianceID: String
    ) async throws -> (manifest: Manifest, resumedAt: Int64?) {
        let keys = work.keys
        do {
            let exported = try await export(work, folder, to: store).run()
            try Task.checkCancellation()
            let manifest = database.manifest(
                of: exported, id: keys.id, applianceID: applianceID, started: work.facts.startedAt)
            try await manifest.write(keys, to: store)
            return (manifest, exported.resumedAt)
        } catch let error as StoreError where error.code == .exists {
            // Whatever is there is somebody else's.
            throw error
        } catch {
            if !keeps(error, folder, hasManifest: false) {
                await keys.removeDump(work.facts.dumpKey, from: store)
            }
            throw error
        }
    }
}
