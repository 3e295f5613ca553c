import Catalog
import Dump
import Model

extension Catalog {
    /// Keeps what a verification found out. A difference freezes deletion until a person has looked.
    /// - Parameters:
    ///   - store: Where the backup is.
    ///   - key: Where the report is in that store; nil where it could not be kept there.
    @discardableResult
    package func note(_ report: VerificationReport, store: String, key: String?) async throws -> Int64? {
        guard let backup = BackupID(report.id) else { return nil }
        if report.outcome == .different, try backups(of: report.database).contains(where: { $0.id == backup }) {
            // First of all: whatever happens to the rest, nothing is deleted.
            let count = CountText.format(Int64(report.differences.count), "difference")
            try freezeAndTell(report.database, .difference, "verification of \(backup) found \(count)")
        }
        let isKnown = try setProof(
            BackupProof(report.outcome), of: backup, database: report.database, store: store, at: report.finishedAt)
        // Somebody else's backup, or one from before the catalog: `rebuild` brings it in.
        guard isKnown else { return nil }
        let id = try add(
            VerificationRecord(
                backup: backup, database: report.database, store: store, at: report.finishedAt, level: report.level,
                outcome: report.outcome, seconds: report.totalSeconds, differences: report.differences.count,
                reportKey: key))
        guard report.outcome == .different else { return id }
        try add(
            EventRecord(
                at: .now, kind: .verificationFailed, database: report.database, text: "\(backup): \(report.summary)"))
        return id
    }

    func freezeAndTell(_ database: String, _ kind: FreezeKind, _ reason: String) throws {
        guard try freeze(database, kind: kind, reason: reason, at: .now) else { return }
        try add(
            EventRecord(at: .now, kind: .retentionFrozen, database: database, text: "deletion is frozen: \(reason)"))
    }

    /// Ends the freeze of a database: a person has looked. Backups from the newest one on are what later ones are
    /// compared with.
    /// - Throws: code `missing` for a database that the catalog has never heard of.
    package func acceptAndTell(_ name: String, at now: Timestamp) throws -> (wasFrozen: Bool, reason: String?) {
        guard let record = try database(named: name) else {
            throw NightjarError(
                .missing, "the catalog knows no database \(name)", hint: "See what it knows with: nightjar status")
        }
        let wasFrozen = try accept(name, baseline: try backups(of: name).first?.id, at: now)
        let reason = record.frozen?.reason
        try add(
            EventRecord(at: now, kind: .retentionAccepted, database: name, text: reason ?? "there was no freeze"))
        return (wasFrozen, reason)
    }
}
