import Dump
import FoundationEssentials
import Model
import Restore
import Settings
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

    package init(
        appliance: Appliance, store: any ObjectStore, level: VerificationLevel, progress: RunProgress?
    ) {
        self.appliance = appliance
        self.store = store
        self.level = level
        self.progress = progress
    }

    /// - Returns: The report, whatever it found.
    /// - Throws: Where nothing could be found out; that is no difference. Code `missing` where the backup was deleted
    ///   meanwhile.
    package func verify(_ manifest: Manifest) async throws -> KeptReport {
        // A database that is no longer configured asks for no more than its proof.
        let settings = appliance.configuration.database(named: manifest.database)?.verify
        var report = try await appliance.withWorkDirectory { folder in
            try await Verification(
                store: store, manifest: manifest, level: level, workDirectory: folder, tool: Tool.name,
                progress: progress, scratchLimit: settings?.scratchLimit, drill: settings?.drill
            ).run()
        }
        if report.outcome == .different {
            try await requirePresence(of: manifest)
            let search = AdviceSearch(appliance: appliance, store: store)
            try await search.advise(&report)
        }
        do {
            // Before the report is copied: its time may have to be another one.
            let key = try await keep(&report)
            return KeptReport(report: report, key: key)
        } catch {
            try Task.checkCancellation()
            // Somebody with reading rights only may verify too; the proof is no worse for it.
            report.notes.append("This report could not be kept in the store: \(error)")
            return KeptReport(report: report, key: nil)
        }
    }

    /// What retention deletes while it is verified is no difference.
    private func requirePresence(of manifest: Manifest) async throws {
        guard let id = BackupID(manifest.id) else { return }
        do {
            let keys = BackupKeys(database: manifest.database, id: id)
            guard try await store.head(keys.manifest) == nil else { return }
        } catch {
            // What was found before the store went away stands.
            try Task.checkCancellation()
            return
        }
        throw NightjarError(
            .missing, "\(manifest.id) was deleted while it was verified",
            hint: "See what there is with: nightjar list \(manifest.database)")
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
