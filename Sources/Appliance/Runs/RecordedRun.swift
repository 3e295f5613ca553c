import Catalog
import Dump
import Model
import Restore
import Settings
import Storage

/// A backup run with its record in the catalog: what it did, what came of it, and what retention made of that.
package struct RecordedRun: Sendable {
    package let appliance: Appliance
    package let catalog: Catalog
    package let database: DatabaseSettings
    package let trigger: RunTrigger
    /// The scheduled time that it is for; nil where somebody asked for it.
    package let slot: Timestamp?
    /// Earlier slots that it stands for, too.
    package let missed: Int
    /// 1 for the first.
    package let attempt: Int
    /// Whether an earlier run of the slot is gone on with.
    package let goesOn: Bool
    /// In place of what the configuration asks for; nil leaves that.
    package let verifyAfterBackup: VerificationLevel?
    /// The run's record, where it was waiting for its turn.
    package let queued: RunRecord?
    package let handle: RunHandle

    package init(
        appliance: Appliance, catalog: Catalog, database: DatabaseSettings, trigger: RunTrigger,
        slot: Timestamp? = nil, missed: Int = 0, attempt: Int = 1, goesOn: Bool = false,
        verifyAfterBackup: VerificationLevel? = nil, queued: RunRecord? = nil, handle: RunHandle = RunHandle()
    ) {
        self.appliance = appliance
        self.catalog = catalog
        self.database = database
        self.trigger = trigger
        self.slot = slot
        self.missed = missed
        self.attempt = attempt
        self.goesOn = goesOn
        self.verifyAfterBackup = verifyAfterBackup
        self.queued = queued
        self.handle = handle
    }

    private var recording: RunRecording {
        RunRecording(catalog: catalog, stateDirectory: appliance.configuration.stateDirectory, handle: handle)
    }

    private var storeWatch: StoreWatch { StoreWatch(catalog: catalog, store: database.storeName) }

    /// - Throws: `RunInProgress`, code `busy`, where a run of that database is under way; what `BackupRun` throws.
    package func run() async throws -> BackupRun.Outcome {
        _ = try StateDirectory(path: appliance.configuration.stateDirectory)
        let start = RunStart(
            database: database.name, trigger: trigger, slot: slot, missed: missed, attempt: attempt, at: .now,
            goesOn: goesOn)
        let (lock, record) = try await recording.begin(start, queued: queued)
        defer { withExtendedLifetime(lock) {} }
        await recording.note(
            record.id, .info,
            "\(goesOn ? "goes on" : "backs up") \(database.shownSource) to the store \(database.storeName)")
        // A catalog that is away fails the run at its end, where it matters.
        _ = try? await catalog.add(
            event(.backupStarted, of: record, goesOn ? "the backup goes on where it was" : "the backup has begun"))
        let outcome: BackupRun.Outcome
        let run = BackupRun(
            appliance: appliance, catalog: catalog, database: database, verifyAfterBackup: verifyAfterBackup,
            slot: slot, missed: missed, progress: handle.progress)
        do {
            outcome = try await recording.reporting(record) { try await run.run() }
        } catch {
            // Why there is no backup matters more than a catalog that is away, too.
            try? await fail(record, error)
            await storeWatch.note(error)
            if slot == nil { await settle(run) }
            throw error
        }
        do {
            try await complete(record, outcome)
        } catch {
            throw NightjarError(
                .io,
                "\(outcome.manifest.id) is in the store, but the catalog could not take it down: "
                    + RunFailure(describing: error).message,
                hint: "When the catalog can be written again: nightjar rebuild",
                isTransient: (error as? any Failure)?.isTransient ?? false, cause: error)
        }
        if let failure = outcome.verificationFailure {
            await storeWatch.note(failure)
        } else {
            await storeWatch.noteAnswer()
        }
        try run.folder.remove()
        return outcome
    }

    // MARK: The end

    private func complete(_ run: RunRecord, _ outcome: BackupRun.Outcome) async throws {
        let manifest = outcome.manifest
        guard let backup = BackupID(manifest.id) else {
            throw NightjarError(.internal, "\(manifest.id) is no backup's id")
        }
        let failure = outcome.verificationFailure.map { RunFailure(describing: $0) }
        // What the store does not give back as it was written is a difference, found before the verification proper.
        let proof = failure?.code == .difference ? .different : BackupProof(outcome.state)
        let now = Timestamp.now
        if proof == .different {
            let count = outcome.verification.map { CountText.format(Int64($0.differences.count), "difference") }
            let reason = "verification of \(backup) found \(count ?? failure?.message ?? "a difference")"
            try await catalog.freezeAndTell(database.name, .difference, reason, backup: backup)
        }
        try await catalog.record(
            BackupRecord(
                id: backup, database: database.name, store: database.storeName, createdAt: backup.time,
                rows: manifest.rows, dumpBytes: manifest.dumpBytes, storedBytes: manifest.storedBytes, proof: proof,
                provedAt: proof == .proved ? now : nil, verifiedAt: outcome.verification == nil ? nil : now,
                shortfall: manifest.snapshot.shortfall))
        var verification: Int64?
        if let difference = outcome.verificationFailure as? any Failure, difference.code == .difference {
            // Without it no later verification could take the difference back.
            verification = try await catalog.note(
                difference: difference, of: BackupKeys(database: database.name, id: backup),
                store: database.storeName, level: outcome.failureLevel, at: now, isTold: true)
        } else if let report = outcome.verification {
            verification = try await catalog.note(
                report, store: database.storeName, key: outcome.reportKey, tellsOfProof: false)
        }
        try await recording.keepPhases(of: run)
        await tell(outcome, failure, of: run)
        let hadFailed = try await catalog.lastEnd(of: database.name)?.state == .failed
        let end = RunEnd(
            proof == .different ? .failed : .completed, at: now, rows: manifest.rows, dumpBytes: manifest.dumpBytes,
            storedBytes: manifest.storedBytes, backup: backup, verification: proof,
            failure: failure ?? outcome.verification?.failure)
        let unproved = failure.map { "Not proved: \($0.message)" } ?? "No proof was asked for"
        let shortfall = manifest.snapshot.shortfall.map { "; \($0)" } ?? ""
        let words = outcome.verification?.summary ?? unproved + shortfall
        let kind: EventKind =
            proof == .different ? .backupFailed : hadFailed ? .backupRecovered : .backupCompleted
        let watch = DatabaseWatch(catalog: catalog, database: database)
        let shrunk = try await watch.checkShrink(backup)
        try await catalog.finish(
            run.id, end,
            telling: event(
                kind, of: run, "\(backup): \(words)", hint: end.failure?.hint, backup: backup,
                verification: verification),
            // Behind it: who goes by the last message alone has to look.
            shrunk.map { event(.backupShrunk, of: run, $0, backup: backup) })
        try await watch.checkOverdue(at: now)
    }

    /// Nobody goes on with it: a backup that is in the store all the same comes into the catalog.
    private func settle(_ run: BackupRun) async {
        let appliance = appliance
        let catalog = catalog
        await Cleanup.run {
            try await LeftRun(appliance: appliance, catalog: catalog, folder: run.folder).clear()
        }
    }

    /// For whoever looks at the run later.
    private func tell(_ outcome: BackupRun.Outcome, _ failure: RunFailure?, of run: RunRecord) async {
        let manifest = outcome.manifest
        if let position = outcome.resumedAt {
            await recording.note(run.id, .info, "went on behind \(SizeText.format(position)) of an earlier process")
        }
        await recording.note(
            run.id, .info,
            "\(manifest.id): \(CountText.format(Int64(manifest.tables.count), "table")), "
                + "\(CountText.format(manifest.rows, "row")), \(SizeText.format(manifest.dumpBytes)), "
                + "\(SizeText.format(manifest.storedBytes)) stored")
        await recording.tell(run.id, what: manifest)
        if let failure { await recording.note(run.id, .warning, "not proved: \(failure.message)", hint: failure.hint) }
        guard let report = outcome.verification else { return }
        await recording.note(run.id, report.outcome == .different ? .error : .info, report.summary)
        for difference in report.differences.prefix(20) { await recording.note(run.id, .error, difference.line) }
        for sentence in report.adviceSentences { await recording.note(run.id, .error, sentence) }
        for note in report.notes where !manifest.notes.contains(note) { await recording.note(run.id, .notice, note) }
    }

    /// A run of the schedule that was stopped is owed still.
    private func fail(_ run: RunRecord, _ error: any Error) async throws {
        try? await recording.keepPhases(of: run)
        _ = try await recording.fail(run.id, error, isOwed: slot != nil) { failure in
            event(.backupFailed, of: run, failure.message, hint: failure.hint)
        }
    }

    private func event(
        _ kind: EventKind, of run: RunRecord, _ text: String, hint: String? = nil, backup: BackupID? = nil,
        verification: Int64? = nil
    ) -> EventRecord {
        EventRecord(
            at: .now, kind: kind, database: database.name, text: text, hint: hint, run: run.id, backup: backup,
            verification: verification)
    }
}

extension VerificationReport {
    /// nil where no difference was found.
    fileprivate var failure: RunFailure? {
        guard outcome == .different, let first = differences.first else { return nil }
        return RunFailure(
            code: .difference, message: "\(summary): \(first.message)",
            hint: "See all of it with: nightjar verify \(id)")
    }
}

extension BackupProof {
    package init(_ state: BackupState) {
        switch state {
        case .proved: self = .proved
        case .checked: self = .checked
        case .unproved: self = .unproved
        case .failed: self = .different
        }
    }
}
