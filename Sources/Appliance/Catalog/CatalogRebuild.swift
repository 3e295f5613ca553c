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

    package init(appliance: Appliance, catalog: Catalog) {
        self.appliance = appliance
        self.catalog = catalog
    }

    /// - Throws: What the catalog throws; a store that is away is among the outcome's failures.
    package func run() async throws -> Outcome {
        var outcome = Outcome()
        let listing = try await BackupLocator(appliance: appliance).survey()
        outcome.failures = listing.failures.map { "store \($0.storeName): \($0.message)" }
        let known = Set(try await catalog.allBackups().map { Key(database: $0.database, id: $0.id, store: $0.store) })
        var frozen: Set<String> = []
        let away = Set(listing.failures.map(\.storeName))
        for store in appliance.stores.names where !away.contains(store) {
            let found = listing.found.filter { $0.storeName == store }
            var records: [BackupRecord] = []
            for backup in found {
                let keys = backup.entry.keys
                do {
                    records.append(try await record(of: backup))
                } catch {
                    try Task.checkCancellation()
                    outcome.failures.append(
                        "\(keys.database)/\(keys.id): \((error as? any Failure)?.message ?? "\(error)")")
                    // It exists, whatever its manifest says; unproved, it stays.
                    records.append(
                        BackupRecord(
                            id: keys.id, database: keys.database, store: store, createdAt: keys.id.time, rows: 0,
                            dumpBytes: 0, storedBytes: backup.entry.size))
                }
                if !known.contains(Key(database: keys.database, id: keys.id, store: store)) {
                    frozen.insert(keys.database)
                }
            }
            try await catalog.replaceBackups(of: store, with: records)
            outcome.backups += records.count
        }
        for name in frozen.sorted() {
            let reason = "the catalog was rebuilt and found backups that it did not know"
            try await catalog.freeze(name, kind: .rebuild, reason: reason, at: .now)
        }
        outcome.frozen = frozen.sorted()
        if listing.failures.isEmpty {
            try await catalog.setTime(.now, of: .rebuiltAt)
            try await catalog.add(
                EventRecord(at: .now, kind: .catalogRebuilt, text: "\(outcome.backups) backups found in the stores"))
        }
        return outcome
    }

    private struct Key: Hashable {
        let database: String
        let id: BackupID
        let store: String
    }

    private func record(of backup: BackupLocator.Found) async throws -> BackupRecord {
        let manifest = try await backup.manifest()
        let standing = try await backup.standing()
        let keys = backup.entry.keys
        return BackupRecord(
            id: keys.id, database: keys.database, store: backup.storeName, createdAt: keys.id.time,
            rows: manifest.rows, dumpBytes: manifest.dumpBytes, storedBytes: manifest.storedBytes,
            proof: BackupProof(standing.state), provedAt: standing.provedAt,
            verifiedAt: standing.reports.last?.finishedAt)
    }
}
