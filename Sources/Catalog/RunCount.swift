import Model

/// What runs make.
package enum RunKind: String, Sendable, CaseIterable {
    case backup
    /// A dump that somebody asked for: see `ExportRecord`.
    case export
}

/// How many runs of a database have ended in one way, since the catalog was made.
package struct RunCount: Sendable, Equatable {
    package let database: String
    package let kind: RunKind
    /// How they ended: completed, failed, cancelled or interrupted.
    package let state: RunState
    /// Why they did not end well, or what is left to say of those that did; nil where nothing was.
    package let reason: FailureCode?
    package let count: Int64

    package init(database: String, kind: RunKind = .backup, state: RunState, reason: FailureCode?, count: Int64) {
        self.database = database
        self.kind = kind
        self.state = state
        self.reason = reason
        self.count = count
    }

    static let columns = "database, kind, state, nullif(reason, ''), count"

    init(reading columns: inout Columns) throws {
        database = try columns.text()
        kind = try columns.choice()
        state = try columns.choice()
        reason = try columns.optionalChoice()
        count = try columns.integer()
    }
}
