import Catalog
import Dump
import Glibc
import Model
import Restore
import Settings

/// A backup run with its record in the catalog: what it did, what came of it, and what retention made of that.
package struct RecordedRun: Sendable {
    /// How often the catalog hears how far a run is.
    private static let reportInterval = Duration.seconds(2)

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
    package let progress: RunProgress

    package init(
        appliance: Appliance, catalog: Catalog, database: DatabaseSettings, trigger: RunTrigger,
        slot: Timestamp? = nil, missed: Int = 0, attempt: Int = 1, goesOn: Bool = false,
        verifyAfterBackup: VerificationLevel? = nil,
        progress: RunProgress
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
        self.progress = progress
    }

    /// - Throws: `RunInProgress`, code `busy`, where a run of that database is under way; what `BackupRun` throws.
    package func run() async throws -> BackupRun.Outcome {
        let (lock, record) = try await begin()
        let reporting = Task { await report(record.id) }
        defer {
            reporting.cancel()
            withExtendedLifetime(lock) {}
        }
        let outcome: BackupRun.Outcome
        let run = BackupRun(
            appliance: appliance, catalog: catalog, database: database, verifyAfterBackup: verifyAfterBackup,
            slot: slot, missed: missed,
            progress: progress)
        do {
            outcome = try await run.run()
        } catch {
            // Why there is no backup matters more than a catalog that is away, too.
            try? await fail(record.id, error)
            throw error
        }
        do {
            try await complete(record.id, outcome)
        } catch {
            throw NightjarError(
                .io,
                "\(outcome.manifest.id) is in the store, but the catalog could not take it down: "
                    + RunFailure(describing: error).message,
                hint: "When the catalog can be written again: nightjar rebuild",
                isTransient: (error as? any Failure)?.isTransient ?? false, cause: error)
        }
        try run.folder.remove()
        return outcome
    }

    private func begin() async throws -> (RunLock, RunRecord) {
        let folder = try StateDirectory(path: appliance.configuration.stateDirectory).path
        let start = RunStart(
            database: database.name, trigger: trigger, slot: slot, missed: missed, attempt: attempt, at: .now,
            goesOn: goesOn)
        guard let lock = try RunLock.acquire(database.name, stateDirectory: folder) else {
            // Its record says which one it is, unless that very moment writes it.
            if let run = try await catalog.activeRuns().first(where: { $0.database == database.name }) {
                throw RunInProgress(run: run)
            }
            throw NightjarError(
                .busy, "another process is backing up \(database.name)", hint: "Try again when it is through.",
                isTransient: true)
        }
        do {
            return (lock, try await catalog.begin(start))
        } catch let error as RunInProgress {
            // Nobody holds its lock: it ended with its process.
            let end = RunEnd(.interrupted, at: .now, failure: Self.interruption)
            try await catalog.finish(error.run.id, end)
            return (lock, try await catalog.begin(start))
        }
    }

    static let interruption = RunFailure(
        code: .cancelled, message: "its process ended in the middle of the run",
        hint: "The next run goes on where it can, and makes a whole backup otherwise.")

    private func report(_ id: Int64) async {
        while (try? await Task.sleep(for: Self.reportInterval)) != nil {
            let record = RunProgressRecord(
                phase: progress.phase.recorded, attempt: attempt, rows: progress.rows, dumpBytes: progress.dumpBytes,
                storedBytes: progress.storedBytes, fraction: progress.fraction,
                secondsLeft: progress.timeLeft?.components.seconds)
            // A catalog that is away fails the run at its end, where it matters.
            _ = try? await catalog.update(id, progress: record)
        }
    }

    // MARK: The end

    private func complete(_ id: Int64, _ outcome: BackupRun.Outcome) async throws {
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
            try await catalog.freezeAndTell(database.name, .difference, reason)
        }
        try await catalog.record(
            BackupRecord(
                id: backup, database: database.name, store: database.storeName, createdAt: backup.time,
                rows: manifest.rows, dumpBytes: manifest.dumpBytes, storedBytes: manifest.storedBytes, proof: proof,
                provedAt: proof == .proved ? now : nil, verifiedAt: outcome.verification == nil ? nil : now))
        let hadFailed = try await catalog.lastEnd(of: database.name)?.state == .failed
        try await catalog.finish(
            id,
            RunEnd(
                proof == .different ? .failed : .completed, at: now, rows: manifest.rows,
                dumpBytes: manifest.dumpBytes, storedBytes: manifest.storedBytes, backup: backup, verification: proof,
                failure: failure ?? outcome.verification?.failure))
        let watch = DatabaseWatch(catalog: catalog, database: database)
        if let report = outcome.verification {
            try await catalog.note(report, store: database.storeName)
        }
        let words = outcome.verification?.summary ?? "Not proved"
        try await catalog.add(
            EventRecord(
                at: now, kind: proof == .different ? .backupFailed : hadFailed ? .backupRecovered : .backupCompleted,
                database: database.name, text: "\(backup): \(words)"))
        try await watch.checkShrink(backup)
        try await watch.checkOverdue(at: now)
    }

    private func fail(_ id: Int64, _ error: any Error) async throws {
        let isStopped = Task.isCancelled || error is CancellationError || (error as? any Failure)?.code == .cancelled
        // A run of the schedule that was stopped is owed still.
        let state: RunEnd.State = isStopped ? (slot == nil ? .cancelled : .interrupted) : .failed
        let failure = RunFailure(describing: error)
        try await catalog.finish(id, RunEnd(state, at: .now, failure: failure))
        guard !isStopped else { return }
        try await catalog.add(
            EventRecord(at: .now, kind: .backupFailed, database: database.name, text: failure.message))
    }
}

extension RunFailure {
    init(describing error: any Error) {
        if let failure = error as? any Failure {
            self.init(failure)
        } else if error is CancellationError {
            self.init(code: .cancelled, message: "stopped")
        } else {
            self.init(code: .internal, message: "\(error)")
        }
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

extension RunProgress.Phase {
    fileprivate var recorded: RunPhase {
        switch self {
        case .waiting: .waiting
        case .snapshot: .snapshot
        case .export: .export
        case .verify: .verify
        }
    }
}
