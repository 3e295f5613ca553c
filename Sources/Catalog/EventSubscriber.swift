import Model

/// What the catalog knows about the database of an event at its moment.
package struct EventFacts: Sendable, Equatable {
    /// The newest verified backup, and when it was proved; nil where there is none.
    package var lastProved: BackupID?
    package var lastProvedAt: Timestamp?
    /// The newest backup in whatever state.
    package var lastBackup: BackupID?
    /// The end of the first failed run since the last good one; nil where the last one was good.
    package var failingSince: Timestamp?
    /// Whether nothing is deleted until a person has looked.
    package var isFrozen: Bool

    package init(
        lastProved: BackupID? = nil, lastProvedAt: Timestamp? = nil, lastBackup: BackupID? = nil,
        failingSince: Timestamp? = nil, isFrozen: Bool = false
    ) {
        self.lastProved = lastProved
        self.lastProvedAt = lastProvedAt
        self.lastBackup = lastBackup
        self.failingSince = failingSince
        self.isFrozen = isFrozen
    }
}

/// Who makes messages of events. The catalog asks within the transaction that keeps the event, so that neither is there
/// without the other.
package protocol EventSubscriber: Sendable {
    /// Whether an event becomes any message; asked before `facts` are looked up.
    func wants(_ event: EventRecord) -> Bool
    /// - Parameters:
    ///   - event: With its id.
    ///   - facts: About the event's database; nil where no single one is concerned.
    func messages(about event: EventRecord, _ facts: EventFacts?) throws -> [DeliveryRecord]
}
