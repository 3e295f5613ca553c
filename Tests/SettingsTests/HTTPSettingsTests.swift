import Foundation
import Model
import Settings
import Testing

private let first = "first-secret-of-many-bytes"
private let second = "second-secret-of-many-bytes"

/// A configuration with one key under `http:`, in line 2, column 3.
private func http(_ line: String) -> String { "http:\n  \(line)\n" }

/// A configuration with tokens from line 3 on, their braces in column 7.
private func tokens(_ items: String...) -> String {
    "http:\n  tokens:\n" + items.map { "    - \($0)\n" }.joined()
}

private func listenComplaint(_ found: String) -> String {
    "2:11: `listen`: expected \"127.0.0.1:8630\", \"[::1]:8630\", unix:/run/nightjar/http.sock or off, found"
        + " `\(found)` — 0.0.0.0 and [::] stand for all addresses of this machine"
}

private func limitComplaint(_ found: String) -> String {
    "2:15: `rate_limit`: expected a number of requests and a unit of time such as 6/min, or off, found"
        + " `\(found)` — units are s, min, h and d"
}

@Suite("What `http` says")
struct HTTPSettingsTests {
    @Test("may be nothing", arguments: ["", "http:\n", "http: {}\n", http("tokens:"), http("tokens: []")])
    func defaults(yaml: String) throws {
        let found = try configuration(yaml)
        #expect(found.http == HTTPSettings())
        #expect(found.http.listen == .tcp(host: "127.0.0.1", port: 8630))
        #expect(found.http.publicURL == nil)
        #expect(found.http.tokens.isEmpty)
        #expect(found.http.rateLimit == HTTPSettings.RateLimit(count: 6, seconds: 60))
        #expect(found.http.trustedProxies.isEmpty)
        #expect(found.http.callbackHosts.isEmpty)
        #expect(found.http.exportKeep == 86_400)
        #expect(found.notes.isEmpty)
    }

    @Test(
        "may be an address and a port, a socket, or off",
        arguments: [
            ("127.0.0.1:8630", HTTPSettings.Listen.tcp(host: "127.0.0.1", port: 8630), "127.0.0.1:8630"),
            ("127.0.0.1:0", .tcp(host: "127.0.0.1", port: 0), "127.0.0.1:0"),
            ("LocalHost:80", .tcp(host: "localhost", port: 80), "localhost:80"),
            ("\"[::1]:65535\"", .tcp(host: "::1", port: 65535), "[::1]:65535"),
            ("\"[0:0::1]:1\"", .tcp(host: "::1", port: 1), "[::1]:1"),
            ("off", .off, "off"),
            ("unix:/run/x.sock", .unix(path: "/run/x.sock"), "unix:/run/x.sock"),
            ("/run//x.sock", .unix(path: "/run/x.sock"), "unix:/run/x.sock"),
            ("${HOST}:${PORT:-99}", .tcp(host: "127.0.0.9", port: 99), "127.0.0.9:99"),
        ] as [(String, HTTPSettings.Listen, String)])
    func listen(written: String, expected: HTTPSettings.Listen, description: String) throws {
        let found = try configuration(http("listen: \(written)"), environment: ["HOST": "127.0.0.9"])
        #expect(found.http.listen == expected)
        #expect("\(found.http.listen)" == description)
        #expect(found.notes.isEmpty)
    }

    @Test(
        "that other machines can reach is noted, unless a proxy has TLS",
        arguments: ["0.0.0.0:8630", "\"[::]:8630\"", "192.0.2.1:80", "backups.example.org:80"])
    func reachable(written: String) throws {
        try withConfiguration(http("listen: \(written)")) { folder in
            let notes = try folder.load().notes
            #expect(notes.count == 1)
            #expect(notes.first?.hasPrefix("\(folder.path)/nightjar.yaml:2:11: other machines can reach ") == true)
        }
        let proxied = try configuration(http("listen: \(written)\n  public_url: https://b.example.org"))
        #expect(proxied.notes.isEmpty)
        #expect(try configuration(http("listen: \(written)\n  public_url: http://b.example.org")).notes.count == 1)
    }

