import Catalog
import Dump
import Logging
import Model
import Storage

/// Deletes dumps that somebody asked for when their time is over.
struct ExportExpiry: Sendable {
    let appliance: Appliance
    let catalog: Catalog
    let log: Logger

    /// - Returns: Whether all of them could be deleted; why not stands in the log.
    func run(_ now: Timestamp) async throws -> Bool {
        var isComplete = true
        for export in try await catalog.expiredExports(at: now) where !Task.isCancelled {
            do {
                try await delete(export)
                try await catalog.expireExport(export.id)
                log.info("an export has expired and is deleted", metadata: ["export": "\(export.id)"])
            } catch {
                isComplete = false
                log.error(
                    "the expired export \(export.id) could not be deleted: \(ErrorText.line(error))",
                    metadata: ["database": "\(export.database)"])
            }
        }
        return isComplete
    }

    private func delete(_ export: ExportRecord) async throws {
        // A store that is configured no longer keeps it; nothing there is touched.
        guard appliance.stores.names.contains(export.store) else { return }
        let store = try appliance.stores.store(named: export.store)
        try await appliance.ownership(of: store).check()
        let keys = BackupKeys(exportOf: export.database, id: export.id)
        try await store.delete(keys.manifest)
        // A folder's name does not tell how what is in it is compressed, or whether it is encrypted.
        let roots = Set(
            Compression.oneOfEach.flatMap { compression in
                [false, true].map { keys.dump(export.format, compression, isEncrypted: $0).root }
            })
        for root in roots { try await DumpLeftovers(of: root, in: store).delete() }
    }
}
