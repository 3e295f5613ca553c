import Catalog
import Dump
import Model
import Restore

/// Brings what the stores hold into the catalog, which is a cache of that.
package struct CatalogRebuild: Sendable {
    package struct Outcome: Sendable {
        /// Backups in the stores.
        package var backups = 0
        /// Databases with backups that the catalog did not know: nothing of them is deleted until a person has looked.
        package var frozen: [String] = []
        /// Stores that could not be asked, and backups that could not be read; one sentence each.
        package var failures: [String] = []
    }

    package let appliance: Appliance
    package let catalog: Catalog
    /// Whether a person says that all that is found is what the catalog has known, and lost with its machine: nothing of it
    /// is frozen for being new.
    private let isTrusting: Bool

    package init(appliance: Appliance, catalog: Catalog, isTrusting: Bool = false) {
        self.appliance = appliance
        self.catalog = catalog
        self.isTrusting = isTrusting
    }

    /// - Throws: What the catalog throws; a store that is away is among the outcome's failures.
    package func run() async throws -> Outcome {
        var outcome = Outcome()
        // Before the stores are asked: what the catalog hears meanwhile is newer than what they say.
        let known = try await backupsInCatalog()
        let listing = try await BackupLocator(appliance: appliance).survey()
        outcome.failures = listing.failures.map { "store \($0.storeName): \($0.message)" }
        // A catalog that has been whole before misses only what a run left that did not come to its end.
        let wasWhole = try await catalog.time(of: .rebuiltAt) != nil
        let isNew = !isTrusting && !wasWhole
        var frozen: Set<String> = []
        var away = Set(listing.failures.map(\.storeName))
        for store in appliance.stores.names where !away.contains(store) {
            do {
                try await appliance.ownership(of: appliance.stores.store(named: store)).check()
            } catch let failure as any Failure where failure.code != .cancelled {
                // Another appliance's backups can be read; a folder whose disk is not mounted lists as empty.
                if failure.code == .configuration { continue }
                away.insert(store)
                outcome.failures.append("store \(store): \(failure.message)")
            }
        }
        for store in appliance.stores.names where !away.contains(store) {
            let found = listing.found.filter { $0.storeName == store }
            var records: [BackupRecord] = []
            var doubtful: Set<String> = []
            for backup in found {
                let keys = backup.entry.keys
                let key = Key(database: keys.database, id: keys.id, store: store)
                if isNew && known[key] == nil { doubtful.insert(keys.database) }
                do {
                    records.append(try await record(of: backup, known: known[key]))
                } catch {
                    try Task.checkCancellation()
                    outcome.failures.append(
                        "\(keys.database)/\(keys.id): \((error as? any Failure)?.message ?? "\(error)")")
                    // What could not be read now is what it was; what was never read must not go before it is.
                    if known[key] == nil { doubtful.insert(keys.database) }
                    records.append(
                        known[key]
                            ?? BackupRecord(
                                id: keys.id, database: keys.database, store: store, createdAt: keys.id.time, rows: 0,
                                dumpBytes: 0, storedBytes: backup.entry.size))
                }
            }
            // Frozen first: an end in between must not leave a catalog that deletes.
            for name in doubtful.subtracting(frozen) {
                let reason = "the catalog was rebuilt and found backups that it did not know"
                try await catalog.freeze(name, kind: .rebuild, reason: reason, at: .now)
            }
            frozen.formUnion(doubtful)
            try await catalog.replaceBackups(
                of: store, with: records, since: known.values.filter { $0.store == store })
            outcome.backups += records.count
        }
        outcome.frozen = frozen.sorted()
        if outcome.failures.isEmpty {
            try await catalog.setTime(.now, of: .rebuiltAt)
            try await catalog.add(
                EventRecord(at: .now, kind: .catalogRebuilt, text: "\(outcome.backups) backups found in the stores"))
        }
        return outcome
    }

    /// Backups of a database that one store has, and the catalog does not know: a store that was away when an interrupted run
    /// was cleared away may have its backup.
    func strangers(of database: String, in store: String) async throws -> [BackupLocator.Found] {
        let known = Set(try await catalog.backups(of: database).filter { $0.store == store }.map(\.id))
        return try await BackupLocator(appliance: appliance, in: store).survey(database: database).found
            .filter { !known.contains($0.entry.keys.id) }
    }

    /// Brings such backups in. The caller holds the lock of the database's runs: a run knows more of what it makes.
    /// - Returns: Those that have come into the catalog. One that cannot be read now is left to the next time.
    func takeUp(_ strangers: [BackupLocator.Found]) async throws -> [BackupID] {
        var added: [BackupID] = []
        for backup in strangers {
            try Task.checkCancellation()
            guard let record = try? await record(of: backup, known: nil), try await catalog.add(record) else {
                continue
            }
            added.append(record.id)
        }
        return added
    }

    private struct Key: Hashable {
        let database: String
        let id: BackupID
        let store: String

        init(database: String, id: BackupID, store: String) {
            self.database = database
            self.id = id
            self.store = store
        }

        init(_ record: BackupRecord) {
            self.init(database: record.database, id: record.id, store: record.store)
        }
    }

    private func backupsInCatalog() async throws -> [Key: BackupRecord] {
        Dictionary(try await catalog.allBackups().map { (Key($0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Parameter known: What the catalog knows of it: of what cannot be opened here that is more than the store says.
    private func record(of backup: BackupLocator.Found, known: BackupRecord?) async throws -> BackupRecord {
        let document = try await backup.backups.document(backup.entry.keys)
        let stored = try backup.backups.storedManifest(document, backup.entry.keys)
        var standing = try await backup.standing()
        // A report that cannot be read may be the one that matters.
        if let note = standing.notes.first { throw NightjarError(.io, note) }
        // At which level differences were found says what takes them back.
        if standing.state == .failed { standing = try await backup.standing(complete: true) }
        let keys = backup.entry.keys
        for report in standing.reports where report.outcome == .different {
            try await catalog.add(
                VerificationRecord(
                    report, of: keys.id, store: backup.storeName, key: keys.verification(at: report.finishedAt)))
        }
        // That bytes are right says nothing of what a drill has found.
        let last = standing.reports.last { $0.outcome != .checked }
        let drillFailedAt = last.flatMap { $0.isOnlyDrill ? $0.finishedAt : nil }
        let lastReport = standing.reports.last?.finishedAt
        // A difference that was found while the backup was copied or opened has left no report: it is known here alone.
        let untold = known.flatMap { known in
            known.proof == .different && known.verifiedAt.map { $0 >= lastReport ?? $0 } ?? false ? known : nil
        }
        return BackupRecord(
            id: keys.id, database: keys.database, store: backup.storeName, createdAt: keys.id.time,
            rows: stored.manifest?.rows ?? known?.rows ?? 0,
            dumpBytes: stored.manifest?.dumpBytes ?? known?.dumpBytes ?? 0, storedBytes: stored.storedBytes,
            proof: untold?.proof ?? BackupProof(standing.state), provedAt: standing.provedAt,
            verifiedAt: untold?.verifiedAt ?? lastReport,
            drillFailedAt: untold == nil ? drillFailedAt : untold?.drillFailedAt,
            shortfall: stored.manifest?.snapshot.shortfall ?? known?.shortfall,
            // Another one than was written is found by the next verification.
            manifestHash: known?.manifestHash ?? ManifestDocument.fingerprint(of: document),
            isSealed: known?.isSealed ?? (stored.manifest == nil), twinProvedAt: known?.twinProvedAt)
    }
}
