import Catalog
import Dump
import Model
import Restore
import Settings
import Storage

/// A backup run with its record in the catalog: what it did, what came of it, and what retention made of that.
package struct RecordedRun: Sendable {
    /// How long a store may take for the configuration.
    private static let keepingPatience = Duration.seconds(60)

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
            "\(goesOn ? "goes on" : "backs up") \(database.shownSource) to \(database.storesInWords)")
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
            for store in blamed(for: error) { await StoreWatch(catalog: catalog, store: store).note(error) }
            if let facts = try? run.folder.facts { await tell(dropped: facts, of: record) }
            if slot == nil { await settle(run) }
            throw error
        }
        // Before the end: whoever waits for that finds all that belongs to the run.
        await keepConfiguration(in: outcome.copies.map(\.store), record)
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
        for copy in outcome.copies {
            let watch = StoreWatch(catalog: catalog, store: copy.store)
            if let failure = copy.verificationFailure { await watch.note(failure) } else { await watch.noteAnswer() }
        }
        for (store, error) in outcome.dropped {
            await StoreWatch(catalog: catalog, store: store).note(dropping: error, of: outcome.manifest.id)
        }
        try run.folder.remove()
        return outcome
    }

    /// The stores of which an error tells: all, where it does not say.
    private func blamed(for error: any Error) -> [String] {
        guard database.storeNames.count > 1, let location = (error as? StoreError)?.location else {
            return database.storeNames
        }
        return database.storeNames.filter { (try? appliance.stores.store(named: $0).location) == location }
    }

    /// Stores without which a run went on that has failed all the same.
    private func tell(dropped facts: RunFolder.Facts, of run: RunRecord) async {
        for place in facts.stores {
            guard let failure = place.dropped else { continue }
            await recording.note(
                run.id, .warning, "went on without the store \(place.name): \(failure.message)", hint: failure.hint)
        }
    }

    /// With it a burnt machine is rebuilt. The backup does not depend on it: a store that has just stopped answering
    /// must not keep the catalog from hearing of a backup, least of all when the daemon is to end.
    private func keepConfiguration(in stores: [String], _ run: RunRecord) async {
        let keeping = ConfigurationKeeping(appliance: appliance)
        let patience = Task.isCancelled ? Uncancelled.patience : Self.keepingPatience
        await withTaskGroup { group in
            for store in stores {
                group.addTask {
                    do {
                        try await Uncancelled.run(atMost: patience) { try await keeping.keep(in: store) }
                    } catch {
                        let why = RunFailure(describing: error).message
                        await recording.note(
                            run.id, .warning, "the configuration could not be kept in the store \(store): \(why)")
                    }
                }
            }
        }
    }

    // MARK: The end

    private func complete(_ run: RunRecord, _ outcome: BackupRun.Outcome) async throws {
        let manifest = outcome.manifest
        guard let backup = BackupID(manifest.id) else {
            throw NightjarError(.internal, "\(manifest.id) is no backup's id")
        }
        let decisive = outcome.decisive
        let failure = decisive.verificationFailure.map { RunFailure(describing: $0) }
        let proof = decisive.proof
        let now = Timestamp.now
        var verification: Int64?
        for copy in outcome.copies {
            let id = try await take(down: copy, of: backup, manifest, at: now)
            if copy.store == decisive.store { verification = id }
        }
        try await recording.keepPhases(of: run)
        await tell(outcome, of: run)
        let hadFailed = try await catalog.lastEnd(of: database.name)?.state == .failed
        let short = outcome.shortOfStores.map { "; \($0)" } ?? ""
        let end = RunEnd(
            proof == .different ? .failed : .completed, at: now, rows: manifest.rows, dumpBytes: manifest.dumpBytes,
            storedBytes: manifest.storedBytes, backup: backup, verification: proof,
            failure: failure ?? decisive.verification?.failure)
        let unproved = failure.map { "Not proved: \($0.message)" } ?? "No proof was asked for"
        let shortfall = manifest.snapshot.shortfall.map { "; \($0)" } ?? ""
        let words = (decisive.verification?.summary ?? unproved + shortfall) + short
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

    /// Brings the backup of one store into the catalog.
    /// - Returns: The verification's id; nil where there was none.
    private func take(
        down copy: BackupRun.Copy, of backup: BackupID, _ manifest: Manifest, at now: Timestamp
    ) async throws -> Int64? {
        let proof = copy.proof
        if proof == .different {
            let count = copy.verification.map { CountText.format(Int64($0.differences.count), "difference") }
            let failure = copy.verificationFailure.map { RunFailure(describing: $0).message }
            let found = count ?? failure ?? "a difference"
            let place = database.storeNames.count > 1 ? " in the store \(copy.store)" : ""
            let reason = "verification of \(backup)\(place) found \(found)"
            try await catalog.freezeAndTell(database.name, .difference, reason, backup: backup)
        }
        try await catalog.record(
            BackupRecord(
                id: backup, database: database.name, store: copy.store, createdAt: backup.time,
                rows: manifest.rows, dumpBytes: manifest.dumpBytes, storedBytes: manifest.storedBytes, proof: proof,
                provedAt: proof == .proved ? now : nil, verifiedAt: copy.verification == nil ? nil : now,
                shortfall: manifest.snapshot.shortfall, manifestHash: copy.manifestHash))
        if let difference = copy.verificationFailure as? any Failure, difference.code == .difference {
            // Without it no later verification could take the difference back.
            return try await catalog.note(
                difference: difference, of: BackupKeys(database: database.name, id: backup),
                store: copy.store, level: copy.failureLevel, at: now, isTold: true)
        }
        guard let report = copy.verification else { return nil }
        return try await catalog.note(report, store: copy.store, key: copy.reportKey, tellsOfProof: false)
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
    private func tell(_ outcome: BackupRun.Outcome, of run: RunRecord) async {
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
        for (store, error) in outcome.dropped.sorted(by: { $0.key < $1.key }) {
            let failure = RunFailure(describing: error)
            await recording.note(
                run.id, .warning, "not in the store \(store), to which it is copied later: \(failure.message)",
                hint: failure.hint)
        }
        for copy in outcome.copies { await tell(copy, manifest, of: run) }
    }

    private func tell(_ copy: BackupRun.Copy, _ manifest: Manifest, of run: RunRecord) async {
        let place = database.storeNames.count > 1 ? "\(copy.store): " : ""
        if let error = copy.verificationFailure {
            let failure = RunFailure(describing: error)
            await recording.note(run.id, .warning, "\(place)not proved: \(failure.message)", hint: failure.hint)
        }
        guard let report = copy.verification else { return }
        await recording.note(run.id, report.outcome == .different ? .error : .info, place + report.summary)
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
