import Dump
import FoundationEssentials
import Model
import Restore
import Storage

/// Proves a backup and keeps the report beside it.
package struct VerificationRun: Sendable {
    /// A report, and where it is in the store.
    package struct KeptReport: Sendable {
        package var report: VerificationReport
        /// nil where it could not be kept there.
        package let key: String?
    }

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
    package func verify(_ manifest: Manifest) async throws -> KeptReport {
        var report = try await appliance.withWorkDirectory { folder in
            try await Verification(
                store: store, manifest: manifest, level: level, workDirectory: folder, tool: Tool.name,
                progress: progress
            ).run()
        }
        do {
            return KeptReport(report: report, key: try await keep(&report))
        } catch {
            try Task.checkCancellation()
            // Somebody with reading rights only may verify too; the proof is no worse for it.
            report.notes.append("This report could not be kept in the store: \(error)")
            return KeptReport(report: report, key: nil)
        }
    }

    private func keep(_ report: inout VerificationReport) async throws -> String? {
        guard let id = BackupID(report.id) else { return nil }
        let keys = BackupKeys(database: report.database, id: id)
        while true {
            do {
                let bytes = Array(try JSONText.encoder.encode(report))
                return try await store.create(keys.verification(at: report.finishedAt), Part(bytes: bytes)).key
            } catch let error as StoreError where error.code == .exists {
                // Two verifications ended in the same second; each has its own in the store and in the catalog.
                report.finishedAt = Timestamp(seconds: report.finishedAt.seconds + 1)
            }
        }
    }
}
