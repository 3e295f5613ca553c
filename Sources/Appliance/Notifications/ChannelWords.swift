import Model
import Settings

/// What people and programs are told of a channel's settings. Holds no secret, and of a URL no more than its host.
package struct ChannelWords: Sendable, Equatable {
    /// Where it leads, and the port where it is not the usual one: `hooks.example.org`.
    package let host: String
    /// What it is told of: `problems`.
    package let events: String
    /// When what is good news is told in one message: `0 7 * * * in Europe/Berlin`; nil where each event is a message of
    /// its own.
    package let digest: String?
    private let kind: String
    private let databases: [String]

    package init(_ channel: ChannelSettings) {
        host = Self.host(of: channel.kind)
        events =
            switch channel.events {
            case .problems: "problems"
            case .all: "all events"
            case .matching(let patterns): patterns.joined(separator: ", ")
            }
        digest = channel.digest.map { "\($0.schedule) in \($0.zone.name)" }
        kind = channel.kind.name
        databases = channel.databases
    }

    /// `webhook at hooks.example.org, told of problems of shop; good news in a digest, @daily in UTC`
    package var line: String {
        let scope = databases.isEmpty ? "" : " of \(databases.joined(separator: ", "))"
        return "\(kind) at \(host), told of \(events)\(scope)" + (digest.map { "; good news in a digest, \($0)" } ?? "")
    }

    private static func host(of kind: ChannelSettings.Kind) -> String {
        switch kind {
        case .webhook(let url, _), .healthchecks(let url), .slack(let url), .discord(let url), .ntfy(let url, _):
            // It was read when the configuration was.
            (try? TargetURL(HealthcheckSlug.url(url.value, for: "database")))?.place ?? ""
        case .email(let settings): settings.host
        }
    }
}
