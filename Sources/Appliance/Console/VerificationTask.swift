import Catalog
import Model

/// A verification that the daemon makes, or is going to make.
package struct VerificationTask: Sendable, Encodable {
    package enum State: String, Sendable, Encodable {
        /// Waits for its turn.
        case queued
        case running
    }

    /// Its number since the daemon's start, counted from 1.
    package let task: Int64
    package let backup: String
    package let database: String
    package let level: VerificationLevel
    package let state: State
    /// When the work began, or while it waits, when it was asked for.
    package let startedAt: Timestamp
    /// From 0 to 1; nil while nobody can say.
    package let fraction: Double?
    package let secondsLeft: Int64?

    package init(
        task: Int64, backup: String, database: String, level: VerificationLevel, state: State, startedAt: Timestamp,
        fraction: Double? = nil, secondsLeft: Int64? = nil
    ) {
        self.task = task
        self.backup = backup
        self.database = database
        self.level = level
        self.state = state
        self.startedAt = startedAt
        self.fraction = fraction
        self.secondsLeft = secondsLeft
    }
}

/// How a verification that the daemon made has ended.
package struct VerificationEnd: Sendable, Encodable {
    /// Its number since the daemon's start.
    package let task: Int64
    package let backup: String
    /// Its id in the catalog; nil where nothing could be found out.
    package let verification: Int64?
    /// Why nothing could be found out.
    package let failure: RunFailure?

    package init(task: Int64, backup: String, verification: Int64?, failure: RunFailure?) {
        self.task = task
        self.backup = backup
        self.verification = verification
        self.failure = failure
    }
}
