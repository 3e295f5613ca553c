import Model

/// How many runs of a database have ended in one way, since the catalog was made.
package struct RunCount: Sendable, Equatable {
    package let database: String
    /// How they ended: completed, failed, cancelled or interrupted.
    package let state: RunState
    /// Why they did not end well, or what is left to say of those that did; nil where nothing was.
    package let reason: FailureCode?
    package let count: Int64

    package init(database: String, state: RunState, reason: FailureCode?, count: Int64) {
        self.database = database
        self.state = state
        self.reason = reason
        self.count = count
    }

    static let columns = "database, state, nullif(reason, ''), count"

    init(reading columns: inout Columns) throws {
        database = try columns.text()
        state = try columns.choice()
        reason = try columns.optionalChoice()
        count = try columns.integer()
    }
}
