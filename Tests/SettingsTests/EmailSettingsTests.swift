import Model
import Settings
import Testing

private typealias Email = ChannelSettings.EmailSettings
private typealias Encryption = ChannelSettings.EmailSettings.Encryption

/// A channel of mail whose keys stand from line 3 on, in column 7.
private func email(_ lines: String...) -> String {
    "notify:\n  - email:\n" + lines.map { "      \($0)\n" }.joined()
}

private let fromAndTo = ["from: a@b.example", "to: c@d.example"]

private func settings(_ yaml: String) throws -> ChannelSettings.EmailSettings {
    let channel = try #require(try configuration(yaml).notify.first)
    guard case .email(let found) = channel.kind else { throw NightjarError(.internal, "not a channel of mail") }
    return found
}

private func mailbox(_ text: String) throws -> Mailbox { try #require(Mailbox(text)) }

private let addressForms = "an address such as ops@example.org or Ops <ops@example.org>"
private let addressHint = "each of several is an item of a list; a name holds none of \"(),:;<>@[\\]"
private let serverForms = "smtps://host[:port] (TLS, port 465) or smtp://host[:port] (STARTTLS, port 587)"
private let serverHint = "no user, no path; the user goes under `user`"
private let meaning = "smtps:// is TLS from the first byte on, and smtp:// is STARTTLS"

@Suite("Mail in a configuration")
struct EmailSettingsTests {
    @Test("can be told everything")
    func everything() throws {
        let found = try settings(
            email(
                "server: smtp://Mail.example.org:2525", "user: me", "password: hunter2",
                "from: Nightjar of web-1 <backups@example.org>", "to: [ops@example.org, Jörg <j.o+x@example.org>]"))
        #expect(
            found
                == Email(
                    host: "mail.example.org", port: 2525, encryption: .startTLS, user: "me",
                    password: Secret("hunter2"), from: try mailbox("Nightjar of web-1 <backups@example.org>"),
                    to: [try mailbox("ops@example.org"), try mailbox("Jörg <j.o+x@example.org>")]))
        #expect(!"\(found)".contains("hunter2"))
    }

    @Test(
        "goes to a server with TLS, or to this machine itself",
        arguments: [
            (["server: smtps://mail.example.org"], "mail.example.org", 465, Encryption.tls),
            (["server: smtp://mail.example.org/"], "mail.example.org", 587, Encryption.startTLS),
            (["server: smtp://10.0.0.1"], "10.0.0.1", 587, Encryption.startTLS),
            (["server: \"smtps://[::1]:1465\""], "::1", 1465, Encryption.tls),
            (["server: smtp://localhost", "encryption: none"], "localhost", 25, Encryption.none),
            (["server: smtp://127.0.0.1:1025", "encryption: none"], "127.0.0.1", 1025, Encryption.none),
        ] as [([String], String, Int, Encryption)])
    func server(lines: [String], host: String, port: Int, encryption: ChannelSettings.EmailSettings.Encryption) throws {
        let text = "notify:\n  - email:\n" + (lines + fromAndTo).map { "      \($0)\n" }.joined()
        let found = try settings(text)
        #expect(found.host == host)
        #expect(found.port == port)
        #expect(found.encryption == encryption)
        #expect(found.user == nil)
        #expect(found.password == nil)
        #expect(found.from == (try mailbox("a@b.example")))
        #expect(found.to == [try mailbox("c@d.example")])
    }

    @Test(
        "has complaints about each of its keys",
        arguments: [
            ComplaintCase(
                "notify:\n  - email: smtps://me:hunter2@mail.example.org\n",
                "2:12: `email`: expected {server: \"smtps://mail.example.org\", from: …, to: …}, found something else"),
            ComplaintCase(
                email("user: me"),
                "2:5: `email`: `from` is missing — from: backups@example.org",
                "2:5: `email`: `password` is missing",
                "2:5: `email`: `server` is missing — server: \"smtps://mail.example.org\"",
                "2:5: `email`: `to` is missing — to: you@example.org"),
            ComplaintCase(
                email("server: smtps://a.example", "password: hunter2", "from: a@b.example", "to: c@d.example"),
                "2:5: `email`: `user` is missing"),
            ComplaintCase(
                email("server: mail.example.org", "from: a@b.example", "to: c@d.example"),
                "3:15: `server`: expected \(serverForms), found `mail.example.org` — \(serverHint)"),
            ComplaintCase(
                email("server: smtps://me:hunter2@a.example", "from: a@b.example", "to: c@d.example"),
                "3:15: `server`: expected \(serverForms), found something else — \(serverHint)"),
            ComplaintCase(
                email("server: smtp://a.example:0", "from: a@b.example", "to: c@d.example"),
                "3:15: `server`: expected \(serverForms), found `smtp://a.example:0` — \(serverHint)"),
            ComplaintCase(
                email("server: smtp://a.example", "encryption: none", "from: a@b.example", "to: c@d.example"),
                "4:19: `encryption: none` is only for this machine itself (127.0.0.0/8, ::1, localhost)"
                    + " — leave it out: \(meaning)"),
            ComplaintCase(
                email("server: smtps://localhost", "encryption: none", "from: a@b.example", "to: c@d.example"),
                "4:19: `encryption: none` contradicts smtps:// — \(meaning)"),
            ComplaintCase(
                email("server: smtp://a.example", "encryption: starttls", "from: a@b.example", "to: c@d.example"),
                "4:19: `encryption`: expected `none`, found `starttls` — leave it out: \(meaning)"),
            ComplaintCase(
                email("server: smtp://a.example", "from: a@b.example", "to: []"),
                "5:11: `to`: expected an address or a list of addresses, found an empty list"),
            ComplaintCase(
                email("servr: smtp://a.example", "server: smtp://a.example", "from: a@b.example", "to: c@d.example"),
                "3:7: unknown key `servr` — did you mean `server`?"),
        ])
    func wrong(_ example: ComplaintCase) throws {
        let found = try complaints(about: example.yaml)
        #expect(found == example.expected)
        #expect(!found.contains { $0.contains("hunter2") })
    }

    @Test(
        "goes to plain addresses",
        arguments: [
            "a@b", "a.b+c@d-e.example", "o'neil@example.org", "root@localhost", "Ops <a@b.example>", "Ops<a@b.example>",
            "'Ops' <a@b.example>", "x@xn--bcher-kva.example",
        ])
    func address(text: String) throws {
        let found = try settings(email("server: smtps://a.example", "from: a@b.example", "to: \"\(text)\""))
        #expect(found.to == [try mailbox(text)])
    }

    @Test(
        "refuses what is no plain address",
        arguments: [
            "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", ".a@b", "a..b@c", "a.@b", "<a@b>", "A <a@b> x", "A <a@b",
            "A, B <a@b>", "A <a@b>, B <c@d>", "a@b, c@d", "a@[127.0.0.1]", "a@127.0.0.1", "a@b:25", "ä@b", "a@ä",
            String(repeating: "a", count: 65) + "@b",
        ])
    func noAddress(text: String) throws {
        let shown = text.count > 60 ? String(text.prefix(60)) + "…" : text
        #expect(
            try complaints(about: email("server: smtps://a.example", "from: a@b.example", "to: \"\(text)\"")) == [
                "5:11: `to`: expected \(addressForms), found `\(shown)` — \(addressHint)"
            ])
    }

    @Test(
        "refuses what would begin another line of a message's head", arguments: ["\\r", "\\n", "\\t", "\\x85", "\\L"])
    func control(escape: String) throws {
        let yaml = email("server: smtps://a.example", "from: \"A\(escape)Bcc: x <a@b.example>\"", "to: c@d.example")
        let found = try complaints(about: yaml)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("4:13: `from`: expected \(addressForms), found ") == true, "\(found)")
    }
}
