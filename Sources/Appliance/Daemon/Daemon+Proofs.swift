import Catalog
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
        guard !isStopping, verifications.work == nil, verifications.waiting.isEmpty else { return proofs.nextLook }
        let isQuiet = running.isEmpty && requests.entries.isEmpty
        let choice = proofs.choicesInOrder.first { choice in
            choice.isUrgent(at: now) || (isQuiet && choice.fits(before: nextRun, at: now))
        }
        guard let choice else { return proofs.nextLook }
        proofs.lookSoon(at: choice.database.name)
        _ = try verifications.add(choice.backup, choice.database.verify.level, requester: nil, at: now)
        startVerifications()
        try await survey(choice.database).spend(choice.backup.storedBytes, at: now)
        return proofs.nextLook
    }

    // MARK: The plan

    private func survey(_ database: DatabaseSettings) -> ProofSurvey {
        ProofSurvey(appliance: appliance, catalog: catalog, database: database)
    }

    /// Finds out what is to be proved next of a database, or when to look again.
    private func look(at database: DatabaseSettings, _ now: Timestamp) async throws {
        let survey = survey(database)
        let kept = try await survey.backups(at: now)
        let plan = try await survey.plan(of: kept, at: now)
        try await tell(plan, database, now)
        // What could not be proved a moment ago rests, and others have their turn.
        let rests = kept.compactMap { proofs.rest(of: $0.proofKey, at: now) }
        let awake = kept.filter { proofs.rest(of: $0.proofKey, at: now) == nil }
        let step = rests.isEmpty ? plan.step : try await survey.plan(of: awake, at: now).step
        let resting = rests.min() ?? Timestamp(seconds: .max)
        switch step {
        case .verify(let id):
            guard let backup = survey.stalest(of: awake.filter { $0.id == id }) else { return }
            let earlier = try await catalog.verifications(of: backup.id, database: backup.database)
            proofs.choose(
                .init(
                    database: database, backup: backup, deadline: survey.deadline(of: backup),
                    timeNeeded: earlier.first { $0.store == backup.store }.map { Int64($0.seconds.rounded(.up)) + 1 }))
        case .wait(let time): proofs.look(at: database.name, again: min(time, resting), now: now)
        case .nothing: proofs.look(at: database.name, again: resting, now: now)
        }
    }

    /// Raises the alarm for proofs that are too old, or takes it back.
    private func tell(_ plan: ProofPlan, _ database: DatabaseSettings, _ now: Timestamp) async throws {
        guard plan.late > 0, let text = plan.warning(at: database.verify.level) else {
            // A budget that does not suffice makes the next one late soon.
            if plan.shortage == nil, proofs.calmsDown(database.name) {
                try await catalog.clear(.proof, of: database.name)
            }
            return
        }
        try await catalog.raise(AlarmRecord(database: database.name, kind: .proof, since: now, text: text))
        guard proofs.tells(of: database.name, at: now) else { return }
        log.warning("\(text)", metadata: ["database": "\(database.name)"])
        try await catalog.add(
            EventRecord(at: now, kind: .verificationOverdue, database: database.name, text: text))
    }

    // MARK: Making way

    /// Somebody else's work begins: a proof of the routine's makes way for it, and is made later.
    /// - Returns: What to wait for; nil where nothing is in the way, or what is has made way often enough.
    @discardableResult
    func makeWay() -> Task<Void, Never>? {
        guard let work = verifications.work, work.isRoutine else { return nil }
        let backup = work.entry.backup
        let isUrgent =
            appliance.configuration.database(named: backup.database).map { database in
                ProofRoutine.Choice(
                    database: database, backup: backup, deadline: survey(database).deadline(of: backup),
                    timeNeeded: nil
                ).isUrgent(at: clock.now)
            } ?? false
        guard !isUrgent, proofs.makesWay(backup.proofKey) else { return nil }
        log.info(
            "the proof makes way, and is made later",
            metadata: ["database": "\(backup.database)", "backup": "\(backup.id)"])
        work.running.task.cancel()
        return work.running.task
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
        let rest = Int64((Double(backup.storedBytes) * (1 - min(max(fraction, 0), 1))).rounded(.down))
        if let database = appliance.configuration.database(named: backup.database) {
            try? await survey(database).refund(rest, at: clock.now)
        }
        guard failure.code != .cancelled else { return }
        let count = proofs.failed(backup.proofKey, failure.code, fraction: fraction, at: clock.now)
        if count == 1, tells { await tell(failure, of: backup) }
    }
}
