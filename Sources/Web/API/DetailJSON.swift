import Appliance
import Catalog
import Model

/// All there is to know of one thing, as the API shows it.
struct DatabaseDetailJSON: Encodable {
    let database: Overview.Database
    /// What is kept, in words.
    let retention: String
    /// How old its proofs are; left out where it is no longer configured.
    let proofs: ProofStanding?
    let backups: [BackupJSON]
    let runs: [RunJSON]
    let verifications: [VerificationJSON]
    let events: [EventJSON]
    let exports: [ExportStatus]

    init(_ detail: DatabaseDetail) {
        database = detail.overview
        retention = detail.retention
        proofs = detail.proofs
        backups = detail.backups.map { BackupJSON($0.backup, $0.decision) }
        runs = detail.runs.map { RunJSON($0) }
        verifications = detail.verifications.map { VerificationJSON($0) }
        events = detail.events.map { EventJSON($0) }
        exports = detail.exports
    }
}

struct RunDetailJSON: Encodable {
    let run: RunJSON
    let phases: [PhaseJSON]
    let log: [LogLineJSON]

    init(_ detail: RunDetail) {
        run = RunJSON(detail.run)
        phases = detail.phases.map { PhaseJSON($0) }
        log = detail.log.map { LogLineJSON($0) }
    }
}

struct BackupDetailJSON: Encodable {
    /// In the store where it is looked at.
    let backup: BackupJSON
    /// In each of the stores that have it.
    let copies: [BackupJSON]
    /// Where the store is.
    let location: String
    /// Left out where the store could not be asked.
    let manifest: Manifest?
    /// Why there is no manifest.
    let failure: RunFailure?
    let verifications: [VerificationJSON]
    let verifying: VerificationTask?
    /// How the last one that this daemon made has ended.
    let verified: VerificationEnd?

    init(_ detail: BackupDetail) {
        backup = BackupJSON(detail.record, detail.decision)
        copies = detail.copies.map { BackupJSON($0, nil) }
        location = detail.location
        manifest = detail.manifest
        failure = detail.failure
        verifications = detail.verifications.map { VerificationJSON($0) }
        verifying = detail.verifying
        verified = detail.verified
    }
}

struct VerificationDetailJSON: Encodable {
    let verification: VerificationJSON
    /// Left out where the store could not be asked, or the report could not be kept there.
    let report: VerificationReport?
    /// Why there is no report.
    let failure: RunFailure?

    init(_ detail: VerificationDetail) {
        verification = VerificationJSON(detail.record)
        report = detail.report
        failure = detail.failure
    }
}
