import Model
import Settings
import Testing

/// 24 bytes, and 64.
private let shortKey = String(repeating: "A", count: 32)
private let longKey = String(repeating: "+/", count: 42) + "AA=="

/// A channel from line 2, column 5 on.
private func channel(_ lines: String...) -> String {
    "notify:\n  - " + lines.joined(separator: "\n    ") + "\n"
}

private let secret = "secret: whsec_\(shortKey)"

/// The only channel.
private func only(_ yaml: String) throws -> ChannelSettings {
    let found = try configuration(yaml).notify
    #expect(found.count == 1)
    return try #require(found.first)
}

@Suite("Channels in a configuration")
struct ChannelSettingsTests {
    @Test("may be none", arguments: ["", "notify:\n", "notify: []\n"])
    func none(yaml: String) throws {
        #expect(try configuration(yaml).notify.isEmpty)
    }

    @Test("have the documented defaults")
    func defaults() throws {
        let found = try only(channel("webhook: https://hooks.example.org/n?a=b", secret))
        let key = ChannelSettings.SigningKey(base64: Secret(shortKey))
        let kind = ChannelSettings.Kind.webhook(url: Secret("https://hooks.example.org/n?a=b"), keys: [key])
        #expect(found == ChannelSettings(name: "webhook", kind: kind))
        #expect(found.events == .problems)
        #expect(found.databases.isEmpty)
        #expect(found.digest == nil)
        #expect(!found.allowsPrivate)
        #expect(found.caFile == nil)
    }

    @Test("can be told everything")
    func everything() throws {
        let yaml = """
            notify:
              - webhook: {env: HOOK}
                secret: [{credential: new}, {file: old}]
                name: ops
                events: [backup.failed, "verification.*"]
                databases: [shop, "web-*"]
                digest: weekly mon 07:05
                timezone: Asia/Kathmandu
                allow_private: true
                ca_file: ca.pem
            databases: {shop: {sqlite: /s.db}, web-1: {sqlite: /w.db}}
            """
        let files = [
            "secrets/new": "whsec_\(longKey)\n", "old": "whsec_\(shortKey)\n",
            "ca.pem": "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
        ]
        let environment = ["HOOK": "http://10.0.0.1:81/hook"]
        try withConfiguration(yaml, environment: environment, files: files) { folder in
            try folder.writeZones()
            let configuration = try folder.load()
            let found = try #require(configuration.notify.first)
            let keys = [longKey, shortKey].map { ChannelSettings.SigningKey(base64: Secret($0)) }
            #expect(found.kind == .webhook(url: Secret("http://10.0.0.1:81/hook"), keys: keys))
            #expect(found.name == "ops")
            #expect(found.events == .matching(["backup.failed", "verification.*"]))
            #expect(found.databases == ["shop", "web-*"])
            let schedule = try Schedule(parsing: "5 7 * * mon")
            #expect(found.digest?.schedule == schedule)
            #expect(found.digest?.zone.name == "Asia/Kathmandu")
            #expect(found.allowsPrivate)
            #expect(found.caFile == "\(folder.path)/ca.pem")
            #expect(configuration.notes == [])
            #expect(configuration.secretFiles.map { $0.kind } == [.credential, .file])
            for hidden in [longKey, shortKey, "/hook"] {
                #expect(!"\(configuration)".contains(hidden))
                #expect(!String(reflecting: configuration).contains(hidden))
            }
        }
    }

