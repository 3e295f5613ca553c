import Catalog
import Dump
import Logging
import Model
import Settings

/// Proving backups again before their last proofs grow old: between the runs, and never in their way.
extension Daemon {
    /// Starts the proof that is due most, where nothing else is to be done; one that cannot wait any more, beside runs.
    /// - Parameter nextRun: When the next run of the schedule begins; nil where none does.
    /// - Returns: When to look again; nil where an end of something tells.
    func proveAgain(_ now: Timestamp, before nextRun: Timestamp?) async throws -> Timestamp? {
        for database in appliance.configuration.databases where proofs.isDue(database.name, at: now) {
            try await look(at: database, now)
        }
        // Looking took its time: a run may have begun, or somebody may have asked. From here on nobody comes in between.
        let isFree = !isStopping && verifications.work == nil && verifications.waiting.isEmpty
        guard isFree, !running.values.contains(where: \.needsSpace) else { return proofs.nextLook(after: now) }
        let isQuiet = running.isEmpty && requests.entries.isEmpty
        guard let choice = proofs.begin(isQuiet: isQuiet, before: nextRun, at: now) else {
            return proofs.nextLook(after: now)
        }
        let backup = choice.backup
        _ = try verifications.add(backup, choice.level, requester: nil, at: now)
        startVerifications()
        if let database = appliance.configuration.database(named: backup.database) {
            try await survey(database).settle(spent: backup.storedBytes, at: now)
        }
        return proofs.nextLook(after: now)
    }

    // MARK: The plan

    private func survey(_ database: DatabaseSettings) -> ProofSurvey {
        ProofSurvey(appliance: appliance, catalog: catalog, database: database)
    }

    /// Finds out what is to be proved next of a database, or when to look again.
    private func look(at database: DatabaseSettings, _ now: Timestamp) async throws {
        let stock = try await survey(database).stock(at: now)
        let plan = proofs.look(at: stock, now: now)
        do {
            try await tell(plan, database, now)
        } catch {
            // The next turn tells.
            proofs.lookSoon(at: database.name)
            throw error
        }
    }

    /// Raises the alarm for proofs that are too old, or takes it back.
    private func tell(_ plan: ProofPlan, _ database: DatabaseSettings, _ now: Timestamp) async throws {
        guard plan.late > 0, let warning = plan.warning(at: database.verify.level) else {
            // A budget or a time that does not suffice makes the next one late soon.
            if plan.shortage == nil, plan.timeShortage == nil, proofs.mayBeAlarmed(database.name) {
                try await catalog.clear(.proof, of: database.name)
                proofs.calmed(database.name)
            }
            return
        }
        let text = proofs.obstacle(of: database.name).map { "\(warning). The last attempt failed: \($0)" } ?? warning
        proofs.alarmed(database.name)
        try await catalog.raise(AlarmRecord(database: database.name, kind: .proof, since: now, text: text))
        guard proofs.tells(of: database.name, at: now) else { return }
        log.warning("\(text)", metadata: ["database": "\(database.name)"])
        try await catalog.add(
            EventRecord(at: now, kind: .verificationOverdue, database: database.name, text: text))
        proofs.hasTold(of: database.name, at: now)
    }

    // MARK: Making way

    /// Somebody else's work begins: a proof of the routine's makes way for it where it can, and is made later.
    /// - Parameter needsSpace: Whether that work failed before for want of disk space, of which the proof holds some.
    /// - Returns: What to wait for; nil where nothing is in the way, or what is goes on beside it.
    @discardableResult
    func makeWay(needsSpace: Bool = false) -> Task<Void, Never>? {
        guard let work = verifications.work, work.isRoutine else { return nil }
        let task = work.running.task
        // It is on its way out already.
        guard !task.isCancelled else { return task }
        let backup = work.entry.backup
        let fetched = backup.bytesFetched(work.progress.fraction ?? 0)
        guard proofs.makesWay(backup.proofKey, fetched: fetched, needsSpace: needsSpace, at: clock.now) else {
            return nil
        }
        log.info(
            "the proof makes way, and is made later",
            metadata: ["database": "\(backup.database)", "backup": "\(backup.id)"])
        task.cancel()
        return task
    }

    /// What follows from the end of a proof of the routine's.
    /// - Parameters:
    ///   - fraction: How much of the backup was fetched, from 0 to 1.
    ///   - failure: Why nothing could be found out; nil where something was.
    ///   - tells: Whether people hear of a failure: once is enough, the alarm comes by itself when the proof is too old.
    func routineEnded(
        _ backup: BackupRecord, fraction: Double, failure: RunFailure?, tells: Bool = true
    ) async {
        guard let failure else { return proofs.ended(backup.proofKey) }
        proofs.stopped()
        let database = appliance.configuration.database(named: backup.database)
        if let database {
            let refund = backup.storedBytes - backup.bytesFetched(fraction)
            try? await survey(database).settle(refund: refund, at: clock.now)
        }
        guard failure.code != .cancelled else { return }
        let count = proofs.failed(
            backup.proofKey, failure, fraction: fraction, againEvery: database?.verify.againEvery, at: clock.now)
        if count == 1, tells { await tell(failure, of: backup) }
    }
}
