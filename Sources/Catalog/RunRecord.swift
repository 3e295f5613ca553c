import Model

/// Who asked for a run.
package enum RunTrigger: String, Sendable, CaseIterable {
    case schedule
    case command
    case api
    /// Makes an export that somebody asked for, and so no backup: see `ExportRecord`.
    case export

    package var kind: RunKind { self == .export ? .export : .backup }
}

/// Where a run stands.
package enum RunState: String, Sendable, CaseIterable {
    /// Waits for its turn.
    case queued
    case running
    /// The backup is there, and verified as far as its database asks for and as was possible.
    case completed
    case failed
    /// A person, or the service's stop, ended it.
    case cancelled
    /// Its process ended without a word.
    case interrupted

    /// Whether the run has not ended yet.
    package var isActive: Bool { self == .queued || self == .running }
}

/// What a run does at the moment, or did last.
package enum RunPhase: String, Sendable, CaseIterable {
    case waiting
    case snapshot
    case export
    case verify
    case prune
}

/// Why a run did not end well.
package struct RunFailure: Sendable, Equatable, Codable {
    package let code: FailureCode
    /// What happened, and to what.
    package let message: String
    /// What a person can do.
    package let hint: String?

    package init(code: FailureCode, message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package init(_ failure: any Failure) {
        self.init(code: failure.code, message: failure.message, hint: failure.hint)
    }
}

/// One attempt to make a backup, as the catalog knows it.
package struct RunRecord: Sendable, Equatable, Identifiable {
    /// Never given twice, also after the run is forgotten.
    package let id: Int64
    package let database: String
    package let trigger: RunTrigger
    /// The time of the schedule that it is for.
    package let slot: Timestamp?
    /// How many earlier times of the schedule it makes up for.
    package let missed: Int
    /// The process that works on it.
    package let pid: Int32
    package let state: RunState
    package let phase: RunPhase
    /// Counted from 1.
    package let attempt: Int
    /// When the work began, or for a queued run, when it was asked for.
    package let startedAt: Timestamp
    package let finishedAt: Timestamp?
    package let rows: Int64
    /// Of the uncompressed dump.
    package let dumpBytes: Int64
    /// In the store.
    package let storedBytes: Int64
    /// How much of the phase is done, from 0 to 1; nil while nobody can say, and after the end.
    package let fraction: Double?
    /// How long the phase will take; nil while nobody can say, and after the end.
    package let secondsLeft: Int64?
    package let backup: BackupID?
    /// Nil where there was none.
    package let verification: BackupProof?
    package let failure: RunFailure?

    /// How long it took; nil before its end. A clock that was set back meanwhile lets no run end before it began.
    package var seconds: Int64? { finishedAt.map { max(0, $0.seconds - startedAt.seconds) } }

    static let columns = """
        id, database, trigger, slot, missed, pid, state, phase, attempt, started_at, finished_at, rows, dump_bytes, \
        stored_bytes, fraction, seconds_left, backup, verification, error_code, error_message, error_hint
        """

    init(reading columns: inout Columns) throws {
        id = try columns.integer()
        database = try columns.text()
        trigger = try columns.choice()
        slot = try columns.optionalTime()
        missed = Int(try columns.integer())
        pid = Int32(truncatingIfNeeded: try columns.integer())
        state = try columns.choice()
        phase = try columns.choice()
        attempt = Int(try columns.integer())
        startedAt = try columns.time()
        finishedAt = try columns.optionalTime()
        rows = try columns.integer()
        dumpBytes = try columns.integer()
        storedBytes = try columns.integer()
        fraction = try columns.optionalReal()
        secondsLeft = try columns.optionalInteger()
        backup = try columns.optionalBackupID()
        verification = try columns.optionalChoice()
        let code: FailureCode? = try columns.optionalChoice()
        let message = try columns.optionalText()
        let hint = try columns.optionalText()
        failure = code.map { RunFailure(code: $0, message: message ?? "", hint: hint) }
    }
}

/// A second run of a database was asked for while one is queued or running.
package struct RunInProgress: Failure {
    /// The one that is.
    package let run: RunRecord

    package init(run: RunRecord) {
        self.run = run
    }

    package var code: FailureCode { .busy }

    package var message: String {
        let percent = run.fraction.map { ", \(Int(min(max($0, 0), 1) * 100))%" } ?? ""
        let state = run.state == .queued ? "queued" : "\(run.phase.rawValue)\(percent)"
        let kind = run.trigger == .export ? "an export" : "a backup"
        return "\(kind) of \(run.database) is under way: run \(run.id), since \(run.startedAt.text) (\(state))"
    }

    package var hint: String? { "Wait for its end; `nightjar status` shows how far it is." }
}
