import Catalog
import Dump
import Model
import Restore
import Storage

/// A verification that somebody asks for, and what the catalog makes of it.
struct RecordedVerification: Sendable {
    let appliance: Appliance
    let catalog: Catalog
    let backup: BackupRecord
    let level: VerificationLevel
    let progress: RunProgress

    /// - Returns: The report, and the verification's id in the catalog; nil where that does not know the backup.
    func run() async throws -> (report: VerificationReport, verification: Int64?) {
        let store = try appliance.stores.store(named: backup.store)
        let manifest = try await StoredBackups(store: store).manifest(
            BackupKeys(database: backup.database, id: backup.id))
        let kept = try await VerificationRun(appliance: appliance, store: store, level: level, progress: progress)
            .verify(manifest)
        let id = try await catalog.note(kept.report, store: backup.store, key: kept.key)
        return (kept.report, id)
    }
}
