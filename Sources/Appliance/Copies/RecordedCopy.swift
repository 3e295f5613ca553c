import Catalog
import Dump
import Model
import Restore
import Settings
import Storage

/// A copy of a backup to another store, proved there, and what the catalog makes of it.
package struct RecordedCopy: Sendable {
    /// What came of it.
    package struct Outcome: Sendable {
        package let keys: BackupKeys
        package let source: String
        package let target: String
        /// Bytes that went over.
        package let copied: Int64
        /// nil where none is asked for, or where it could not be made.
        package let verification: VerificationReport?
        /// Why it could not; the copy is there, unproved.
        package let failure: RunFailure?
    }

    private struct Made {
        let source: String
        let manifest: StoredManifest
        /// What the manifest in the target should be.
        let document: [UInt8]
        /// Whether it was not there before.
        let isNew: Bool
        /// Bytes that went over.
        let copied: Int64
    }

    /// How long a lock is waited for: the daily sweep has it for a moment.
    private static let lockPatience = Duration.seconds(60)
    private static let pause = Duration.milliseconds(200)

    private let appliance: Appliance
    /// nil where nobody keeps one here.
    private let catalog: Catalog?
    private let keys: BackupKeys
    private let sources: [String]
    private let target: String
    private let progress: RunProgress

    /// - Parameters:
    ///   - sources: The names of the stores that it may come from, in the order in which they are tried.
    ///   - target: The name of the store that it goes to.
    package init(
        appliance: Appliance, catalog: Catalog?, keys: BackupKeys, from sources: [String], to target: String,
        progress: RunProgress
    ) {
        self.appliance = appliance
        self.catalog = catalog
        self.keys = keys
        self.sources = sources
        self.target = target
        self.progress = progress
    }

    /// - Throws: As `CopyRun.run`; code `busy` where backups of that database are being copied already.
    package func run() async throws -> Outcome {
        let lock = try await acquireLock()
        defer { withExtendedLifetime(lock) {} }
        let made = try await copy()
        if let catalog { await StoreWatch(catalog: catalog, store: target).noteAnswer() }
        // What was there whole is what it was before.
        let (report, failure) = try await record(made) ? await prove(made.manifest) : (nil, nil)
        return Outcome(
            keys: keys, source: made.source, target: target, copied: made.copied, verification: report,
            failure: failure)
    }

    private func acquireLock() async throws -> RunLock {
        let deadline = ContinuousClock.now + Self.lockPatience
        while true {
            if let lock = try CopyRun.lock(keys.database, stateDirectory: appliance.configuration.stateDirectory) {
                return lock
            }
            guard .now < deadline else {
                throw NightjarError(
                    .busy,
                    "backups of \(keys.database) are being copied already, or what interrupted runs left is swept",
                    hint: "Try again when that is through.", isTransient: true)
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// From the first of the stores from which it can be had.
    private func copy() async throws -> Made {
        let records = try await catalog?.backups(of: keys.database).filter { $0.id == keys.id } ?? []
        let goal = try appliance.stores.member(named: target)
        var failure: (any Error)?
        let before = progress.storedBytes
        for source in sources {
            do {
                let run = CopyRun(
                    appliance: appliance, keys: keys, source: try appliance.stores.member(named: source), target: goal,
                    knownHash: records.first { $0.store == source }?.manifestHash, progress: progress)
                let (manifest, document, isNew) = try await run.run()
                return Made(
                    source: source, manifest: manifest, document: document, isNew: isNew,
                    copied: progress.storedBytes - before)
            } catch {
                try Task.checkCancellation()
                await note(error, of: source)
                failure = failure ?? error
                // Another source would fail there, too.
                if (error as? StoreError)?.location == goal.store.location { throw error }
            }
        }
        throw failure ?? NightjarError(.internal, "a copy of \(keys.id) from nowhere")
    }

    /// What a failure says of the store that it came from.
    private func note(_ error: any Error, of source: String) async {
        guard let catalog else { return }
        if let failure = error as? NightjarError, failure.cause is CopyRun.DamagedSource {
            _ = try? await catalog.note(difference: failure, of: keys, store: source, level: .checksum, at: .now)
        }
        let location = (error as? StoreError)?.location
        for name in [source, target] where (try? appliance.stores.store(named: name).location) == location {
            await StoreWatch(catalog: catalog, store: name).note(error)
        }
    }

    /// What is there and not proved is a backup all the same.
    /// - Returns: Whether it has to be proved.
    private func record(_ made: Made) async throws -> Bool {
        let document = try await appliance.backups(in: appliance.stores.store(named: target)).document(keys)
        let changed = NightjarError(
            .difference, "the store \(target) gave back another manifest than was written: \(keys.manifest)",
            hint: "Do not use that copy. See what else the store does so to with: nightjar verify --all")
        let isChanged = made.isNew && document != made.document
        guard let catalog else {
            if isChanged { throw changed }
            return made.isNew || made.copied > 0
        }
        let all = try await catalog.backups(of: keys.database).filter { $0.id == keys.id }
        let hash = ManifestDocument.fingerprint(of: isChanged ? made.document : document)
        if let known = all.first(where: { $0.store == target }) {
            // A manifest that was gone may have come back in another form.
            if document == made.document {
                try await catalog.setManifestHash(hash, of: keys.id, database: keys.database, store: target)
            }
            // What was found of one whose missing objects came back counts no more, where all that it has now was proved
            // elsewhere: should this process end here, it is proved later.
            let isOfProved = all.contains { $0.store == made.source && $0.proof == .proved }
            if made.copied > 0, known.proof == .different, isOfProved, document == made.document {
                try await catalog.setProof(
                    .unproved, of: keys.id, database: keys.database, store: target, at: .now)
            }
            if isChanged { throw changed }
            return made.isNew || made.copied > 0 || known.proof == .unproved
        }
        let other = all.first { $0.store == made.source }
        let manifest = made.manifest.manifest
        try await catalog.record(
            BackupRecord(
                id: keys.id, database: keys.database, store: target, createdAt: keys.id.time,
                rows: manifest?.rows ?? other?.rows ?? 0, dumpBytes: manifest?.dumpBytes ?? other?.dumpBytes ?? 0,
                storedBytes: made.manifest.storedBytes,
                shortfall: manifest?.snapshot.shortfall ?? other?.shortfall, manifestHash: hash,
                isSealed: manifest == nil))
        guard isChanged else { return true }
        // What the store says from now on is not to be taken for what was written.
        _ = try await catalog.note(difference: changed, of: keys, store: target, level: .checksum, at: .now)
        throw changed
    }

    private func prove(_ stored: StoredManifest) async throws -> (VerificationReport?, RunFailure?) {
        let level = appliance.configuration.database(named: keys.database)?.verify.afterBackup ?? .restore
        guard level != .none else { return (nil, nil) }
        do {
            let verification = VerificationRun(
                appliance: appliance, store: try appliance.stores.store(named: target), level: level,
                progress: progress, opening: appliance.opening, fallsBack: true)
            let kept = try await verification.verify(stored)
            _ = try await catalog?.note(kept.report, store: target, key: kept.key)
            return (kept.report, nil)
        } catch {
            try Task.checkCancellation()
            if let failure = error as? any Failure, failure.code == .difference {
                _ = try await catalog?.note(
                    difference: failure, of: keys, store: target, level: .checksum, at: .now)
                throw error
            }
            if let catalog { await StoreWatch(catalog: catalog, store: target).note(error) }
            return (nil, RunFailure(describing: error))
        }
    }
}
