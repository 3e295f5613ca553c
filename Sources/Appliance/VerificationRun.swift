import Age
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
        /// Whether it was only checked, for nothing here opens it.
        var isSealed = false
    }

    package let appliance: Appliance
    package let store: any ObjectStore
    package let level: VerificationLevel
    package let progress: RunProgress?
    /// What opens the backup where it is encrypted.
    private let opening: DumpOpening?
    /// Whether one that nothing opens is checked at least, where it is to be restored.
    private let fallsBack: Bool

    package init(
        appliance: Appliance, store: any ObjectStore, level: VerificationLevel, progress: RunProgress?,
        opening: DumpOpening?, fallsBack: Bool
    ) {
        self.opening = opening
        self.fallsBack = fallsBack
        self.appliance = appliance
        self.store = store
        self.level = level
        self.progress = progress
    }

    private func onlyChecked(_ backup: StoredManifest) -> String {
        let reason = opening == nil ? "there is no identity here" : "no identity here fits"
        return "It is encrypted, and \(reason): only its stored bytes were compared with its manifest. To prove it: "
            + "nightjar verify \(backup.database)/\(backup.id) --identity FILE"
    }

    /// Whoever can write to a store needs no recipient to put there what is not encrypted.
    private func plainness(of backup: StoredManifest) -> String? {
        guard let manifest = backup.manifest, manifest.options.recipients == nil,
            appliance.configuration.database(named: backup.database)?.encryption != nil
        else { return nil }
        return "It is not encrypted, as backups of this database are now: it was made before, or by somebody else."
    }

    /// How long the stores are asked for what else they know of a backup with differences.
    private static let patience = Duration.seconds(120)

    /// - Returns: The report, whatever it found.
    /// - Throws: Where nothing could be found out; that is no difference. Code `missing` where the backup was deleted
    ///   meanwhile.
    package func verify(_ backup: StoredManifest) async throws -> KeptReport {
        try await verify(backup, warning: { $0.finishedAt }, noting: { $0 })
    }

    /// Once something is found out, a cancellation keeps it from nobody: only the advice is left out then, and the report
    /// is not kept in a store that does not answer.
    /// - Parameters:
    ///   - warn: Hears of a difference before the stores are asked for advice, and says when it was found out, as the
    ///     catalog has it. What it throws is left to `note`.
    ///   - note: Takes down what was found, and gives the result.
    func verify<Noted: Sendable>(
        _ backup: StoredManifest, warning warn: @escaping @Sendable (VerificationReport) async throws -> Timestamp,
        noting note: @escaping @Sendable (KeptReport) async throws -> Noted
    ) async throws -> Noted {
        // A database that is no longer configured asks for no more than its proof.
        let settings = appliance.configuration.database(named: backup.database)?.verify
        let isOnlyChecked = level == .restore && fallsBack && backup.manifest == nil
        let level = isOnlyChecked ? .checksum : self.level
        var report = try await appliance.withWorkDirectory { folder in
            try await Verification(
                store: store, backup, level: level, workDirectory: folder, tool: Tool.name,
                progress: progress, scratchLimit: settings?.scratchLimit, drill: settings?.drill, opening: opening
            ).run()
        }
        if isOnlyChecked { report.notes.append(onlyChecked(backup)) }
        if let note = plainness(of: backup) { report.notes.append(note) }
        if report.outcome == .different {
            let found = report
            try await requirePresence(of: backup)
            if let time = try? await Uncancelled.run({ try await warn(found) }) { report.finishedAt = time }
            report = await advised(report)
        }
        let found = await self.kept(report, for: backup.manifest?.options.recipients ?? [])
        let kept = KeptReport(report: found.report, key: found.key, isSealed: isOnlyChecked)
        return try await Uncancelled.run { try await note(kept) }
    }

    /// What retention deletes while it is verified is no difference. The catalog hears of one after this, so that a store
    /// that does not answer is waited for a moment only.
    private func requirePresence(of backup: StoredManifest) async throws {
        guard let id = BackupID(backup.id) else { return }
        let store = store
        let key = BackupKeys(database: backup.database, id: id).manifest
        do {
            let found = try await Uncancelled.run(atMost: Uncancelled.patience) { try await store.head(key) }
            guard found == nil else { return }
        } catch {
            // What was found before the store went away stands.
            return
        }
        throw NightjarError(
            .missing, "\(backup.id) was deleted while it was verified",
            hint: "See what there is with: nightjar list \(backup.database)")
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

    /// - Parameter recipients: For whom what it tells of the backup is encrypted; for all where there are none.
    private func kept(_ report: VerificationReport, for recipients: [String]) async -> KeptReport {
        var report = report
        do {
            // Before the report is copied: its time may have to be another one.
            let key = try await keep(&report, for: recipients)
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

    private func keep(_ report: inout VerificationReport, for recipients: [String]) async throws -> String? {
        guard let id = BackupID(report.id) else { return nil }
        let store = store
        let keys = BackupKeys(database: report.database, id: id)
        let sealing =
            try recipients.isEmpty ? nil : Sealing(recipients: recipients.map { try AgeRecipient($0) }, key: nil)
        while true {
            do {
                let key = keys.verification(at: report.finishedAt)
                let document = Array(try JSONText.encoder.encode(report))
                let bytes =
                    try sealing.map { sealing in
                        let outline = report.outline(sealed: try sealing.seal(document, as: key))
                        return Array(try JSONText.encoder.encode(outline))
                    } ?? document
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
