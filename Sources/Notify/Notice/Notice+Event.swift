import Catalog
import Model
import Settings

extension Notice {
    /// In bytes of UTF-8: what a database or a server wrote into a message must not crowd out what to do about it.
    private static let longestText = 1500
    private static let longestAdvice = 800
    /// A failure that began less long ago has only just begun, in seconds.
    private static let newsAge: Int64 = 60

    /// What is said about an event, whichever way it goes.
    /// - Parameters:
    ///   - facts: about the event's database, at the event's moment; nil where no single one is concerned.
    ///   - host: the machine's name.
    ///   - publicURL: what the appliance's pages begin with; empty where nobody could open them.
    package init(
        _ event: EventRecord, _ facts: EventFacts?, host: String, publicURL: String, applianceID: String
    ) {
        let words = EventWords(event: event, facts: facts)
        let hint = event.hint.flatMap { $0.isEmpty ? nil : $0 }
        self.init(
            event: event.id, kind: event.kind, at: event.at, host: MessageText.line(host, limit: 100),
            database: event.database, run: event.run, backup: event.backup, verification: event.verification,
            text: MessageText.line(event.text, limit: Self.longestText), since: Self.since(event, facts),
            safety: words.safety,
            advice: (hint ?? words.advice).map { MessageText.line($0, limit: Self.longestAdvice) },
            link: Self.link(path(of: event), publicURL: publicURL),
            runKey: event.run.flatMap { run in
                event.kind.rawValue.hasPrefix("backup.") ? DeduplicationKey.key(of: run, applianceID: applianceID) : nil
            })
    }

    /// Since when backups fail; what the event itself began has only just begun.
    private static func since(_ event: EventRecord, _ facts: EventFacts?) -> Timestamp? {
        guard event.kind == .backupFailed || event.kind == .backupOverdue, let since = facts?.failingSince,
            event.at.seconds - since.seconds >= newsAge
        else { return nil }
        return since
    }

    static func link(_ path: String, publicURL: String) -> String? {
        if publicURL.isEmpty { return nil }
        return (publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL) + path
    }
}

/// The page on which most can be seen of it, and done about it.
private func path(of event: EventRecord) -> String {
    let run = event.run.map { "/runs/\($0)" }
    let backup = event.backup.map { "/backups/\($0)" }
    let verification = event.verification.map { "/verifications/\($0)" }
    // Only what the configuration's rule for names lets through is the same in a URL.
    let database = event.database.flatMap { EntryName.isValid($0) ? "/databases/\($0)" : nil }
    let path: String? =
        switch event.kind {
        case .verificationCompleted, .verificationFailed: verification ?? backup ?? database
        case .backupOverdue, .backupShrunk, .verificationOverdue, .retentionFrozen, .retentionAccepted,
            .retentionDeleted:
            database
        case .notifyTest: "/notifications"
        default: run ?? backup ?? database
        }
    return path ?? "/"
}