    @Test(
        "has a public address without a slash at its end",
        arguments: [
            ("https://backups.example.org", "https://backups.example.org"),
            ("HTTPS://Backups.Example.org/", "https://backups.example.org"),
            ("http://nas:8080", "http://nas:8080"), ("https://[2001:db8::1]:444", "https://[2001:db8::1]:444"),
        ])
    func publicURL(written: String, expected: String) throws {
        #expect(try configuration(http("public_url: \"\(written)\"")).http.publicURL == expected)
    }

    @Test(
        "limits exports, or does not",
        arguments: [
            ("6/min", HTTPSettings.RateLimit(count: 6, seconds: 60)),
            ("1/s", HTTPSettings.RateLimit(count: 1, seconds: 1)),
            ("100/h", HTTPSettings.RateLimit(count: 100, seconds: 3600)),
            ("1000000/d", HTTPSettings.RateLimit(count: 1_000_000, seconds: 86_400)), ("off", nil),
        ] as [(String, HTTPSettings.RateLimit?)])
    func rateLimit(written: String, expected: HTTPSettings.RateLimit?) throws {
        #expect(try configuration(http("rate_limit: \(written)")).http.rateLimit == expected)
    }

    @Test("names proxies, hosts for callbacks, and how long exports are kept")
    func lists() throws {
        let found = try configuration(
            """
            http:
              trusted_proxies: [10.0.0.0/8, "::1", "2001:db8::/32"]
              callback_hosts: [CI.internal, "ci.internal:8443", 10.1.2.3, "[0:0::1]:80", "[fd00::1]"]
              export_keep: 12h
            """
        ).http
        #expect(found.trustedProxies == ["10.0.0.0/8", "::1", "2001:db8::/32"].compactMap { AddressRange($0) })
        #expect(found.callbackHosts == ["ci.internal", "ci.internal:8443", "10.1.2.3", "[::1]:80", "[fd00::1]"])
        #expect(found.exportKeep == 43_200)
    }

    @Test(
        "lets callbacks go to a host by its name and port alone",
        arguments: [
            ("ci.internal", 443, true), ("CI.Internal", 80, true), ("a.ci.internal", 443, false),
            ("internal", 443, false), ("nas", 8443, true), ("nas", 443, false), ("10.1.2.3", 1, true),
            ("10.1.2.4", 1, false), ("::1", 80, true), ("[::1]", 80, true), ("[0:0::1]", 80, true),
            ("::1", 81, false), ("[fd00::1]", 5, true), ("::ffff:10.1.2.3", 443, true), ("", 443, false),
            ("nas:8443", 8443, false),
        ])
    func callbacks(host: String, port: Int, isAllowed: Bool) {
        let settings = HTTPSettings(
            callbackHosts: ["ci.internal", "nas:8443", "10.1.2.3", "[::1]:80", "[fd00::1]"])
        #expect(settings.allowsCallback(host: host, port: port) == isAllowed)
    }

