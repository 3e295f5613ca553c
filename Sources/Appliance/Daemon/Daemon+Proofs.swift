import Catalog
import Logging
import Model
import Settings

/// Proving backups again before their last proofs grow old: between the runs, and never in their way.
extension Daemon {
    /// What is to be proved first of all databases.
    private struct Choice {
        let database: DatabaseSettings
        let backup: BackupRecord
        let deadline: Timestamp
    }

    /// Starts the proof that is due most, where nothing else is to be done.
    /// - Parameter nextRun: When the next run of the schedule begins; nil where none does.
    /// - Returns: When to look again; nil where an end of something tells.
    func proveAgain(_ now: Timestamp, before nextRun: Timestamp?) async throws -> Timestamp? {
        guard isIdle else { return nil }
        var chosen: Choice?
        for database in appliance.configuration.databases where proofs.isDue(database.name, at: now) {
            guard let choice = try await look(at: database, now) else { continue }
            if chosen.map({ choice.deadline < $0.deadline }) ?? true { chosen = choice }
        }
        guard let chosen else { return proofs.nextLook }
        // Looking took its time: a run may have begun.
        guard isIdle, !isStopping else { return nil }
        if let nextRun, let time = try await timeNeeded(for: chosen.backup),
            nextRun.seconds - now.seconds < time, chosen.deadline > nextRun
        {
            // It would not be through when the run begins, and can wait for it.
            return nil
        }
        try await survey(chosen.database).spend(chosen.backup.storedBytes, at: now)
        try begin(chosen.backup, chosen.database.verify.level, now)
        return nil
    }

    /// Whether there is nothing that proofs would be in the way of.
    private var isIdle: Bool {
        running.isEmpty && requests.entries.isEmpty && verifications.work == nil && verifications.waiting.isEmpty
    }

    private func begin(_ backup: BackupRecord, _ level: VerificationLevel, _ now: Timestamp) throws {
        _ = try verifications.add(backup, level, requester: nil, at: now)
        startVerifications()
    }

    /// Seconds that the last verification of a backup took; nil where there was none.
    private func timeNeeded(for backup: BackupRecord) async throws -> Int64? {
        let earlier = try await catalog.verifications(of: backup.id, database: backup.database)
        return earlier.first { $0.store == backup.store }.map { Int64($0.seconds.rounded(.up)) + 1 }
    }

    // MARK: The plan

    private func survey(_ database: DatabaseSettings) -> ProofSurvey {
        ProofSurvey(appliance: appliance, catalog: catalog, database: database)
    }

    private func look(at database: DatabaseSettings, _ now: Timestamp) async throws -> Choice? {
        let survey = survey(database)
        let kept = try await survey.backups(at: now)
        let plan = try await survey.plan(of: kept, at: now)
        try await tell(plan, database, now)
        // What could not be proved a moment ago rests, and others have their turn.
        var resting: Timestamp?
        let awake = kept.filter { backup in
            guard let until = proofs.rests(backup.proofKey, at: now) else { return true }
            resting = min(resting ?? until, until)
            return false
        }
        let step = resting == nil ? plan.step : try await survey.plan(of: awake, at: now).step
        let far = Timestamp(seconds: .max)
        switch step {
        case .verify(let id):
            guard let backup = awake.first(where: { $0.id == id }) else { return nil }
            let from = backup.lastProof(at: database.verify.level) ?? backup.createdAt
            return Choice(
                database: database, backup: backup,
                deadline: Timestamp(seconds: from.seconds + (database.verify.againEvery ?? 0)))
        case .wait(let time): proofs.look(at: database.name, again: min(time, resting ?? far), now: now)
        case .nothing: proofs.look(at: database.name, again: resting ?? far, now: now)
        }
        return nil
    }

    /// Raises the alarm for proofs that are too old, or takes it back.
    private func tell(_ plan: ProofPlan, _ database: DatabaseSettings, _ now: Timestamp) async throws {
        guard plan.late > 0, let text = plan.warning(at: database.verify.level) else {
            try await catalog.clear(.proof, of: database.name)
            return
        }
        let isNew = try await catalog.raise(
            AlarmRecord(database: database.name, kind: .proof, since: now, text: text))
        guard isNew else { return }
        log.warning("\(text)", metadata: ["database": "\(database.name)"])
        try await catalog.add(
            EventRecord(at: now, kind: .verificationOverdue, database: database.name, text: text))
    }

    // MARK: Making way

    /// A run begins: a proof of the routine's makes way for it, and is made later.
    func makeWay() {
        guard let work = verifications.work, work.entry.isRoutine, proofs.makesWay(work.entry.backup.proofKey) else {
            return
        }
        proofs.hasMadeWay(work.entry.backup.proofKey)
        log.info(
            "the proof makes way, and is made later",
            metadata: ["database": "\(work.entry.backup.database)", "backup": "\(work.entry.backup.id)"])
        work.running.task.cancel()
    }

    /// What follows from the end of a proof of the routine's.
    /// - Parameters:
    ///   - fraction: How much of the backup was fetched, from 0 to 1.
    ///   - failure: Why nothing could be found out; nil where something was.
    func routineEnded(_ backup: BackupRecord, fraction: Double, failure: RunFailure?) async {
        proofs.lookSoon(at: backup.database)
        guard let failure else { return proofs.ended(backup.proofKey) }
        let rest = Int64((Double(backup.storedBytes) * (1 - min(max(fraction, 0), 1))).rounded(.down))
        if rest > 0, let database = appliance.configuration.database(named: backup.database) {
            try? await survey(database).spend(-rest, at: clock.now)
        }
        guard failure.code != .cancelled else { return }
        // Once is enough: the alarm comes by itself when the proof is too old.
        if proofs.failed(backup.proofKey, at: clock.now) == 1 { await tell(failure, of: backup) }
    }
}
