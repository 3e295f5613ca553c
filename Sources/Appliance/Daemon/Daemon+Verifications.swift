import Catalog
import Dump
import Logging
import Model
import Restore
import Settings

/// Proving backups anew.
extension Daemon {
    /// Seconds for which the routine leaves a backup alone whose proof a person has ended.
    private static let restAfterCancelling: Int64 = 3600

    /// Has a backup proved as soon as its turn comes.
    /// - Parameters:
    ///   - level: nil for what its database asks for, or `restore`.
    ///   - store: nil for all that have it.
    /// - Returns: Of several stores, the first verification.
    /// - Throws: code `missing` where the catalog knows no such backup; `busy` where it is being verified, or too many wait.
    package func startVerification(
        of id: BackupID, level: VerificationLevel?, store: String? = nil, requester: String
    ) async throws -> VerificationTask {
        let copies = try await catalog.backups(withID: id).filter { store == nil || $0.store == store }
        guard let backup = appliance.preferred(copies) else {
            let place = store.map { " in the store \($0)" } ?? ""
            throw NightjarError(
                .missing, "there is no backup \(id)\(place)", hint: "See what there is with: nightjar list")
        }
        guard !isStopping else { throw NightjarError(.busy, "the daemon is stopping", isTransient: true) }
        let fallsBack = level == nil
        let level = level ?? appliance.configuration.database(named: backup.database)?.verify.wantedLevel ?? .restore
        var first: VerificationTask?
        for copy in appliance.ordered(copies) where copy == backup || appliance.stores.names.contains(copy.store) {
            // What the routine is at is theirs from now on: nobody has to wait for the same twice.
            if let task = verifications.adopt(copy, level, requester: requester) {
                first = first ?? task
                continue
            }
            do {
                let entry = try verifications.add(
                    copy, level, requester: requester, fallsBack: fallsBack, at: clock.now)
                first = first ?? entry?.task
            } catch {
                // Of several copies as many as there is room for.
                if first == nil { throw error }
            }
        }
        guard let first else { throw NightjarError(.busy, "\(id) is being verified already", isTransient: true) }
        makeWay()
        startVerifications()
        return verifications.tasks.first { $0.task == first.task } ?? first
    }

    /// Ends a backup's verifications, which a person does not want any more, in whatever stores.
    /// - Returns: The first of them as it was; it ends soon after.
    /// - Throws: code `busy` where the backup is not being verified, nor waits for it.
    package func cancelVerification(of id: BackupID) throws -> VerificationTask {
        var first: VerificationTask?
        while let entry = verifications.remove(id) {
            verifications.ended(entry, verification: nil, failure: Self.cancelled)
            first = first ?? entry.task
        }
        guard let work = verifications.work, work.entry.backup.id == id else {
            guard let first else { throw NightjarError(.busy, "\(id) is not being verified") }
            return first
        }
        if work.entry.isRoutine {
            let later = Timestamp(seconds: clock.now.seconds + Self.restAfterCancelling)
            proofs.rest(work.entry.backup.proofKey, until: later)
        }
        work.running.task.cancel()
        return work.task
    }

    private static let cancelled = RunFailure(code: .cancelled, message: "the verification was cancelled")

    /// Those that work and wait now.
    package var verificationTasks: [VerificationTask] { verifications.tasks }

    /// How the last verification of a backup ended since the daemon's start.
    package func lastVerification(of id: BackupID) -> VerificationEnd? {
        verifications.lastEnd(of: id.description)
    }

    /// Starts the one whose turn it is.
    func startVerifications() {
        guard !isStopping, let entry = verifications.next() else { return }
        let progress = RunProgress()
        let work = RecordedVerification(
            appliance: appliance, catalog: catalog, backup: entry.backup, level: entry.level,
            fallsBack: entry.fallsBack, progress: progress)
        let log = log
        let fields: Logger.Metadata = ["database": "\(entry.backup.database)", "backup": "\(entry.backup.id)"]
        let why = entry.requester.map { "asked for by \($0)" } ?? "again: the last proof grows old"
        log.info("verifying, \(why)", metadata: fields)
        let task = Task {
            do {
                let (report, verification) = try await work.run()
                log.log(level: report.outcome == .different ? .error : .notice, "\(report.summary)", metadata: fields)
                verifications.ended(entry, verification: verification, failure: nil)
                if entry.isRoutine { await routineEnded(entry.backup, fraction: 1, failure: nil) }
            } catch {
                let found = RunFailure(describing: error)
                // What was found before the end was asked for stands.
                let failure = Task.isCancelled && found.code != .difference ? Self.cancelled : found
                if !Task.isCancelled { log.error("not verified: \(ErrorText.line(error))", metadata: fields) }
                verifications.ended(entry, verification: nil, failure: failure)
                let isAwaited = !(verifications.work?.isRoutine ?? false)
                if entry.isRoutine {
                    await routineEnded(
                        entry.backup, fraction: progress.fraction ?? 0, failure: failure, tells: !isAwaited)
                }
                if isAwaited, !Task.isCancelled { await tell(failure, of: entry.backup) }
            }
            verifications.work = nil
            hasWorked = true
            proofs.lookSoon(at: entry.backup.database)
            await closeRetiredStores()
            startVerifications()
            events.continuation.yield(.turn)
        }
        verifications.work = .init(
            entry: entry, startedAt: clock.now, progress: progress,
            running: Running(task: task, stores: appliance.stores))
    }

    func tell(_ failure: RunFailure, of backup: BackupRecord) async {
        // The catalog has told of a difference itself.
        guard failure.code != .difference else { return }
        let text = "\(backup.id) could not be verified: \(failure.message)"
        _ = try? await catalog.add(
            EventRecord(
                at: clock.now, kind: .verificationFailed, database: backup.database, text: text, hint: failure.hint,
                backup: backup.id))
    }
}
