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

    /// How long the stores are asked for what else they know of a backup with differences.
    private static let patience = Duration.seconds(120)

    /// - Returns: The report, whatever it found.
    /// - Throws: Where nothing could be found out; that is no difference. Code `missing` where the backup was deleted
    ///   meanwhile.
    package func verify(_ manifest: Manifest) async throws -> KeptReport {
        try await verify(manifest, warning: { $0.finishedAt }, noting: { $0 })
    }

    /// Once something is found out, a cancellation keeps it from nobody: only the advice is left out then, and the report
    /// is not kept in a store that does not answer.
    /// - Parameters:
    ///   - warn: Hears of a difference before the stores are asked for advice, and says when it was found out, as the
    ///     catalog has it. What it throws is left to `note`.
    ///   - note: Takes down what was found, and gives the result.
    func verify<Noted: Sendable>(
        _ manifest: Manifest, warning warn: @escaping @Sendable (VerificationReport) async throws -> Timestamp,
        noting note: @escaping @Sendable (KeptReport) async throws -> Noted
    ) async throws -> Noted {
        // A database that is no longer configured asks for no more than its proof.
        let settings = appliance.configuration.database(named: manifest.database)?.verify
        var report = try await appliance.withWorkDirectory { folder in
            try await Verification(
                store: store, manifest: manifest, level: level, workDirectory: folder, tool: Tool.name,
                progress: progress, scratchLimit: settings?.scratchLimit, drill: settings?.drill
            ).run()
        }
        if report.outcome == .different {
            let found = report
            try await requirePresence(of: manifest)
            if let time = try? await Uncancelled.run({ try await warn(found) }) { report.finishedAt = time }
            report = await advised(report)
        }
        let kept = await self.kept(report)
        return try await Uncancelled.run { try await note(kept) }
    }

    /// What retention deletes while it is verified is no difference. The catalog hears of one after this, so that a store
    /// that does not answer is waited for a moment only.
    private func requirePresence(of manifest: Manifest) async throws {
        guard let id = BackupID(manifest.id) else { return }
        let store = store
        let key = BackupKeys(database: manifest.database, id: id).manifest
        do {
            let found = try await Uncancelled.run(atMost: Uncancelled.patience) { try await store.head(key) }
            guard found == nil else { return }
        } catch {
            // What was found before the store went away stands.
            return
        }
        throw NightjarError(
            .missing, "\(manifest.id) was deleted while it was verified",
            hint: "See what there is with: nightjar list \(manifest.database)")
    }

    /// The report with advice, or with a note where there was no time for it.
    private func advised(_ report: VerificationReport) async -> VerificationReport {
        let search = AdviceSearch(appliance: appliance, store: store)
        let work = Task.detached { () async throws -> VerificationReport in
            var advised = report
            try await search.advise(&advised)
            return advised
        }
        let limit = Task.detached {
            try? await Task.sleep(for: Self.patience)
            work.cancel()
        }
        defer { limit.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await work.value
            } onCancel: {
                work.cancel()
            }
        } catch {
            var report = report
            report.notes.append(
                "Which other backup is good was not looked up to the end. See what there is with: "
                    + "nightjar list \(report.database)")
            return report
        }
    }

    private func kept(_ report: VerificationReport) async -> KeptReport {
        var report = report
        do {
            // Before the report is copied: its time may have to be another one.
            let key = try await keep(&report)
            return KeptReport(report: report, key: key)
        } catch let failure as any Failure where failure.code == .cancelled {
            report.notes.append(
                "This report is not kept in the store, which gave no answer in time after a stop.")
            return KeptReport(report: report, key: nil)
        } catch {
            // Somebody with reading rights only may verify too; the proof is no worse for it.
            report.notes.append("This report could not be kept in the store: \(error)")
            return KeptReport(report: report, key: nil)
        }
    }

    private func keep(_ report: inout VerificationReport) async throws -> String? {
        guard let id = BackupID(report.id) else { return nil }
        let store = store
        let keys = BackupKeys(database: report.database, id: id)
        while true {
            do {
                let key = keys.verification(at: report.finishedAt)
                let bytes = Array(try JSONText.encoder.encode(report))
                let object = try await Uncancelled.run(grace: Uncancelled.patience) {
                    try await store.create(key, Part(bytes: bytes))
                }
                return object.key
            } catch let error as StoreError where error.code == .exists {
                // Two verifications ended in the same second; each has its own in the store and in the catalog.
                report.finishedAt = Timestamp(seconds: report.finishedAt.seconds + 1)
            }
        }
    }
}
