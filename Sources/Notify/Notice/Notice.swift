import Model

/// What a message says, whichever way it goes: kept in the outbox as JSON, so that each attempt says the same.
package struct Notice: Sendable, Equatable, Codable {
    /// Of the event; where several are gathered, of the newest one.
    package var event: Int64
    package var kind: EventKind
    package var at: Timestamp
    /// The machine's name.
    package var host: String
    package var database: String?
    package var run: Int64?
    package var backup: BackupID?
    package var verification: Int64?
    /// What happened, as a sentence without its full stop.
    package var text: String
    /// Since when it has been so; nil where it has only just begun.
    package var since: Timestamp?
    /// What it means for safety: `The last verified backup is 26 hours old.`
    package var safety: String?
    /// What to do about it.
    package var advice: String?
    /// The page that tells more; nil where the page is not served.
    package var link: String?
    /// The same for the start and the end of a run, in the form of a UUID; for `backup.*` with a run only.
    package var runKey: String?
    /// What is gathered in a digest, newest first; nil for a message about one event.
    package var digest: [Notice]?
    /// How many events a digest stands for: more than `digest` holds, where they were many.
    package var digestCount: Int?
    /// How the databases are, a line for each that somebody should hear of; for a digest only.
    package var standing: [String]?
    /// What happened how often, a line for each kind of event; for a digest only.
    package var happened: [String]?

    package init(
        event: Int64, kind: EventKind, at: Timestamp, host: String, database: String? = nil, run: Int64? = nil,
        backup: BackupID? = nil, verification: Int64? = nil, text: String, since: Timestamp? = nil,
        safety: String? = nil, advice: String? = nil, link: String? = nil, runKey: String? = nil,
        digest: [Notice]? = nil, digestCount: Int? = nil, standing: [String]? = nil, happened: [String]? = nil
    ) {
        self.event = event
        self.kind = kind
        self.at = at
        self.host = host
        self.database = database
        self.run = run
        self.backup = backup
        self.verification = verification
        self.text = text
        self.since = since
        self.safety = safety
        self.advice = advice
        self.link = link
        self.runKey = runKey
        self.digest = digest
        self.digestCount = digestCount
        self.standing = standing
        self.happened = happened
    }

    package var isDigest: Bool { digest != nil }

    /// What a person has to make of it: a digest that asks for something tells of a problem.
    package var meaning: EventKind.Meaning {
        guard isDigest else { return kind.meaning }
        return advice == nil ? .good : .problem
    }
}