    @Test("are of six kinds")
    func kinds() throws {
        let found = try configuration(
            """
            notify:
              - {webhook: "https://a.example/", secret: whsec_\(shortKey)}
              - healthchecks: https://hc.example/ping/KEY/{database}?create=1
              - {slack: "https://hooks.slack.com/services/x", name: slack-2}
              - discord: https://discord.com/api/webhooks/1/x
              - {ntfy: "https://ntfy.sh/topic", token: tk_1}
              - slack: https://b.example
              - slack: https://c.example
              - email: {server: "smtps://mail.example", from: a@b.example, to: c@d.example}
            """
        ).notify
        #expect(
            found.map { $0.name } == [
                "webhook", "healthchecks", "slack-2", "discord", "ntfy", "slack", "slack-3", "email",
            ])
        #expect(
            found.map { $0.kind.name } == [
                "webhook", "healthchecks", "slack", "discord", "ntfy", "slack", "slack", "email",
            ])
        #expect(found[1].kind == .healthchecks(url: Secret("https://hc.example/ping/KEY/{database}?create=1")))
        #expect(found[1].events == .matching(["backup.*", "verification.*"]))
        #expect(found[4].kind == .ntfy(url: Secret("https://ntfy.sh/topic"), token: Secret("tk_1")))
    }

    @Test("come from included files, too, after those of the main file")
    func included() throws {
        let yaml = "include: [a.yaml]\nnotify:\n  - {slack: \"https://a.example\", name: ops}\n"
        let more = "notify:\n  - discord: https://b.example\n  - {slack: \"https://c.example\", name: dev}\n"
        try withConfiguration(yaml, files: ["a.yaml": more]) { folder in
            let names = try folder.load().notify.map { $0.name }
            #expect(names == ["ops", "discord", "dev"])
        }
        let again = "notify:\n  - {discord: \"https://b.example\", name: ops}\n"
        try withConfiguration(yaml, files: ["a.yaml": again]) { folder in
            #expect(folder.complaints() == ["a.yaml:2:42: duplicate channel `ops`; the first one is at 3"])
        }
    }

    @Test(
        "choose their events by name and pattern",
        arguments: [
            ("problems", EventChoice.problems), ("all", .all), ("backup.failed", .matching(["backup.failed"])),
            ("\"*.failed\"", .matching(["*.failed"])), ("[backup.*, store.*]", .matching(["backup.*", "store.*"])),
            ("[problems]", .problems),
        ] as [(String, EventChoice)])
    func events(written: String, expected: EventChoice) throws {
        #expect(try only(channel("slack: https://a.example", "events: \(written)")).events == expected)
    }

    @Test("may choose all problems and more")
    func problemsAndMore() throws {
        let found = try only(channel("slack: https://a.example", "events: [problems, backup.completed]")).events
        for kind in EventKind.allCases {
            #expect(found.contains(kind) == (EventChoice.problems.contains(kind) || kind == .backupCompleted))
        }
    }

    @Test(
        "tell good news in a digest",
        arguments: [
            ("daily 07:00", "0 7 * * *"), ("daily 7:05", "5 7 * * *"), ("Weekly Monday 23:59", "59 23 * * mon"),
            ("weekly sun 00:00", "0 0 * * sun"), ("\"30 6 * * 1-5\"", "30 6 * * 1-5"), ("\"@daily\"", "@daily"),
        ])
    func digest(written: String, expected: String) throws {
        let found = try only(channel("slack: https://a.example", "digest: \(written)"))
        let schedule = try Schedule(parsing: expected)
        #expect(found.digest == ChannelSettings.Digest(schedule: schedule, zone: .utc))
        #expect(found.events == .all, "there is no good news among problems")
        let chosen = try only(channel("slack: https://a.example", "digest: \(written)", "events: problems"))
        #expect(chosen.events == .problems)
    }

    @Test("may say that they have no digest")
    func noDigest() throws {
        let found = try only(channel("slack: https://a.example", "digest: off"))
        #expect(found.digest == nil)
        #expect(found.events == .problems)
    }

    @Test("have the zone of the defaults for their digest, unless they say one")
    func zone() throws {
        let yaml = channel("slack: https://a.example", "digest: daily 07:00") + "defaults: {timezone: Europe/Berlin}\n"
        try withConfiguration(yaml) { folder in
            try folder.writeZones()
            let zone = try folder.load().notify.first?.digest?.zone.name
            #expect(zone == "Europe/Berlin")
        }
    }

    @Test(
        "may go to a private host, and without TLS, where they say so",
        arguments: [
            "http://127.0.0.1:8080/x", "https://10.0.0.1", "http://[::1]/x", "http://localhost", "http://nas:22/",
        ])
    func allowPrivate(url: String) throws {
        let found = try only(channel("discord: \(url)", "allow_private: true"))
        #expect(found.kind == .discord(url: Secret(url)))
    }

    @Test("have a fingerprint of where they lead, and of nothing else")
    func fingerprint() throws {
        var found = try only(channel("webhook: https://a.example/x", secret))
        let before = found.fingerprint
        #expect(before.count == 32)
        found.name = "other"
        found.events = .all
        found.kind = .webhook(url: Secret("https://a.example/x"), keys: [])
        #expect(found.fingerprint == before)
        found.kind = .webhook(url: Secret("https://a.example/y"), keys: [])
        #expect(found.fingerprint != before)
        found.kind = .slack(url: Secret("https://a.example/x"))
        #expect(found.fingerprint != before)
    }
}

@Suite("Notes about channels")
struct ChannelNoteTests {
    private static let databases = "databases: {a.b: {sqlite: /1.db}, a-b: {sqlite: /2.db}, c: {sqlite: /3.db}}\n"

    /// All notes, without the folder.
    private func notes(_ yaml: String) throws -> [String] {
        try withConfiguration(yaml + Self.databases) { folder in
            try folder.load().notes.map { $0.replacing("\(folder.path)/nightjar.yaml:", with: "") }
        }
    }

    @Test("tell of databases that share a check")
    func slugs() throws {
        #expect(
            try notes(channel("healthchecks: https://hc.example/KEY/{database}")) == [
                "2:19: the databases `a.b`, `a-b` share the check `a-b` of the channel healthchecks, and the success of"
                    + " one hides the failure of another: rename one of them"
            ])
        #expect(
            try notes(channel("healthchecks: https://hc.example/KEY")) == [
                "2:19: the channel healthchecks has one check for 3 databases, and the success of one hides the failure"
                    + " of another: put {database} into its URL, or name one under `databases`"
            ])
        #expect(try notes(channel("healthchecks: https://hc.example/KEY", "databases: [c]")) == [])
        #expect(try notes(channel("healthchecks: https://hc.example/{database}", "databases: [c, a.b]")) == [])
    }

    @Test("tell of databases that there are not")
    func unknown() throws {
        #expect(
            try notes(channel("slack: https://a.example", "databases: [c, \"x-*\", a.c]")) == [
                "3:20: the channel slack waits for a database `x-*`, and there is none now",
                "3:27: the channel slack waits for a database `a.c`, and there is none now — did you mean `a.b`?",
            ])
    }
}