    @Test(
        "has complaints about each of its keys",
        arguments: [
            ComplaintCase(
                "http: 8630\n", "1:7: `http`: expected settings such as {listen: \"127.0.0.1:8630\"}, found `8630`"),
            ComplaintCase(http("lisen: off"), "2:3: unknown key `lisen` — did you mean `listen`?"),
            ComplaintCase(http("listen: 8630"), listenComplaint("8630")),
            ComplaintCase(http("listen: localhost"), listenComplaint("localhost")),
            ComplaintCase(http("listen: \":8630\""), listenComplaint(":8630")),
            ComplaintCase(http("listen: \"::1:8630\""), listenComplaint("::1:8630")),
            ComplaintCase(http("listen: 127.1:80"), listenComplaint("127.1:80")),
            ComplaintCase(http("listen: 127.0.0.1:65536"), listenComplaint("127.0.0.1:65536")),
            ComplaintCase(http("listen: http://localhost:80"), listenComplaint("http://localhost:80")),
            ComplaintCase(http("listen: unix:x.sock"), listenComplaint("unix:x.sock")),
            ComplaintCase(http("listen: unix:8630"), listenComplaint("unix:8630")),
            ComplaintCase(
                http("listen: /\(String(repeating: "a", count: 107))"),
                "2:11: `listen`: is longer than a socket's path can be: 107 bytes"),
            ComplaintCase(
                http("public_url: backups.example.org"),
                "2:15: `public_url`: expected https://host or https://host:port, found `backups.example.org`"
                    + " — http:// is possible too; no user, no path"),
            ComplaintCase(
                http("public_url: https://a.example/nightjar"),
                "2:15: `public_url`: expected https://host or https://host:port, found `https://a.example/nightjar`"
                    + " — http:// is possible too; no user, no path"),
            ComplaintCase(
                http("public_url: https://u:hunter2@a.example"),
                "2:15: `public_url`: expected https://host or https://host:port, found something else"
                    + " — http:// is possible too; no user, no path"),
            ComplaintCase(http("rate_limit: 6"), limitComplaint("6")),
            ComplaintCase(http("rate_limit: 6/week"), limitComplaint("6/week")),
            ComplaintCase(http("rate_limit: -6/min"), limitComplaint("-6/min")),
            ComplaintCase(http("rate_limit: 6/min/s"), limitComplaint("6/min/s")),
            ComplaintCase(
                http("rate_limit: 0/min"), "2:15: `rate_limit`: expected 1 to 1000000 requests, or off, found `0/min`"),
            ComplaintCase(
                http("trusted_proxies: 10.0.0.0/8"),
                "2:20: `trusted_proxies`: expected a list of addresses and ranges such as [\"10.0.0.0/8\", \"::1\"],"
                    + " found `10.0.0.0/8`"),
            ComplaintCase(
                http("trusted_proxies: [10.0.0.1/8, proxy]"),
                "2:21: `trusted_proxies`: expected an address or a range such as 10.0.0.0/8, found `10.0.0.1/8`"
                    + " — no bits are set after those that the range has in common",
                "2:33: `trusted_proxies`: expected an address or a range such as 10.0.0.0/8, found `proxy`"
                    + " — no bits are set after those that the range has in common"),
            ComplaintCase(
                http("callback_hosts: [\"https://ci\", \"*.internal\", \"a:0\"]"),
                "2:20: `callback_hosts`: expected a host or host:port such as ci.internal:8443, found `https://ci`"
                    + " — no scheme, no path, no wildcards; an address of IPv6 in brackets",
                "2:34: `callback_hosts`: expected a host or host:port such as ci.internal:8443, found `*.internal`"
                    + " — no scheme, no path, no wildcards; an address of IPv6 in brackets",
                "2:48: `callback_hosts`: expected a host or host:port such as ci.internal:8443, found `a:0`"
                    + " — no scheme, no path, no wildcards; an address of IPv6 in brackets"),
            ComplaintCase(
                http("export_keep: 59s"), "2:16: `export_keep`: expected a duration from 1m to 365d, found `59s`"),
            ComplaintCase(
                http("export_keep: 366d"), "2:16: `export_keep`: expected a duration from 1m to 365d, found `366d`"),
        ])
    func wrong(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test("is not for included files")
    func included() throws {
        try withConfiguration("include: [a.yaml]", files: ["a.yaml": "http: {}\n"]) { folder in
            #expect(
                folder.complaints() == [
                    "a.yaml:1:1: unknown key `http` — an included file may hold only `stores`, `databases` and `notify`"
                ])
        }
    }
}

