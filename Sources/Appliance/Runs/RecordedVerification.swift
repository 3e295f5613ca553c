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

    func run() async throws -> VerificationReport {
        let store = try appliance.stores.store(named: backup.store)
        let manifest = try await StoredBackups(store: store).manifest(
            BackupKeys(database: backup.database, id: backup.id))
        let kept = try await VerificationRun(appliance: appliance, store: store, level: level, progress: progress)
            .verify(manifest)
        try await catalog.note(kept.report, store: backup.store, key: kept.key)
        return kept.report
    }
}
