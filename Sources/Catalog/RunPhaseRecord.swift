import Model

/// A phase of a run, since when it lasted. It ends where the next one begins, or with its run.
package struct RunPhaseRecord: Sendable, Equatable {
    package let phase: RunPhase
    /// Counted from 1.
    package let attempt: Int
    /// When it began, as far as the run's reports tell.
    package let at: Timestamp

    package init(phase: RunPhase, attempt: Int, at: Timestamp) {
        self.phase = phase
        self.attempt = attempt
        self.at = at
    }

    static let columns = "phase, attempt, at"

    init(reading columns: inout Columns) throws {
        phase = try columns.choice()
        attempt = Int(try columns.integer())
        at = try columns.time()
    }
}
