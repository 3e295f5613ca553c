import Catalog
import Model
import Settings

/// All there is to know of one database.
package struct DatabaseDetail: Sendable {
    /// What retention does with a backup, and why.
    package struct Fate: Sendable {
        package let backup: BackupRecord
        /// `keep`, `delete` or `locked`; nil for a backup in a store that is not one of the database's, or of a database that
        /// is no longer configured: retention does not look at it.
        package let decision: RetentionDecision?
    }

    package let overview: Overview.Database
    /// nil for a database that is no longer configured.
    package let settings: DatabaseSettings?
    /// Newest first.
    package let backups: [Fate]
    /// `keep_last: 7, keep_daily: 14`, or that every backup is kept.
    package let retention: String
    /// How old the proofs are; nil for a database that is no longer configured.
    package let proofs: ProofStanding?
    /// The backup that retention gives up next; nil where none goes for long.
    package let next: RetentionForecast?
    /// Newest first, at most 50.
    package let runs: [RunRecord]
    /// Newest first, at most 50.
    package let verifications: [VerificationRecord]
    /// Newest first, at most 50.
    package let events: [EventRecord]
    /// Exports that somebody asked for, newest first, at most 20.
    package let exports: [ExportStatus]

    /// Whether its backups are in more than one store.
    package var hasSeveralStores: Bool {
        settings.map { $0.storeNames.count > 1 } ?? false || Set(backups.map(\.backup.store)).count > 1
    }
}

/// One attempt to make a backup, with what it said.
package struct RunDetail: Sendable {
    package let run: RunRecord
    /// In the order in which they began.
    package let phases: [RunPhaseRecord]
    /// Oldest first.
    package let log: [RunLogRecord]
    /// What is proved of the moments of its backup's rows where they are not known to be from one; nil where they are, or
    /// where there is no such backup.
    package var shortfall: String?
}

/// A backup, what it holds, and how to get it back.
package struct BackupDetail: Sendable {
    /// In the store where it is looked at.
    package let record: BackupRecord
    /// In each of the stores that have it, that one included.
    package let copies: [BackupRecord]
    /// nil where the store could not be asked.
    package let manifest: Manifest?
    /// Why there is no manifest.
    package let failure: RunFailure?
    /// Newest first.
    package let verifications: [VerificationRecord]
    /// Where the store is, without secrets.
    package let location: String
    package let verifying: VerificationTask?
    /// How the last one that this daemon made has ended.
    package let verified: VerificationEnd?
    /// What retention does with it.
    package let decision: RetentionDecision?
}

/// A verification, and its report from the store.
package struct VerificationDetail: Sendable {
    package let record: VerificationRecord
    /// nil where the store could not be asked, or the report could not be kept there.
    package let report: VerificationReport?
    /// Why there is no report.
    package let failure: RunFailure?
}
