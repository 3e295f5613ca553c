import Model
import Settings
import Testing

private let key = "whsec_" + String(repeating: "A", count: 32)

/// A channel with its first key in line 2, column 5, and the others below it.
private func channel(_ lines: String...) -> String {
    "notify:\n  - " + lines.joined(separator: "\n    ") + "\n"
}

/// A channel of Discord's with its URL in line 2, column 14.
private func discord(_ url: String) -> String { channel("discord: \(url)") }

private let example = "{webhook: \"https://…\", secret: {credential: hook-secret}}"
private let making = "make one with: echo \"whsec_$(openssl rand -base64 32)\""
private let privateHint = "hosts of your own network may be called where a channel says allow_private: true"
private let kinds = "`webhook`, `healthchecks`, `slack`, `discord`, `ntfy` or `email`"
private let eventList = EventKind.allCases.map { $0.rawValue }.filter { $0 != "notify.test" }.joined(separator: ", ")
private let digestForms =
    "a time such as daily 07:00 or weekly mon 07:00, a schedule such as \"0 7 * * *\", or off"

@Suite("Complaints about channels")
struct ChannelComplaintTests {
    @Test(
        "name what is missing, unknown or too much",
        arguments: [
            ComplaintCase(
                "notify: https://hunter2.example\n",
                "1:9: `notify`: expected a list of channels such as [\(example)], found something else"),
            ComplaintCase(
                channel("https://hunter2.example"),
                "2:5: `notify`: expected a channel such as \(example), found something else"),
            ComplaintCase(channel("name: ops"), "2:5: `notify`: \(kinds) is missing"),
            ComplaintCase(
                channel("webhok: https://hunter2.example"), "2:5: `notify`: \(kinds) is missing",
                "2:5: unknown key `webhok` — did you mean `webhook`?"),
            ComplaintCase(
                channel("slack: https://hunter2.example", "discord: https://hunter2.example"),
                "2:5: `notify`: expected exactly one of \(kinds), found 2"),
            ComplaintCase(
                channel("slack: https://a.example", "secret: hunter2"),
                "3:5: unknown key `secret` — known here: slack, name, events, databases, digest, timezone,"
                    + " allow_private, ca_file"),
            ComplaintCase(
                channel("slack: https://a.example", "evnets: all"),
                "3:5: unknown key `evnets` — did you mean `events`?"),
            ComplaintCase(
                channel("webhook: https://a.example"), "2:5: `notify`: `secret` is missing — \(making)"),
            ComplaintCase(
                channel("slack: https://a.example", "allow_private: yes"),
                "3:20: `allow_private`: expected `true` or `false`, found `yes`"),
            ComplaintCase(
                channel("slack: https://a.example", "databases: []"),
                "3:16: `databases`: expected a list of databases' names or patterns such as [\"shop-*\"], found an"
                    + " empty list"),
            ComplaintCase(
                channel("slack: https://a.example", "ca_file: /does/not/exist.pem"),
                "3:14: `ca_file`: the file /does/not/exist.pem does not exist"),
        ])
    func structure(_ example: ComplaintCase) throws {
        let found = try complaints(about: example.yaml)
        #expect(found == example.expected)
        #expect(!found.contains { $0.contains("hunter2") })
    }

