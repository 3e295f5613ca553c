import Model

extension ChannelSettings {
    /// What decides where its messages go, as a hash that does not give it away: a channel whose receiver wanted no
    /// more is tried again when it changes. Keys, tokens and passwords have no part in it.
    package var fingerprint: String {
        Fingerprint.of([kind.name] + kind.destination)
    }
}

extension ChannelSettings.Kind {
    fileprivate var destination: [String] {
        switch self {
        case .webhook(let url, _), .healthchecks(let url), .slack(let url), .discord(let url), .ntfy(let url, _):
            [url.value]
        case .email(let email):
            [email.host, String(email.port), email.user ?? ""] + ([email.from] + email.to).map { "\($0)" }
        }
    }
}
