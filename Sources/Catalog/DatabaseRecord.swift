import Model

/// Why a database's backups are not deleted until a person has looked.
package enum FreezeKind: String, Sendable, CaseIterable {
    /// A verification found a difference.
    case difference
    /// Rows or bytes fell by more than the configuration tolerates.
    case shrink
    /// The catalog was made anew, and does not know what it knew.
    case rebuild
}

/// A freeze that no person has ended yet.
package struct FreezeRecord: Sendable, Equatable {
    package let kind: FreezeKind
    /// In words for people.
    package let reason: String
    package let since: Timestamp

    package init(kind: FreezeKind, reason: String, since: Timestamp) {
        self.kind = kind
        self.reason = reason
        self.since = since
    }

    /// As retention wants it.
    package var freeze: Freeze { Freeze(reason: reason, since: since) }
}

/// What the catalog knows of a database.
package struct DatabaseRecord: Sendable, Equatable {
    package let name: String
    /// When the catalog first heard of it.
    package let since: Timestamp
    /// Whether the configuration names it; a database that was removed stays known.
    package let isConfigured: Bool
    /// The latest time of the schedule that was run or skipped, and needs no run any more.
    package let handledSlot: Timestamp?
    /// Nil while retention may delete.
    package let frozen: FreezeRecord?
    /// Backups up to and including this one are not compared by the shrink alarm.
    package let baseline: BackupID?
    /// When a person last accepted the state of the database.
    package let acceptedAt: Timestamp?

    package init(
        name: String, since: Timestamp, isConfigured: Bool = true, handledSlot: Timestamp? = nil,
        frozen: FreezeRecord? = nil, baseline: BackupID? = nil, acceptedAt: Timestamp? = nil
    ) {
        self.name = name
        self.since = since
        self.isConfigured = isConfigured
        self.handledSlot = handledSlot
        self.frozen = frozen
        self.baseline = baseline
        self.acceptedAt = acceptedAt
    }

    static let columns = """
        name, since, is_configured, handled_slot, frozen_by, frozen_reason, frozen_since, baseline, accepted_at
        """

    init(reading columns: inout Columns) throws {
        name = try columns.text()
        since = try columns.time()
        isConfigured = try columns.boolean()
        handledSlot = try columns.optionalTime()
        let kind: FreezeKind? = try columns.optionalChoice()
        let reason = try columns.optionalText()
        let frozenSince = try columns.optionalTime()
        if let kind, let reason, let frozenSince {
            frozen = FreezeRecord(kind: kind, reason: reason, since: frozenSince)
        } else {
            frozen = nil
        }
        baseline = try columns.optionalBackupID()
        acceptedAt = try columns.optionalTime()
    }
}