    @Test("name a file that holds no certificate")
    func certificates() throws {
        try withConfiguration(channel("slack: https://a.example", "ca_file: a.pem"), files: ["a.pem": "x"]) { folder in
            #expect(
                folder.complaints() == [
                    "3:14: `ca_file`: the file a.pem holds no certificate"
                        + " — it has to be PEM, with lines such as -----BEGIN CERTIFICATE-----"
                ])
        }
    }

    @Test(
        "name names that cannot be",
        arguments: [
            ComplaintCase(
                channel("slack: https://a.example", "name: a b"),
                "3:11: `a b` cannot be the name of a channel — up to 100 letters, digits, dots, underscores and dashes,"
                    + " beginning with a letter or a digit"),
            ComplaintCase(
                channel("slack: https://a.example", "name: callback"),
                "3:11: `callback` cannot be the name of a channel"
                    + " — it stands for the callbacks of exports that were asked for over the API"),
            ComplaintCase(
                channel("slack: https://a.example", "name: [ops]"),
                "3:11: `name`: expected a channel's name, found a list"),
        ])
    func names(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test(
        "name events that there are not, with those that may be meant",
        arguments: [
            ComplaintCase(
                channel("slack: https://a.example", "events: backup.faild"),
                "3:13: `events`: there is no event `backup.faild` — did you mean `backup.failed`?"),
            ComplaintCase(
                channel("slack: https://a.example", "events: [problem, backups.*, \"*.over\"]"),
                "3:14: `events`: there is no event `problem` — did you mean `problems`?",
                "3:23: `events`: there is no event `backups.*` — did you mean `backup.*`?",
                "3:34: `events`: there is no event `*.over` — there are \(eventList)"),
            ComplaintCase(
                channel("slack: https://a.example", "events: []"),
                "3:13: `events`: expected problems, all, or a list of events such as [backup.failed,"
                    + " \"verification.*\"], found an empty list"),
            ComplaintCase(
                channel("slack: https://a.example", "events: {a: b}"),
                "3:13: `events`: expected problems, all, or a list of events such as [backup.failed,"
                    + " \"verification.*\"], found a mapping"),
        ])
    func events(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test(
        "name digests that cannot be",
        arguments: [
            ComplaintCase(
                channel("slack: https://a.example", "digest: daily"),
                "3:13: `digest`: expected \(digestForms), found `daily`"),
            ComplaintCase(
                channel("slack: https://a.example", "digest: daily 24:00"),
                "3:13: `digest`: expected \(digestForms), found `daily 24:00`"),
            ComplaintCase(
                channel("slack: https://a.example", "digest: daily 7"),
                "3:13: `digest`: expected \(digestForms), found `daily 7`"),
            ComplaintCase(
                channel("slack: https://a.example", "digest: weekly mo 07:00"),
                "3:13: `digest`: expected \(digestForms), found `weekly mo 07:00`"),
            ComplaintCase(
                channel("slack: https://a.example", "timezone: UTC"),
                "3:15: `timezone` is that of the digest, and there is none — digest: daily 07:00"),
            ComplaintCase(
                channel("healthchecks: https://a.example/x", "digest: daily 07:00"),
                "3:13: `digest` is not possible for healthchecks: a check wants to hear of each run when it happens"),
        ])
    func digests(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test(
        "name what keeps a URL from being called, and nothing of it but the host",
        arguments: [
            ("hooks.example.org/hunter2", "the URL must begin with https://"),
            ("ftp://a.example/hunter2", "the URL must begin with https://"),
            ("http://a.example/hunter2", "the URL must begin with https:// — \(privateHint)"),
            (
                "https://me:hunter2@a.example",
                "the URL holds a user name or a password — put a secret into its path or its query"
            ),
            ("https://a.example/#hunter2", "the URL has a fragment, which no server would see"),
            (
                "https://a.example/hunter2 x",
                "the URL holds a space or another character that has no place in a URL"
                    + " — write it percent-encoded, and international names in their xn-- form"
            ),
            (
                "https://ä.example/hunter2",
                "the URL holds a space or another character that has no place in a URL"
                    + " — write it percent-encoded, and international names in their xn-- form"
            ),
            ("https://a.example/hunter2/{database}", "only the URL of healthchecks can hold {database}"),
            (
                "https://a.example:25/hunter2",
                "the URL has port 25, which belongs to another service — 443 will do, and those from 1024 on;"
                    + " \(privateHint)"
            ),
            (
                "https://10.0.0.1/hunter2",
                "the URL leads to 10.0.0.1, which is not of the public Internet — \(privateHint)"
            ),
            (
                "https://[::ffff:127.0.0.1]/hunter2",
                "the URL leads to 127.0.0.1, which is not of the public Internet — \(privateHint)"
            ),
            (
                "https://api.localhost/hunter2",
                "the URL leads to api.localhost, which is not of the public Internet — \(privateHint)"
            ),
            ("https://a.example/" + String(repeating: "x", count: 1800), "the URL is longer than 1800 bytes"),
        ] as [(String, String)])
    func urls(url: String, expected: String) throws {
        let found = try complaints(about: discord("\"\(url)\""))
        #expect(found == ["2:14: `discord`: \(expected)"])
        #expect(!found.contains { $0.contains("hunter2") })
    }

    @Test(
        "refuse hosts that could be read in two ways, private ones allowed or not",
        arguments: [
            "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "a..example", "[::1", "[fe80::1%25eth0]", "a.example:0",
            "a.example:65536", "a.example:", "", "{database}.example",
        ])
    func hosts(host: String) throws {
        for more in [[], ["allow_private: true"]] {
            let yaml = "notify:\n  - healthchecks: \"https://\(host)/x\"\n" + more.map { "    \($0)\n" }.joined()
            #expect(
                try complaints(about: yaml) == [
                    "2:19: `healthchecks`: the URL has a host that cannot be read — it is a name, four numbers from 0"
                        + " to 255, or an address of IPv6 in [ ]; a port may follow"
                ])
        }
    }

    @Test("say that a topic is missing, and what stands in braces")
    func particular() throws {
        #expect(
            try complaints(about: channel("ntfy: https://ntfy.sh/", "token: a b")) == [
                "2:11: `ntfy`: the URL names no topic — https://ntfy.sh/and-your-topic",
                "3:12: `token`: holds a space, or what is not ASCII, and cannot be sent in a header",
            ])
        #expect(
            try complaints(about: channel("healthchecks: https://hc.example/{db}")) == [
                "2:19: `healthchecks`: only {database} may stand in braces in the URL"
            ])
    }

    @Test(
        "say how a webhook's secret is made, and show none",
        arguments: [
            ("hunter2", "does not begin with whsec_"), ("whsec_hunter2", "what follows whsec_ is not base64"),
            ("whsec_hunter2A", "stands for 6 bytes, and has to have 24 to 64"),
            ("whsec_\(String(repeating: "A", count: 88))", "stands for 66 bytes, and has to have 24 to 64"),
        ] as [(String, String)])
    func secrets(written: String, expected: String) throws {
        let found = try complaints(about: channel("webhook: https://a.example", "secret: [\(key), \(written)]"))
        #expect(found == ["3:54: `secret`: \(expected) — \(making)"])
        #expect(!found.contains { $0.contains("hunter2") })
    }
}
