import Dump
import FoundationEssentials
import Model
import Restore
import Storage

/// Proves a backup and keeps the report beside it.
package struct VerificationRun: Sendable {
    package let appliance: Appliance
    package let store: any ObjectStore
    package let level: VerificationLevel
    package let progress: RunProgress?

    package init(appliance: Appliance, store: any ObjectStore, level: VerificationLevel, progress: RunProgress?) {
        self.appliance = appliance
        self.store = store
        self.level = level
        self.progress = progress
    }

    /// - Returns: The report, whatever it found.
    /// - Throws: Where nothing could be found out; that is no difference.
    package func verify(_ manifest: Manifest) async throws -> VerificationReport {
        var report = try await appliance.withWorkDirectory { folder in
            try await Verification(
                store: store, manifest: manifest, level: level, workDirectory: folder, tool: Tool.name,
                progress: progress
            ).run()
        }
        do {
            try await keep(report)
        } catch {
            try Task.checkCancellation()
            // Somebody with reading rights only may verify too; the proof is no worse for it.
            report.notes.append("This report could not be kept in the store: \(error)")
        }
        return report
    }

    private func keep(_ report: VerificationReport) async throws {
        guard let id = BackupID(report.id) else { return }
        let keys = BackupKeys(database: report.database, id: id)
        let bytes = Array(try JSONText.encoder.encode(report))
        var time = report.finishedAt
        while true {
            do {
                _ = try await store.create(keys.verification(at: time), Part(bytes: bytes))
                return
            } catch let error as StoreError where error.code == .exists {
                // Two verifications ended in the same second.
                time = Timestamp(seconds: time.seconds + 1)
            }
        }
    }
}
