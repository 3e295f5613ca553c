import Appliance
import Catalog
import Model

/// What the catalog holds, as the API shows it: names as in the `--json` output of the command line. What is not known is
/// left out.
struct RunJSON: Encodable {
    let id: Int64
    let database: String
    let trigger: String
    let state: String
    let phase: String
    let attempt: Int
    let slot: Timestamp?
    let missed: Int
    let startedAt: Timestamp
    let finishedAt: Timestamp?
    let rows: Int64
    let dumpBytes: Int64
    let storedBytes: Int64
    let fraction: Double?
    let secondsLeft: Int64?
    let backup: String?
    let verification: String?
    let failure: RunFailure?

    init(_ run: RunRecord) {
        id = run.id
        database = run.database
        trigger = run.trigger.rawValue
        state = run.state.rawValue
        phase = run.phase.rawValue
        attempt = run.attempt
        slot = run.slot
        missed = run.missed
        startedAt = run.startedAt
        finishedAt = run.finishedAt
        rows = run.rows
        dumpBytes = run.dumpBytes
        storedBytes = run.storedBytes
        fraction = run.fraction
        secondsLeft = run.secondsLeft
        backup = run.backup?.description
        verification = run.verification?.rawValue
        failure = run.failure
    }
}

struct PhaseJSON: Encodable {
    let phase: String
    let attempt: Int
    let at: Timestamp

    init(_ phase: RunPhaseRecord) {
        self.phase = phase.phase.rawValue
        attempt = phase.attempt
        at = phase.at
    }
}

struct LogLineJSON: Encodable {
    let at: Timestamp
    let level: String
    let text: String
    let hint: String?

    init(_ line: RunLogRecord) {
        at = line.at
        level = line.level.rawValue
        text = line.text
        hint = line.hint
    }
}

struct BackupJSON: Encodable {
    let id: String
    let database: String
    let store: String
    let createdAt: Timestamp
    let rows: Int64
    let dumpBytes: Int64
    let storedBytes: Int64
    let state: String
    let provedAt: Timestamp?
    let verifiedAt: Timestamp?
    let locked: Bool
    /// What is proved of the moments of its rows, in words, where they are not known to be from one.
    let shortfall: String?
    let retention: RetentionJSON?

    init(_ backup: BackupRecord, _ decision: RetentionDecision? = nil) {
        id = backup.id.description
        database = backup.database
        store = backup.store
        createdAt = backup.createdAt
        rows = backup.rows
        dumpBytes = backup.dumpBytes
        storedBytes = backup.storedBytes
        state = Self.state(of: backup.proof).rawValue
        provedAt = backup.provedAt
        verifiedAt = backup.verifiedAt
        locked = backup.isLocked
        shortfall = backup.shortfall
        retention = decision.map { RetentionJSON($0) }
    }

    /// `failed`, where a difference was found, as `list --json` has it.
    static func state(of proof: BackupProof) -> BackupState {
        switch proof {
        case .proved: .proved
        case .checked: .checked
        case .unproved: .unproved
        case .different: .failed
        }
    }
}

struct RetentionJSON: Encodable {
    let action: String
    let reasons: [String]
    /// Whether only a freeze keeps it.
    let wouldDelete: Bool

    init(_ decision: RetentionDecision) {
        action = decision.action.rawValue
        reasons = decision.reasons.map(\.text)
        wouldDelete = decision.wouldDelete
    }
}

struct VerificationJSON: Encodable {
    let id: Int64
    let backup: String
    let database: String
    let store: String
    let at: Timestamp
    let level: String
    let outcome: String
    let seconds: Double
    let differences: Int
    /// The report's key in the store.
    let reportKey: String?

    init(_ verification: VerificationRecord) {
        id = verification.id
        backup = verification.backup.description
        database = verification.database
        store = verification.store
        at = verification.at
        level = verification.level.rawValue
        outcome = verification.outcome.rawValue
        seconds = verification.seconds
        differences = verification.differences
        reportKey = verification.reportKey
    }
}

struct EventJSON: Encodable {
    let id: Int64
    let at: Timestamp
    let kind: String
    let database: String?
    let text: String

    init(_ event: EventRecord) {
        id = event.id
        at = event.at
        kind = event.kind.rawValue
        database = event.database
        text = event.text
    }
}
