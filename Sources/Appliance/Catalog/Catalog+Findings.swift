import Catalog
import Dump
import Model

extension Catalog {
    /// Keeps what a verification found out. A difference freezes deletion until a person has looked.
    /// - Parameter store: Where the backup is.
    package func note(_ report: VerificationReport, store: String) async throws {
        guard let backup = BackupID(report.id) else { return }
        if report.outcome == .different, try backups(of: report.database).contains(where: { $0.id == backup }) {
            // First of all: whatever happens to the rest, nothing is deleted.
            let count = CountText.format(Int64(report.differences.count), "difference")
            try freezeAndTell(report.database, .difference, "verification of \(backup) found \(count)")
        }
        let isKnown = try setProof(
            BackupProof(report.outcome), of: backup, database: report.database, store: store, at: report.finishedAt)
        // Somebody else's backup, or one from before the catalog: `rebuild` brings it in.
        guard isKnown else { return }
        try add(
            VerificationRecord(
                backup: backup, database: report.database, store: store, at: report.finishedAt, level: report.level,
                outcome: report.outcome, seconds: report.totalSeconds, differences: report.differences.count,
                reportKey: nil))
        guard report.outcome == .different else { return }
        try add(
            EventRecord(
                at: .now, kind: .verificationFailed, database: report.database, text: "\(backup): \(report.summary)"))
    }

    func freezeAndTell(_ database: String, _ kind: FreezeKind, _ reason: String) throws {
        guard try freeze(database, kind: kind, reason: reason, at: .now) else { return }
        try add(
            EventRecord(at: .now, kind: .retentionFrozen, database: database, text: "deletion is frozen: \(reason)"))
    }
}