@Suite("A token for the API")
struct HTTPTokenTests {
    @Test("has a name, a secret from wherever secrets come from, and a scope")
    func reads() throws {
        let yaml = tokens(
            "{name: a, token: \(first), scope: read}", "{name: b.2, token: {file: token}, scope: export}",
            "{name: c, token: {env: T}, scope: admin}", "{name: d, token: {credential: fourth}, scope: admin}")
        let environment = ["T": "third-secret-of-many-bytes"]
        let files = ["token": second + "\n", "secrets/fourth": "fourth-secret-of-many-bytes\n"]
        try withConfiguration(yaml, environment: environment, files: files) { folder in
            let found = try folder.load()
            #expect(
                found.http.tokens == [
                    HTTPSettings.Token(name: "a", secret: Secret(first), scope: .read),
                    HTTPSettings.Token(name: "b.2", secret: Secret(second), scope: .export),
                    HTTPSettings.Token(name: "c", secret: Secret("third-secret-of-many-bytes"), scope: .admin),
                    HTTPSettings.Token(name: "d", secret: Secret("fourth-secret-of-many-bytes"), scope: .admin),
                ])
            #expect(found.secretFiles.map { $0.kind } == [.file, .credential])
            #expect(!"\(found)".contains("secret-of-many-bytes"))
            #expect(!String(reflecting: found).contains("secret-of-many-bytes"))
        }
    }

    @Test("may have just enough bytes")
    func shortest() throws {
        let found = try configuration(tokens("{name: a, token: 0123456789abcde~, scope: read}")).http.tokens
        #expect(found.map { $0.secret.value } == ["0123456789abcde~"])
    }

    @Test(
        "has complaints about each of its parts, none of which shows a secret",
        arguments: [
            ComplaintCase(
                tokens("{name: a, token: \(first)}"),
                "3:7: `tokens`: `scope` is missing — scope: read, export or admin"),
            ComplaintCase(tokens("{token: \(first), scope: read}"), "3:7: `tokens`: `name` is missing"),
            ComplaintCase(tokens("{name: a, scope: read}"), "3:7: `tokens`: `token` is missing"),
            ComplaintCase(
                tokens("{name: a, token: \(first), scope: raed}"),
                "3:59: `scope`: expected `read`, `export` or `admin`, found `raed` — did you mean `read`?"),
            ComplaintCase(
                tokens("{name: a, tokne: \(first), token: \(second), scope: read}"),
                "3:17: unknown key `tokne` — did you mean `token`?"),
            ComplaintCase(
                tokens("{name: a b, token: \(first), scope: read}"),
                "3:14: `a b` cannot be the name of a token — up to 100 letters, digits, dots, underscores and dashes,"
                    + " beginning with a letter or a digit"),
            ComplaintCase(
                tokens("{name: a, token: \(first), scope: read}", "{name: a, token: \(second), scope: read}"),
                "4:14: duplicate token `a`; the first one is at line 3"),
            ComplaintCase(
                tokens("{name: a, token: \(first), scope: read}", "{name: b, token: \(first), scope: admin}"),
                "4:24: `token`: is the same as that of the token `a` — each needs one of its own"),
            ComplaintCase(
                tokens("{name: a, token: hunter2-hunter2, scope: read}"),
                "3:24: `token`: is shorter than 16 bytes — make one with: head -c 24 /dev/urandom | base64"),
            ComplaintCase(
                tokens("{name: a, token: hunter2 hunter2 hunter2, scope: read}"),
                "3:24: `token`: holds a space, or what is not ASCII, and cannot be sent in a header"
                    + " — make one with: head -c 24 /dev/urandom | base64"),
            ComplaintCase(
                tokens("{name: a, token: hünter2-hünter2-hünter2, scope: read}"),
                "3:24: `token`: holds a space, or what is not ASCII, and cannot be sent in a header"
                    + " — make one with: head -c 24 /dev/urandom | base64"),
            ComplaintCase(
                tokens("{name: a, token: {env: NOT_SET}, scope: read}"),
                "3:30: the environment variable `NOT_SET` is not set"),
            ComplaintCase(
                tokens("hunter2"),
                "3:7: `tokens`: expected a token such as {name: admin, token: {file: admin-token}, scope: admin},"
                    + " found something else"),
            ComplaintCase(
                http("tokens: hunter2"),
                "2:11: `tokens`: expected a list of tokens such as"
                    + " [{name: admin, token: {file: admin-token}, scope: admin}], found something else"),
        ])
    func wrong(_ example: ComplaintCase) throws {
        let found = try complaints(about: example.yaml)
        #expect(found == example.expected)
        for secret in [first, second, "hunter2", "hünter2"] {
            #expect(!found.contains { $0.contains(secret) })
        }
    }

    @Test("is compared with those of files, too")
    func sameFile() throws {
        let yaml = tokens("{name: a, token: {file: t}, scope: read}", "{name: b, token: {file: t}, scope: read}")
        try withConfiguration(yaml, files: ["t": first]) { folder in
            #expect(
                folder.complaints() == [
                    "4:24: `token`: is the same as that of the token `a` — each needs one of its own"
                ])
        }
    }
}
