import Glibc
import Model

/// A run that is to begin.
package struct RunStart: Sendable {
    package var database: String
    package var trigger: RunTrigger
    /// The time of the schedule that it is for.
    package var slot: Timestamp?
    /// How many earlier times of the schedule it makes up for.
    package var missed: Int
    /// Whether it has to wait for its turn.
    package var isQueued: Bool
    /// Counted from 1.
    package var attempt: Int
    package var at: Timestamp
    /// Whether an earlier run of the slot is gone on with, which was handled then.
    package var goesOn: Bool
    /// The process that works on it: this one.
    package var pid: Int32

    package init(
        database: String, trigger: RunTrigger, slot: Timestamp? = nil, missed: Int = 0, isQueued: Bool = false,
        attempt: Int = 1, at: Timestamp, goesOn: Bool = false, pid: Int32 = getpid()
    ) {
        self.goesOn = goesOn
        self.database = database
        self.trigger = trigger
        self.slot = slot
        self.missed = missed
        self.isQueued = isQueued
        self.attempt = attempt
        self.at = at
        self.pid = pid
    }
}

/// How far a run is.
package struct RunProgressRecord: Sendable, Equatable {
    package var phase: RunPhase
    /// Counted from 1.
    package var attempt: Int
    package var rows: Int64
    /// Of the uncompressed dump.
    package var dumpBytes: Int64
    /// In the store.
    package var storedBytes: Int64
    /// How much of the phase is done, from 0 to 1; nil while nobody can say.
    package var fraction: Double?
    /// How long the phase will take; nil while nobody can say.
    package var secondsLeft: Int64?
    /// Nil leaves the one that is known.
    package var backup: BackupID?

    package init(
        phase: RunPhase, attempt: Int = 1, rows: Int64 = 0, dumpBytes: Int64 = 0, storedBytes: Int64 = 0,
        fraction: Double? = nil, secondsLeft: Int64? = nil, backup: BackupID? = nil
    ) {
        self.phase = phase
        self.attempt = attempt
        self.rows = rows
        self.dumpBytes = dumpBytes
        self.storedBytes = storedBytes
        self.fraction = fraction
        self.secondsLeft = secondsLeft
        self.backup = backup
    }
}

/// How a run ended.
package struct RunEnd: Sendable, Equatable {
    /// The states in which a run can end.
    package enum State: String, Sendable, CaseIterable {
        case completed
        case failed
        case cancelled
        case interrupted
    }

    package var state: State
    package var at: Timestamp
    /// Nil leaves the last progress; likewise for the bytes.
    package var rows: Int64?
    package var dumpBytes: Int64?
    package var storedBytes: Int64?
    /// Nil leaves the one that is known.
    package var backup: BackupID?
    package var verification: BackupProof?
    package var failure: RunFailure?

    package init(
        _ state: State, at: Timestamp, rows: Int64? = nil, dumpBytes: Int64? = nil, storedBytes: Int64? = nil,
        backup: BackupID? = nil, verification: BackupProof? = nil, failure: RunFailure? = nil
    ) {
        self.state = state
        self.at = at
        self.rows = rows
        self.dumpBytes = dumpBytes
        self.storedBytes = storedBytes
        self.backup = backup
        self.verification = verification
        self.failure = failure
    }
}
