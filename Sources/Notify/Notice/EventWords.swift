import Catalog
import Model

/// What an event means for safety, and what to do about it.
struct EventWords {
    let event: EventRecord
    let facts: EventFacts?

    /// What happened, in as few words as a telephone shows: `backup failed`.
    static func title(of kind: EventKind) -> String {
        switch kind {
        case .backupStarted: "backup started"
        case .backupCompleted: "backup completed"
        case .backupFailed: "backup failed"
        case .backupRecovered: "backups work again"
        case .backupOverdue: "backup overdue"
        case .backupShrunk: "much smaller than before"
        case .verificationCompleted: "backup verified"
        case .verificationFailed: "verification failed"
        case .verificationOverdue: "verification overdue"
        case .retentionFrozen: "deletion frozen"
        case .retentionAccepted: "deletion allowed again"
        case .retentionDeleted: "old backup deleted"
        case .applianceStarted: "started"
        case .applianceStopped: "stopped"
        case .storeUnreachable: "a store cannot be reached"
        case .storeRecovered: "a store can be reached again"
        case .catalogSetAside: "the catalog was damaged"
        case .catalogRebuilt: "the catalog was rebuilt"
        case .databaseAdded: "database added"
        case .databaseRemoved: "no longer backed up"
        case .configurationReloaded: "configuration reloaded"
        case .configurationRefused: "configuration refused"
        case .notifyTest: "test message"
        }
    }

    /// nil where the event changes nothing about it.
    var safety: String? {
        switch event.kind {
        case .backupStarted, .applianceStarted, .storeRecovered, .catalogRebuilt, .configurationReloaded: nil
        case .applianceStopped: "While it is stopped, nothing is backed up."
        case .catalogSetAside: "The backups in the stores are untouched. Nightjar has to be told of them again."
        case .configurationRefused: "The configuration from before stays in use."
        case .notifyTest: "Nothing is wrong: messages of this channel arrive here."
        case .storeUnreachable:
            joined(["While it is away, no backup gets into it.", proofSentence])
        case .backupFailed:
            joined([event.backup.map { "Do not rely on \($0)." }, proofSentence, freezeSentence])
        case .backupShrunk:
            joined([
                "The backup is as its database is: what is missing is missing there too.",
                "Nothing is deleted until somebody has looked.",
            ])
        case .retentionFrozen:
            joined([proofSentence, "Nothing is deleted until somebody has looked."])
        case .backupCompleted, .backupRecovered, .backupOverdue, .verificationCompleted, .verificationFailed,
            .verificationOverdue, .retentionAccepted, .retentionDeleted, .databaseAdded, .databaseRemoved:
            joined([proofSentence, freezeSentence])
        }
    }

    /// nil where there is nothing to do.
    var advice: String? {
        let name = event.database ?? "NAME"
        switch event.kind {
        case .backupFailed:
            return "Find out why: nightjar doctor. Then try again: nightjar backup \(name)"
        case .backupOverdue:
            return "See what holds it up: nightjar status. Make one now: nightjar backup \(name)"
        case .backupShrunk:
            return "See what changed: nightjar verify \(name) --against-source. "
                + "If it was meant to shrink: nightjar accept \(name)"
        case .verificationFailed:
            let again = event.backup.map { "Verify it again: nightjar verify \($0). " } ?? ""
            return again + "Make a new backup: nightjar backup \(name)"
        case .verificationOverdue:
            return "Verify the newest backup: nightjar verify \(name)"
        case .retentionFrozen:
            return "Look at the backups: nightjar list \(name). If all is well: nightjar accept \(name)"
        case .storeUnreachable:
            return "Check the network, the store's address and its keys: nightjar doctor"
        case .catalogSetAside:
            return "Bring back what the stores hold: nightjar rebuild"
        case .configurationRefused:
            return "See every mistake: nightjar check. When it is mended: systemctl reload nightjar"
        case .databaseRemoved:
            return "If that was not meant, put \(name) back into the configuration."
        case .backupStarted, .backupCompleted, .backupRecovered, .verificationCompleted, .retentionAccepted,
            .retentionDeleted, .applianceStarted, .applianceStopped, .storeRecovered, .catalogRebuilt, .databaseAdded,
            .configurationReloaded, .notifyTest:
            return nil
        }
    }

    /// `The last verified backup is 26 hours old.`
    private var proofSentence: String? {
        guard let facts else { return nil }
        if let proved = facts.lastProved {
            if proved == event.backup, event.kind.meaning != .problem { return "This backup is verified." }
            let age = AgeText.length(from: proved.time, to: event.at)
            guard event.kind == .verificationOverdue, let at = facts.lastProvedAt else {
                return "The last verified backup is \(age) old."
            }
            return "The last verified backup is \(age) old, and was verified \(AgeText.format(at, now: event.at))."
        }
        guard let newest = facts.lastBackup else { return "There is no backup at all." }
        let age = AgeText.length(from: newest.time, to: event.at)
        return "There is no verified backup. The newest one that is not verified is \(age) old."
    }

    private var freezeSentence: String? {
        facts?.isFrozen == true ? "Nothing is deleted until somebody has looked." : nil
    }

    private func joined(_ sentences: [String?]) -> String? {
        let said = sentences.compactMap { $0 }
        return said.isEmpty ? nil : said.joined(separator: " ")
    }
}
