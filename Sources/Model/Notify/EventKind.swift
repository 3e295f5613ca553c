/// What can happen that people want to be told of. The catalog keeps raw values: a new case needs a migration there.
package enum EventKind: String, Sendable, CaseIterable, Codable {
    /// A run has begun: for receivers that measure how long it takes, and whether it comes to an end.
    case backupStarted = "backup.started"
    case backupCompleted = "backup.completed"
    case backupFailed = "backup.failed"
    /// The first good backup after a failure.
    case backupRecovered = "backup.recovered"
    case backupOverdue = "backup.overdue"
    /// Rows or bytes fell by more than is tolerated.
    case backupShrunk = "backup.shrunk"
    /// A verification found no difference.
    case verificationCompleted = "verification.completed"
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
    /// Somebody tries a channel out: goes to that channel only, and is kept nowhere else.
    case notifyTest = "notify.test"

    /// What a person has to make of it.
    package enum Meaning: Sendable {
        /// Somebody has to look.
        case problem
        /// A problem is over.
        case recovery
        /// All goes as it should.
        case good
    }

    package var meaning: Meaning {
        switch self {
        case .backupFailed, .backupOverdue, .backupShrunk, .verificationFailed, .verificationOverdue, .retentionFrozen,
            .storeUnreachable, .catalogSetAside, .configurationRefused:
            .problem
        case .backupRecovered, .storeRecovered, .retentionAccepted:
            .recovery
        case .backupStarted, .backupCompleted, .verificationCompleted, .retentionDeleted, .applianceStarted,
            .applianceStopped, .catalogRebuilt, .databaseAdded, .databaseRemoved, .configurationReloaded, .notifyTest:
            .good
        }
    }
}
