import Catalog
import Dump
import Model
import Restore
import Storage

/// A verification that somebody asks for, and what the catalog makes of it.
package struct RecordedVerification: Sendable {
    private let appliance: Appliance
    /// nil for the one of the state directory where there is one, which is opened for a moment only.
    private let catalog: Catalog?
    private let keys: BackupKeys
    private let storeName: String
    private let level: VerificationLevel
    private let progress: RunProgress
    /// Whether an encrypted backup that nothing opens here is checked at least.
    private let fallsBack: Bool
    /// Called with what a person has to know of a catalog that is opened.
    private let tell: @Sendable (String) -> Void

    init(
        appliance: Appliance, catalog: Catalog, backup: BackupRecord, level: VerificationLevel, fallsBack: Bool = true,
        progress: RunProgress
    ) {
        self.appliance = appliance
        self.catalog = catalog
        self.level = level
        self.progress = progress
        keys = BackupKeys(database: backup.database, id: backup.id)
        storeName = backup.store
        self.fallsBack = fallsBack
        tell = { _ in }
    }

    /// One for somebody who may have no catalog: it hears of what is found where there is one.
    package init(
        appliance: Appliance, backup: BackupLocator.Found, level: VerificationLevel, progress: RunProgress,
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.appliance = appliance
        self.level = level
        self.progress = progress
        self.tell = tell
        fallsBack = false
        catalog = nil
        keys = backup.entry.keys
        storeName = backup.storeName
    }

    private struct Noted: Sendable {
        var report: VerificationReport
        var verification: Int64?
    }

    /// - Returns: The report, and the verification's id in the catalog; nil where that does not know the backup.
    /// - Throws: Where there is no report; what that says of the backup is in the catalog then. Code `difference` where its
    ///   manifest is not what was written, `missing` where it is gone.
    package func run() async throws -> (report: VerificationReport, verification: Int64?) {
        let store = try appliance.stores.store(named: storeName)
        let backup: StoredManifest
        do {
            let backups = appliance.backups(in: store)
            let document = try await backups.document(keys)
            try await requireKnown(document)
            backup = try backups.storedManifest(document, keys)
        } catch {
            // A manifest that is right again is as good as bytes that are.
            throw await noting(error, at: .checksum, store)
        }
        do {
            let run = VerificationRun(
                appliance: appliance, store: store, level: level, progress: progress, opening: appliance.opening,
                fallsBack: fallsBack)
            let noted = try await run.verify(
                backup,
                warning: { report in
                    let time = try await withCatalog { catalog in
                        try await catalog.warn(of: report, store: storeName)
                    }
                    return time ?? report.finishedAt
                },
                noting: { kept in try await note(kept) })
            return (noted.report, noted.verification)
        } catch {
            throw await noting(error, at: level, store)
        }
    }

    /// A manifest may be sound and not be the one that was written: whoever can write to the store can make one.
    private func requireKnown(_ document: [UInt8]) async throws {
        let records = try await withCatalog { try await $0.backups(of: keys.database) } ?? []
        let known = records.first { $0.id == keys.id && $0.store == storeName }?.manifestHash
        guard let known, known != ManifestDocument.fingerprint(of: document) else { return }
        throw NightjarError(
            .difference, "\(keys.manifest) in the store \(storeName) is another manifest than was written",
            hint: "Somebody has exchanged it, and perhaps the backup with it. Do not trust this backup.")
    }

    private func note(_ kept: VerificationRun.KeptReport) async throws -> Noted {
        var noted = Noted(report: kept.report, verification: nil)
        do {
            let id = try await withCatalog { catalog in
                let id = try await catalog.note(kept.report, store: storeName, key: kept.key)
                if kept.report.level == .restore || kept.isSealed {
                    try await catalog.setSealed(
                        kept.isSealed, of: keys.id, database: keys.database, store: storeName)
                }
                await StoreWatch(catalog: catalog, store: storeName).noteAnswer()
                return id
            }
            noted.verification = id.flatMap { $0 }
        } catch  where catalog == nil {
            noted.report.notes.append(Self.untold(error))
        }
        return noted
    }

    /// Takes down what a failure says of the backup itself.
    /// - Returns: The failure, in other words where there is more to say.
    private func noting(
        _ error: any Error, at level: VerificationLevel, _ store: any ObjectStore
    ) async -> any Error {
        guard let failure = error as? any Failure else { return error }
        do {
            switch failure.code {
            case .difference:
                try await Uncancelled.run {
                    _ = try await withCatalog { catalog in
                        try await catalog.note(
                            difference: failure, of: keys, store: storeName, level: level, at: .now)
                    }
                }
                return failure
            case .missing:
                let isForgotten = try await Uncancelled.run(grace: Uncancelled.patience) { try await forget(store) }
                guard isForgotten else { return failure }
                return gone(failure)
            case .unreachable:
                _ = try await withCatalog { catalog in
                    await StoreWatch(catalog: catalog, store: storeName).note(failure)
                }
                return failure
            default:
                return failure
            }
        } catch {
            return NightjarError(
                failure.code, "\(failure.message). \(Self.untold(error))", hint: failure.hint,
                isTransient: failure.isTransient, cause: failure)
        }
    }

    /// Without its manifest it is no backup, and must not make up for another one that retention deletes.
    /// - Returns: Whether the catalog knew it: it does not where retention has deleted it.
    private func forget(_ store: any ObjectStore) async throws -> Bool {
        let isForgotten = try await withCatalog { catalog in
            // An empty folder is also what a disk leaves behind that is not mounted.
            guard try await appliance.ownership(of: store).isOurs(), try await store.head(keys.manifest) == nil else {
                return false
            }
            return try await catalog.remove(keys.id, database: keys.database, store: storeName)
        }
        return isForgotten ?? false
    }

    private func gone(_ failure: any Failure) -> NightjarError {
        NightjarError(
            .missing, "\(keys.id) is gone from the store \(storeName): \(keys.manifest) is not there any more",
            hint: "Somebody else deletes there. It counts as a backup no longer; see what is left with: "
                + "nightjar list \(keys.database)",
            cause: failure)
    }

    private static func untold(_ error: any Error) -> String {
        "The catalog could not take this down: \(RunFailure(describing: error).message)"
    }

    /// - Returns: nil where there is no catalog.
    private func withCatalog<Result: Sendable>(
        _ body: @Sendable (Catalog) async throws -> Result
    ) async throws -> Result? {
        if let catalog { return try await body(catalog) }
        guard let opened = try await appliance.openCatalogIfPresent(tell) else { return nil }
        do {
            let result = try await body(opened)
            await opened.close()
            return result
        } catch {
            await opened.close()
            throw error
        }
    }
}
