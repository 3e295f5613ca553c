import Catalog
import Dump
import Model

extension Catalog {
    /// Has nothing deleted any more where a verification found a difference, and tells of it: the first of what is done
    /// about it, whatever becomes of the process meanwhile. `note` does the rest.
    /// - Returns: When the verification ended, as the catalog has it: another one may have ended in the same second, and has
    ///   that to itself. `note` has to be told of the same moment.
    func warn(of report: VerificationReport, store: String) throws -> Timestamp {
        guard report.outcome == .different, let backup = BackupID(report.id) else { return report.finishedAt }
        var report = report
        var found = VerificationRecord(report, of: backup, store: store, key: nil)
        while try kept(found) != nil {
            report.finishedAt = Timestamp(seconds: report.finishedAt.seconds + 1)
            found = VerificationRecord(report, of: backup, store: store, key: nil)
        }
        _ = try keep(found, Self.reason(report), report.summary, isOnlyDrill: report.isOnlyDrill)
        return report.finishedAt
    }

    /// Keeps what a verification found out. A difference freezes deletion until a person has looked; where `warn` has
    /// said so already, people hear nothing more.
    /// - Parameters:
    ///   - store: Where the backup is.
    ///   - key: Where the report is in that store; nil where it could not be kept there.
    ///   - tellsOfProof: Whether people hear of one that has found no difference; the end of a run says it as well.
    /// - Returns: The verification's id; nil where the catalog does not know the backup.
    @discardableResult
    package func note(
        _ report: VerificationReport, store: String, key: String?, tellsOfProof: Bool = true
    ) throws -> Int64? {
        guard let backup = BackupID(report.id) else { return nil }
        let found = VerificationRecord(report, of: backup, store: store, key: key)
        let warned = try kept(found)
        return try keep(
            found, Self.reason(report), report.summary,
            isTold: warned?.outcome == .different && warned?.reportKey == nil, isOnlyDrill: report.isOnlyDrill,
            tellsOfProof: tellsOfProof)
    }

    /// The verification of the same backup that ended in the same second; nil where there is none.
    private func kept(_ found: VerificationRecord) throws -> VerificationRecord? {
        try verifications(of: found.backup, database: found.database)
            .first { $0.store == found.store && $0.at == found.at }
    }

    /// Keeps a difference that there is no report of: the manifest is not what was written, or nothing can be made of it.
    /// - Parameters:
    ///   - failure: What was thrown, with the code `difference`.
    ///   - level: What it takes to take the difference back.
    ///   - isTold: Whether deletion is frozen for it already, and a person hears of it otherwise.
    @discardableResult
    func note(
        difference failure: any Failure, of keys: BackupKeys, store: String, level: VerificationLevel,
        at now: Timestamp, isTold: Bool = false
    ) throws -> Int64? {
        // Each verification has a second of its own.
        let taken = Set(
            try verifications(of: keys.id, database: keys.database).filter { $0.store == store }.map(\.at.seconds))
        var second = now.seconds
        while taken.contains(second) { second += 1 }
        return try keep(
            VerificationRecord(
                backup: keys.id, database: keys.database, store: store, at: Timestamp(seconds: second), level: level,
                outcome: .different, seconds: 0, differences: 1, reportKey: nil),
            "verification of \(keys.id): \(failure.message)", failure.message, isTold: isTold)
    }

    /// - Parameters:
    ///   - reason: For a freeze.
    ///   - words: For an event.
    ///   - isTold: Whether there is a freeze, and an event, already.
    ///   - isOnlyDrill: Whether the user's drill alone is why it is different.
    private func keep(
        _ found: VerificationRecord, _ reason: String, _ words: String, isTold: Bool = false,
        isOnlyDrill: Bool = false, tellsOfProof: Bool = false
    ) throws -> Int64? {
        let isNews = found.outcome == .different && !isTold
        if isNews {
            // First of all: whatever happens to the rest, nothing is deleted.
            try freeze(for: found.backup, database: found.database, reason)
        }
        // Not of somebody else's backup, nor of one from before the catalog: `rebuild` brings it in.
        return try addProof(found, isOnlyDrill: isOnlyDrill) { id in
            guard isNews || (tellsOfProof && found.outcome != .different) else { return nil }
            return EventRecord(
                at: .now, kind: isNews ? .verificationFailed : .verificationCompleted, database: found.database,
                text: "\(found.backup): \(words)",
                hint: isNews ? "See all of it with: nightjar verify \(found.backup)" : nil, backup: found.backup,
                verification: id)
        }
    }

    private func freeze(for backup: BackupID, database: String, _ reason: String) throws {
        guard try backups(of: database).contains(where: { $0.id == backup }) else { return }
        try freezeAndTell(database, .difference, reason, backup: backup)
    }

    private static func reason(_ report: VerificationReport) -> String {
        let count = CountText.format(Int64(report.differences.count), "difference")
        return "verification of \(report.id) found \(count)"
    }

    func freezeAndTell(
        _ database: String, _ kind: FreezeKind, _ reason: String, backup: BackupID? = nil
    ) throws {
        let now = Timestamp.now
        try freeze(
            database, kind: kind, reason: reason, at: now,
            telling: EventRecord(
                at: now, kind: .retentionFrozen, database: database, text: "deletion is frozen: \(reason)",
                backup: backup))
    }

    /// Ends the freeze of a database: a person has looked. Backups from the newest one on are what later ones are
    /// compared with.
    /// - Throws: code `missing` for a database that the catalog has never heard of.
    package func acceptAndTell(_ name: String, at now: Timestamp) throws -> (wasFrozen: Bool, reason: String?) {
        guard let record = try database(named: name) else {
            throw NightjarError(
                .missing, "the catalog knows no database \(name)", hint: "See what it knows with: nightjar status")
        }
        let reason = record.frozen?.reason
        let wasFrozen = try accept(
            name, baseline: try backups(of: name).first?.id, at: now,
            telling: EventRecord(
                at: now, kind: .retentionAccepted, database: name, text: reason ?? "there was no freeze"))
        return (wasFrozen, reason)
    }
}

extension VerificationRecord {
    init(_ report: VerificationReport, of backup: BackupID, store: String, key: String?) {
        self.init(
            backup: backup, database: report.database, store: store, at: report.finishedAt, level: report.level,
            outcome: report.outcome, seconds: report.totalSeconds, differences: report.differences.count,
            reportKey: key)
    }
}
