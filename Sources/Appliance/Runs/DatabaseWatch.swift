import Catalog
import Dump
import Model
import Settings

/// Turns what is known of a database into its lasting states: frozen, shrunken, overdue.
struct DatabaseWatch: Sendable {
    let catalog: Catalog
    let database: DatabaseSettings

    /// Whether a proof is asked for; without, every backup counts.
    var asksForProof: Bool { database.verify.afterBackup != .none }

    /// Whether a backup counts as good at the level that the database asks for.
    func counts(_ proof: BackupProof) -> Bool {
        switch database.verify.afterBackup {
        case .restore: proof == .proved
        case .checksum: proof == .proved || proof == .checked
        case .none: proof != .different
        }
    }

    /// A backup as retention looks at it in one store.
    /// - Parameter all: The database's backups in all stores. What was only checked in one, as a copy of what is encrypted can
    ///   be where there is no identity, has the bytes that were proved in another, also when they are there no more.
    func candidate(_ record: BackupRecord, among all: [BackupRecord]) -> RetentionCandidate {
        let isProvedElsewhere = all.contains { copy in
            guard copy.id == record.id, copy.manifestHash == record.manifestHash, copy.manifestHash != nil else {
                return false
            }
            return copy.twinProvedAt != nil || (counts(copy.proof) && copy.proof != .unproved)
        }
        let isVerified = counts(record.proof) || (record.proof == .checked && isProvedElsewhere)
        return RetentionCandidate(
            id: record.id,
            state: record.proof == .different
                ? .different : record.proof != .unproved && isVerified ? .verified : .unproved,
            isLocked: record.isLocked)
    }

    /// Freezes deletion and raises the alarm where a backup is much smaller than those before it. Comes before the end
    /// of the run that made it: where the process is killed in between, the run is made up for, and looks again.
    /// - Returns: What has shrunk, which people are to be told with the run's end; nil where nothing has.
    func checkShrink(_ backup: BackupID) async throws -> String? {
        guard let alarm = database.alarm.shrink else { return nil }
        // It and those before it may be in several stores; one copy of each that counts is enough.
        var seen: Set<BackupID> = []
        let all = try await catalog.backups(of: database.name).filter {
            counts($0.proof) && seen.insert($0.id).inserted
        }
        let baseline = try await catalog.database(named: database.name)?.baseline
        guard let new = all.first(where: { $0.id == backup }) else { return nil }
        let earlier = all.filter { record in
            // Of what is encrypted and was never opened here nobody knows how much it holds.
            record.id != backup && record.hasFigures && (baseline.map { record.id >= $0 } ?? true)
        }
        guard let finding = alarm.finding(for: new.measure, among: earlier.map(\.measure)) else { return nil }
        try await catalog.freezeAndTell(database.name, .shrink, finding.text, backup: backup)
        try await catalog.raise(AlarmRecord(database: database.name, kind: .shrink, since: .now, text: finding.text))
        return finding.text
    }

    /// Raises the alarm for backups that did not come, or takes it back.
    /// - Returns: When it was raised just now.
    @discardableResult
    func checkOverdue(at now: Timestamp) async throws -> OverdueFinding? {
        guard let alarm = database.alarm.overdue, let policy = database.slotPolicy,
            let record = try await catalog.database(named: database.name)
        else {
            try await catalog.clear(.overdue, of: database.name)
            try await catalog.forgetFirstLook(at: database.name)
            return nil
        }
        let from = try await lastKnown(record, at: now)
        let begin = Timestamp(seconds: from.seconds + 1)
        let slots = policy.schedule.slots(in: begin..<max(now, begin), zone: database.zone).lazy
            .map { policy.start(of: $0) }
        guard let finding = alarm.finding(slotsSinceLastGood: slots, now: now, asksForProof: asksForProof) else {
            try await catalog.clear(.overdue, of: database.name)
            return nil
        }
        let isNew = try await catalog.raise(
            AlarmRecord(database: database.name, kind: .overdue, since: finding.since, text: finding.text),
            telling: EventRecord(
                at: now, kind: .backupOverdue, database: database.name, text: finding.text,
                hint: try await overdueHint()))
        return isNew ? finding : nil
    }

    /// The moment after which scheduled times ask for a backup: the newest that counts, or since when the database is known.
    ///
    /// What lies after `now` was written down under a clock that was wrong, and says nothing. Where nothing else is known
    /// either, the first look is the beginning.
    private func lastKnown(_ record: DatabaseRecord, at now: Timestamp) async throws -> Timestamp {
        let good = try await newestGood(at: now)
        guard let newest = [good, record.since].compactMap(\.self).filter({ $0 <= now }).max() else {
            return try await catalog.firstLook(at: database.name, now: now)
        }
        try await catalog.forgetFirstLook(at: database.name)
        return newest
    }

    /// When the newest backup that counts was made; nil where there is none of which that can be believed at `now`.
    private func newestGood(at now: Timestamp) async throws -> Timestamp? {
        let good = try await catalog.backups(of: database.name).filter { counts($0.proof) }
        let believed = good.first { $0.id.time <= now }?.id.time
        let ahead = Set(good.map(\.id).filter { $0.time > now })
        guard !ahead.isEmpty else { return believed }
        // After a clock that was ahead, ids go on behind those that it gave: only their runs and proofs know when these were made.
        let made = try await catalog.runs(of: database.name, limit: Int(Catalog.runsKept)).compactMap {
            run -> Timestamp? in
            guard let backup = run.backup, ahead.contains(backup) else { return nil }
            let time = min(run.startedAt, run.finishedAt ?? run.startedAt)
            return time <= now ? time : nil
        }
        let proved = good.flatMap { [$0.provedAt, $0.verifiedAt] }.compactMap(\.self).filter { $0 <= now }
        return [believed, made.max() ?? proved.min()].compactMap(\.self).max()
    }

    /// Why there was no backup, as far as the last run knows.
    private func overdueHint() async throws -> String {
        guard let last = try await catalog.lastEnd(of: database.name), last.state == .failed,
            let failure = last.failure
        else { return "See what holds it up with: nightjar status" }
        return "The last run failed: \(failure.message). \(failure.hint ?? "See what is wrong with: nightjar doctor")"
    }
}

extension BackupRecord {
    var measure: BackupMeasure { BackupMeasure(id: id, rows: rows, bytes: dumpBytes) }
}
