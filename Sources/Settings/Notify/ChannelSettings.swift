import Model

/// One entry under `notify:`: a way on which people or programs are told of events.
package struct ChannelSettings: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Standard Webhooks. `keys`: what is signed with, the newest first; the receiver may know any of them. Never empty.
        case webhook(url: Secret, keys: [SigningKey])
        /// A check at healthchecks.io or one's own; `{database}` in the URL stands for the database's slug.
        case healthchecks(url: Secret)
        /// An incoming webhook of Slack's, or of what understands the same.
        case slack(url: Secret)
        case discord(url: Secret)
        /// A topic's URL; the token is sent as a bearer's.
        case ntfy(url: Secret, token: Secret?)
        case email(EmailSettings)

        /// As the configuration calls it.
        package var name: String {
            switch self {
            case .webhook: "webhook"
            case .healthchecks: "healthchecks"
            case .slack: "slack"
            case .discord: "discord"
            case .ntfy: "ntfy"
            case .email: "email"
            }
        }
    }

    /// What HMAC-SHA256 is keyed with: 24 to 64 bytes.
    package struct SigningKey: Sendable, Equatable {
        /// The bytes in base64, without `whsec_`.
        package var base64: Secret

        package init(base64: Secret) {
            self.base64 = base64
        }
    }

    package struct EmailSettings: Sendable, Equatable {
        package enum Encryption: Sendable, Equatable {
            /// From the first byte on (port 465).
            case tls
            /// STARTTLS, and nothing without it.
            case startTLS
            /// Only to this machine itself.
            case none
        }

        package var host: String
        /// 1 to 65535.
        package var port: Int
        package var encryption: Encryption
        /// nil where the server asks for none.
        package var user: String?
        package var password: Secret?
        package var from: Mailbox
        /// Never empty.
        package var to: [Mailbox]

        package init(
            host: String, port: Int, encryption: Encryption, user: String? = nil, password: Secret? = nil,
            from: Mailbox, to: [Mailbox]
        ) {
            self.host = host
            self.port = port
            self.encryption = encryption
            self.user = user
            self.password = password
            self.from = from
            self.to = to
        }
    }

    /// When what is good news is told in one message.
    package struct Digest: Sendable, Equatable {
        package var schedule: Schedule
        package var zone: TimeZoneRules

        package init(schedule: Schedule, zone: TimeZoneRules) {
            self.schedule = schedule
            self.zone = zone
        }
    }

    /// Unique; what `nightjar notify` and the page call it. Where the entry says none: its kind, with `-2` and so on.
    package var name: String
    package var kind: Kind
    package var events: EventChoice
    /// Patterns of the names of the databases that it is told of; empty for all. What concerns no single database is told
    /// in any case.
    package var databases: [String]
    /// nil where each event is a message of its own.
    package var digest: Digest?
    /// Whether its host may be of a private network, and be called without TLS.
    package var allowsPrivate: Bool
    /// A PEM file of certificate authorities in place of the system's; absolute.
    package var caFile: String?

    package init(
        name: String, kind: Kind, events: EventChoice = .problems, databases: [String] = [], digest: Digest? = nil,
        allowsPrivate: Bool = false, caFile: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.events = events
        self.databases = databases
        self.digest = digest
        self.allowsPrivate = allowsPrivate
        self.caFile = caFile
    }

    /// Whether it is told of an event.
    /// - Parameter database: nil where no single one is concerned.
    package func wants(_ kind: EventKind, of database: String?) -> Bool {
        guard events.contains(kind) else { return false }
        guard let database, !databases.isEmpty else { return true }
        return databases.contains { Glob($0).matches(SQLText(database)) }
    }
}
