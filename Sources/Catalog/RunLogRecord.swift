import Model

/// How much a line of a run's log matters.
package enum RunLogLevel: String, Sendable, CaseIterable {
    case info
    case notice
    case warning
    case error
}

/// Something that a run said.
package struct RunLogRecord: Sendable, Equatable {
    package let at: Timestamp
    package let level: RunLogLevel
    /// In words for people; holds no secret.
    package let text: String
    /// What a person can do.
    package let hint: String?

    package init(at: Timestamp, level: RunLogLevel, text: String, hint: String? = nil) {
        self.at = at
        self.level = level
        self.text = text
        self.hint = hint
    }

    static let columns = "at, level, text, hint"

    init(reading columns: inout Columns) throws {
        at = try columns.time()
        level = try columns.choice()
        text = try columns.text()
        hint = try columns.optionalText()
    }
}
