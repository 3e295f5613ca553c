import Model

/// What can happen that people want to be told of. A new case needs a migration, see there.
package enum EventKind: String, Sendable, CaseIterable {
    case backupCompleted = "backup.completed"
    case backupFailed = "backup.failed"
    /// The first good backup after a failure.
    case backupRecovered = "backup.recovered"
    case backupOverdue = "backup.overdue"
    /// Rows or bytes fell by more than is tolerated.
    case backupShrunk = "backup.shrunk"
    case verificationFailed = "verification.failed"
    /// The last proof of a backup is older than it may grow.
    case verificationOverdue = "verification.overdue"
    case retentionFrozen = "retention.frozen"
    /// A person ended a freeze.
    case retentionAccepted = "retention.accepted"
    case retentionDeleted = "retention.deleted"
    case applianceStarted = "appliance.started"
    case applianceStopped = "appliance.stopped"
    case storeUnreachable = "store.unreachable"
    case storeRecovered = "store.recovered"
    /// A damaged catalog was set aside.
    case catalogSetAside = "catalog.set_aside"
    case catalogRebuilt = "catalog.rebuilt"
    /// The configuration names a database for the first time, or again.
    case databaseAdded = "database.added"
    /// The configuration names a database no longer.
    case databaseRemoved = "database.removed"
    case configurationReloaded = "configuration.reloaded"
    /// A new configuration was refused, and the old one stays.
    case configurationRefused = "configuration.refused"
}

/// Something that happened.
package struct EventRecord: Sendable, Equatable, Identifiable {
    /// 0 until the catalog has given one; ids ascend, and are never given twice.
    package let id: Int64
    package let at: Timestamp
    package let kind: EventKind
    /// Nil where no single database is concerned.
    package let database: String?
    /// In words for people; holds no secret.
    package let text: String

    package init(id: Int64 = 0, at: Timestamp, kind: EventKind, database: String? = nil, text: String) {
        self.id = id
        self.at = at
        self.kind = kind
        self.database = database
        self.text = text
    }

    static let columns = "id, at, kind, database, text"

    init(reading columns: inout Columns) throws {
        id = try columns.integer()
        at = try columns.time()
        kind = try columns.choice()
        database = try columns.optionalText()
        text = try columns.text()
    }
}
