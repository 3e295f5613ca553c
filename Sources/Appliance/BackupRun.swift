import Catalog
import Dump
import Model
import Pipeline
import Restore
import Settings
import Storage

/// One attempt to make a backup: snapshot, export, upload, manifest, verification.
package struct BackupRun: Sendable {
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
        let folder = try self.folder
        var work: Work
        if let left = try await takeUp(folder) {
            work = left
        } else {
            work = try await begin(folder, state)
        }
        do {
            var resumedAt = work.manifest?.dumpBytes
            if work.manifest == nil {
                let made = try await makeBackup(work, folder, applianceID: applianceID)
                work.manifest = made.manifest
                resumedAt = made.resumedAt
            }
            guard let manifest = work.manifest else { throw NightjarError(.internal, "a backup without a manifest") }
            // From here on nothing is needed any more but to know which backup it is, and the key that opens it.
            RunFiles.remove(in: folder.path)
            var copies: [Copy] = []
            for member in work.stores.live {
                // What was exported with is of no use to who proves it.
                Memory.settle()
                copies.append(try await verify(manifest, work.keys, folder, in: member))
            }
            return Outcome(
                manifest: manifest, copies: copies, dropped: work.stores.dropped,
                seconds: (ContinuousClock.now - start).seconds, resumedAt: resumedAt)
        } catch {
            // With a manifest it is a backup, and whoever clears the folder away tells the catalog of it. With a journal there is
            // something in a store that could not be asked to remove it.
            if work.manifest == nil, !keeps(error, folder, hasManifest: false), !RunFiles.holdJournal(in: folder.path) {
                folder.remove()
            }
            throw error
        }
    }

    var folder: RunFolder {
        get throws { try appliance.runFolder(of: database.name) }
    }

    /// Whether another process, or another attempt, goes on with what this one has done.
    private func keeps(_ error: any Error, _ folder: RunFolder, hasManifest: Bool) -> Bool {
        guard slot != nil else { return false }
        let isStopped =
            Task.isCancelled || error is CancellationError || (error as? any Failure)?.code == .cancelled
        let mayGoOn = isStopped || error.mayPass
        // Without a snapshot, or a begun one, there is nothing to go on with but a backup that is there already.
        return mayGoOn && (hasManifest || folder.hasSnapshot || source.hasBegun(in: folder.path))
    }

    /// - Returns: One without a report where none is asked for, or where it could not be made.
    private func verify(
        _ manifest: Manifest, _ keys: BackupKeys, _ folder: RunFolder, in member: StoreGroup.Member
    ) async throws -> Copy {
        let level = verifyAfterBackup ?? database.verify.afterBackup
        let store = member.store
        var copy = Copy(store: member.name, location: store.location, failureLevel: level)
        guard level != .none else { return copy }
        copy.failureLevel = .checksum
        do {
            // What is proved is what the store gives back, the manifest included.
            let opening = opening(folder)
            let backups = StoredBackups(store: store, opening: opening)
            let document = try await backups.document(keys)
            guard case .open(let stored) = try backups.storedManifest(document, keys), stored == manifest else {
                throw NightjarError(
                    .difference, "the store gave back another manifest than was written: \(keys.manifest)")
            }
            copy.manifestHash = ManifestDocument.fingerprint(of: document)
            copy.failureLevel = level
            let run = VerificationRun(
                appliance: appliance, store: store, level: level, progress: progress, opening: opening,
                fallsBack: true)
            let kept = try await run.verify(.open(stored))
            copy.verification = kept.report
            copy.reportKey = kept.key
        } catch {
            try Task.checkCancellation()
            copy.verificationFailure = error
        }
        return copy
    }

    private func opening(_ folder: RunFolder) -> DumpOpening? { appliance.opening(of: database, in: folder.path) }

    private struct Work {
        let facts: RunFolder.Facts
        let keys: BackupKeys
        let stores: RunStores
        /// nil where it has to be written yet.
        var manifest: Manifest?
    }

    private func begin(_ folder: RunFolder, _ state: StateDirectory) async throws -> Work {
        let places = try appliance.places(of: database)
        let keys = BackupKeys(database: database.name, id: try await state.nextBackupID())
        let facts = RunFolder.Facts(
            backup: keys.id.description, database: database.name, stores: places,
            dumpKey: dumpKeys(keys).root, slot: slot, missed: missed, startedAt: .now)
        try StateDirectory.scratchDirectories(in: state.path).add(appliance.configuration.scratchDirectory)
        try folder.begin(facts)
        do {
            return Work(facts: facts, keys: keys, stores: try await claimed(facts, folder))
        } catch {
            folder.remove()
            throw error
        }
    }

    /// The stores of a run, which belong to this appliance.
    private func claimed(_ facts: RunFolder.Facts, _ folder: RunFolder) async throws -> RunStores {
        let appliance = appliance
        let stores = try appliance.stores(of: facts, noting: folder)
        try await stores.each { try await appliance.ownership(of: $0.store).claim(now: .now) }
        try await DistinctPlaces(appliance: appliance).check(stores.live)
        return stores
    }

    /// Whether a store that the run went on without can be used, where those that it still had cannot.
    private func hasBetterStores(_ facts: RunFolder.Facts) async -> Bool {
        for place in facts.stores where place.dropped != nil {
            guard let member = try? appliance.stores.member(named: place.name) else { continue }
            if (try? await appliance.ownership(of: member.store).claim(now: .now)) != nil { return true }
        }
        return false
    }

    /// What an earlier process has made of this slot's backup; nil where nothing of it can be gone on with.
    private func left(_ folder: RunFolder, _ places: [RunFolder.Place]) async throws -> Work? {
        guard let facts = folder.facts, let id = BackupID(facts.backup), slot != nil, facts.slot == slot,
            facts.stores.elementsEqual(places, by: { $0.isSame(as: $1) })
        else { return nil }
        do {
            let stores = try await claimed(facts, folder)
            return Work(facts: facts, keys: BackupKeys(database: database.name, id: id), stores: stores)
        } catch {
            try Task.checkCancellation()
            guard await hasBetterStores(facts) else { throw error }
            return nil
        }
    }

    /// - Returns: nil where there is nothing to go on with; what was left is cleared away then.
    private func takeUp(_ folder: RunFolder) async throws -> Work? {
        let places = try appliance.places(of: database)
        if let work = try await left(folder, places) {
            let facts = work.facts
            let written = try await writtenManifest(work)
            do {
                if let written {
                    let manifest = try await StoredBackups(store: written.store, opening: opening(folder))
                        .manifest(work.keys)
                    try await spread(written, work)
                    return Work(facts: facts, keys: work.keys, stores: work.stores, manifest: manifest)
                }
            } catch let failure as any Failure where LeftRun.isLasting(failure) {
                // It is taken down as what it is, and a new backup is made.
            }
            if written == nil, facts.dumpKey == dumpKeys(work.keys).root, export(work, folder).canGoOn,
                try folder.takeUp(folder.facts ?? facts)
            {
                return work
            }
        }
        let hasOthers = folder.facts.map { facts in
            database.storeNames.contains { name in !facts.stores.contains { $0.name == name } }
        }
        do {
            try await LeftRun(appliance: appliance, catalog: catalog, folder: folder).clear(isLast: true)
        } catch {
            // A store that is away must not keep the backup from one that came after it; nor must somebody who is copying, and
            // the daily sweep finds what is left.
            let isCopied = (error as? any Failure)?.code == .busy
            guard isCopied || hasOthers ?? false else { throw error }
            folder.remove()
        }
        return nil
    }

    /// - Returns: A store that has the manifest; nil where none has.
    private func writtenManifest(_ work: Work) async throws -> StoreGroup.Member? {
        let key = work.keys.manifest
        let found = try await work.stores.each { try await $0.store.head(key) != nil }
        return work.stores.live.first { found[$0.name] ?? false }
    }

    /// The process before this one may have ended when only some stores had the manifest.
    private func spread(_ written: StoreGroup.Member, _ work: Work) async throws {
        guard let group = work.stores.group else { return }
        let document = try await StoredBackups(store: written.store).document(work.keys)
        _ = try await group.create(work.keys.manifest, Part(bytes: document))
    }

    private var source: any ExportSource { appliance.exportSource(of: database) }

    private func dumpKeys(_ keys: BackupKeys) -> DumpKeys {
        keys.dump(database.format, database.compression, isEncrypted: database.encryption != nil)
    }

    private func export(_ work: Work, _ folder: RunFolder) -> Export {
        Export(
            source: source, store: work.stores.store, keys: dumpKeys(work.keys), workDirectory: folder.path,
            options: appliance.exportOptions(of: database), progress: progress,
            keepingAfter: { keeps($0, folder, hasManifest: false) })
    }

    private func makeBackup(
        _ work: Work, _ folder: RunFolder, applianceID: String
    ) async throws -> (manifest: Manifest, resumedAt: Int64?) {
        let keys = work.keys
        var hasExported = false
        do {
            let exported = try await export(work, folder).run()
            hasExported = true
            try Task.checkCancellation()
            let manifest = database.manifest(
                of: exported, id: keys.id, applianceID: applianceID, started: work.facts.startedAt)
            try await manifest.write(keys, to: work.stores.store, database.sealing(in: folder.path))
            return (manifest, exported.resumedAt)
        } catch let error as StoreError where error.code == .exists {
            // Whatever is there is somebody else's.
            if hasExported { RunFiles.remove(in: folder.path) }
            throw error
        } catch {
            if !keeps(error, folder, hasManifest: false) {
                // One that was given up may be somebody else's; what it has of ours, the daily sweep finds.
                var isRemoved = true
                for member in work.stores.live {
                    isRemoved = await keys.removeDump(work.facts.dumpKey, from: member.store) && isRemoved
                }
                // Of an export that failed, its journal tells what is left.
                if hasExported, isRemoved { RunFiles.remove(in: folder.path) }
            }
            throw error
        }
    }
}
