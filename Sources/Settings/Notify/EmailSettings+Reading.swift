import Model
import YAML

extension ChannelSettings.EmailSettings {
    private static let keys = ["server", "user", "password", "from", "to", "encryption"]
    private static let example = "{server: \"smtps://mail.example.org\", from: …, to: …}"

    /// Reads what `email:` says; nil after a complaint.
    static func read(_ reader: NodeReader) -> ChannelSettings.EmailSettings? {
        // What stands in its place may be a URL with a password in it.
        guard case .mapping = reader.node.kind, let mapping = reader.mapping(example, keys: keys) else {
            reader.complain("`\(reader.key)`: expected \(example), found something else")
            return nil
        }
        let server = mapping.required("server", hint: "server: \"smtps://mail.example.org\"")?.mailServer()
        let encryption = server.flatMap { Self.encryption(mapping, of: $0) }
        let from = mapping.required("from", hint: "from: backups@example.org")?.mailbox()
        let to = mapping.required("to", hint: "to: you@example.org")?.mailboxes()
        let user = mapping["user"]?.secret()
        let password = mapping["password"]?.secret()
        if mapping["user"] != nil, mapping["password"] == nil { mapping.complainMissing("`password` is missing") }
        if mapping["password"] != nil, mapping["user"] == nil { mapping.complainMissing("`user` is missing") }
        guard let server, let encryption, let from, let to else { return nil }
        return ChannelSettings.EmailSettings(
            host: server.host, port: server.port ?? standardPort(encryption), encryption: encryption,
            user: user?.value, password: password, from: from, to: to)
    }

    private static func encryption(_ mapping: MappingReader, of server: MailServer) -> Encryption? {
        guard let reader = mapping["encryption"] else { return server.isTLS ? Encryption.tls : Encryption.startTLS }
        let meaning = "smtps:// is TLS from the first byte on, and smtp:// is STARTTLS"
        guard let word = reader.text("`none`") else { return nil }
        guard word == "none" else {
            reader.complainExpected("`none`", hint: "leave it out: \(meaning)")
            return nil
        }
        guard !server.isTLS else {
            reader.complain("`encryption: none` contradicts smtps://", hint: meaning)
            return nil
        }
        guard HostAndPort.isLoopback(server.host) else {
            reader.complain(
                "`encryption: none` is only for this machine itself (127.0.0.0/8, ::1, localhost)",
                hint: "leave it out: \(meaning)")
            return nil
        }
        return Encryption.none
    }

    /// RFC 8314, RFC 6409, and for what is handed to this machine itself RFC 5321.
    private static func standardPort(_ encryption: Encryption) -> Int {
        switch encryption {
        case .tls: 465
        case .startTLS: 587
        case .none: 25
        }
    }
}

/// What `server` says.
private struct MailServer {
    let isTLS: Bool
    let host: String
    let port: Int?

    /// Nil unless `text` is `smtps://host[:port]` or `smtp://host[:port]`, with at most a slash after it.
    init?(_ text: String) {
        let lower = text.lowercased()
        isTLS = lower.hasPrefix("smtps://")
        guard isTLS || lower.hasPrefix("smtp://") else { return nil }
        var rest = lower.dropFirst(isTLS ? 8 : 7)
        if rest.last == "/" { rest.removeLast() }
        guard let place = HostAndPort(String(rest)), place.port != 0 else { return nil }
        host = place.host
        port = place.port
    }
}

extension NodeReader {
    /// What is none and has an `@` may hold a password, and is not shown.
    fileprivate func mailServer() -> MailServer? {
        let what = "smtps://host[:port] (TLS, port 465) or smtp://host[:port] (STARTTLS, port 587)"
        let hint = "no user, no path; the user goes under `user`"
        guard let text = self.text(what) else { return nil }
        if let server = MailServer(text) { return server }
        if text.utf8.contains(UInt8(ascii: "@")) {
            complain("`\(key)`: expected \(what), found something else", hint: hint)
        } else {
            complainExpected(what, hint: hint)
        }
        return nil
    }

    fileprivate func mailboxes() -> [Mailbox]? {
        guard let items = oneOrMore("an address or a list of addresses") else { return nil }
        let mailboxes = items.compactMap { $0.mailbox() }
        return mailboxes.count == items.count ? mailboxes : nil
    }

    fileprivate func mailbox() -> Mailbox? {
        let what = "an address such as ops@example.org or Ops <ops@example.org>"
        guard let text = self.text(what) else { return nil }
        guard let mailbox = Mailbox(text) else {
            complainExpected(
                what, hint: "each of several is an item of a list; a name holds none of \(Mailbox.specials)")
            return nil
        }
        return mailbox
    }
}
