import Model

/// What a database can be alarmed about.
package enum AlarmKind: String, Sendable, CaseIterable {
    /// Scheduled times passed, and no backup came of them.
    case overdue
    /// Rows or bytes fell by more than is tolerated.
    case shrink
    /// The last proof of a backup is older than it may grow.
    case proof
}

/// An alarm that is on.
package struct AlarmRecord: Sendable, Equatable {
    package let database: String
    package let kind: AlarmKind
    package let since: Timestamp
    /// In words for people.
    package let text: String

    package init(database: String, kind: AlarmKind, since: Timestamp, text: String) {
        self.database = database
        self.kind = kind
        self.since = since
        self.text = text
    }

    static let columns = "database, alarm, since, text"

    init(reading columns: inout Columns) throws {
        database = try columns.text()
        kind = try columns.choice()
        since = try columns.time()
        text = try columns.text()
    }
}
