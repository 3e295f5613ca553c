import Foundation
import Model
import Testing

@testable import Settings

@Suite("What is kept of a configuration has no secret in it") struct ConfigurationSourceTests {
    private static let secret = "S3cr3t-of-the-bucket"

    /// A store with its key written as `written`, and what is expected in its place.
    private static func yaml(_ written: String, ending: String = "\n", comment: String = "# Größe ½ 𝄞") -> String {
        [
            comment, "stores:", "  r:", "    type: s3", "    region: eu-central-1", "    bucket: nightly",
            "    access_key_id: ${KEY_ID}", "    secret_access_key: \(written)",
            "databases: {shop: {sqlite: /srv/shop.db}}",
            "",
        ].joined(separator: ending)
    }

    @Test(
        "however it is written",
        arguments: [
            secret, "\"\(secret)\"", "'\(secret)'", "\(secret)   # the key", "\"S3cr3t\\x2Dof-the-bucket\"",
            "\"S3cr3t\\u002dof-the-bucket\"",
        ])
    func inline(written: String) throws {
        for ending in ["\n", "\r\n"] {
            for mark in ["", "\u{FEFF}"] {
                let yaml = mark + Self.yaml(written, ending: ending)
                try withConfiguration(yaml, environment: ["KEY_ID": "id"]) { folder in
                    let found = try folder.load()
                    guard case .s3(let settings) = found.stores[0].kind else {
                        Issue.record("no bucket")
                        return
                    }
                    #expect(settings.secretAccessKey.value == Self.secret)
                    let expected = Self.yaml("{credential: secret_access_key-8}", ending: ending, comment: "")
                    #expect(found.sources.map(\.text) == [expected])
                    #expect(found.sources[0].path == found.path)
                }
            }
        }
    }

    @Test("comments go, and what only looks like one stays")
    func comments() throws {
        let yaml = """
            # old: \(Self.secret)
            state_dir: "/srv/#1"   # not the first
            scratch_dir: /srv/a#b	# tab
            databases:
              shop: {sqlite: '/srv/it''s # it.db'} # end
              note: {sqlite: /srv/b.db,
                # between
                exclude: ["#tmp"]}#\(Self.secret)
            concurrency: 2 # ends with this line\u{2028}log: {format: json}#too

            """
        try withConfiguration(yaml) { folder in
            let text = try #require(try folder.load().sources.first?.text)
            #expect(
                text == """

                    state_dir: "/srv/#1"
                    scratch_dir: /srv/a#b
                    databases:
                      shop: {sqlite: '/srv/it''s # it.db'}
                      note: {sqlite: /srv/b.db,

                        exclude: ["#tmp"]}
                    concurrency: 2\u{2028}log: {format: json}

                    """)
        }
    }

    @Test("a secret that is also something else is no reason to keep nothing")
    func elsewhere() throws {
        let yaml = """
            http: {tokens: [{name: devtoken, token: "devtoken-of-this-one", scope: read}]}
            databases: {devtoken-of-this-one: {sqlite: /srv/devtoken-of-this-one.db}}

            """
        try withConfiguration(yaml) { folder in
            let text = try #require(try folder.load().sources.first?.text)
            #expect(text == yaml.replacingOccurrences(of: "\"devtoken-of-this-one\"", with: "{credential: token-1}"))
        }
    }

    @Test("two files have no name of a credential in common")
    func names() throws {
        let store = """
            stores: {NAME: {type: s3, region: eu-central-1, bucket: nightly, access_key_id: "${ID}", \
            secret_access_key: "SECRET-of-this-one"}}

            """
        let files = ["a", "b", "c"].map { name in
            (
                "conf.d/\(name).yaml",
                store.replacingOccurrences(of: "NAME", with: name)
                    .replacingOccurrences(of: "SECRET", with: name == "c" ? "a" : name)
            )
        }
        try withConfiguration(
            "include: [\"conf.d/*.yaml\"]\n", environment: ["ID": "id"], files: Dictionary(uniqueKeysWithValues: files)
        ) { folder in
            let found = try folder.load()
            let names = found.sources.dropFirst().map { source in
                source.text.split(separator: "secret_access_key: ").last.map { String($0) } ?? ""
            }
            #expect(
                names == [
                    "{credential: secret_access_key-1}}}\n", "{credential: b-secret_access_key-1}}}\n",
                    "{credential: secret_access_key-1}}}\n",
                ])
        }
    }

    @Test("in flow collections, twice on a line, and where a comment repeats it")
    func flow() throws {
        let yaml = """
            stores:
              r: {type: s3, region: eu-central-1, bucket: nightly, access_key_id: an-id-of-somebody, secret_access_key: "\(Self.secret)"}
            # It is \(Self.secret).
            databases: {shop: {sqlite: /srv/shop.db}}

            """
        try withConfiguration(yaml) { folder in
            let text = try #require(try folder.load().sources.first?.text)
            #expect(
                text.contains(
                    "access_key_id: {credential: access_key_id-2}, secret_access_key: {credential: secret_access_key-2}}"
                ))
            #expect(!text.contains("#"))
            #expect(!text.contains(Self.secret))
            #expect(!text.contains("an-id-of-somebody"))
        }
    }

    @Test("as a block of text")
    func block() throws {
        for style in ["|-", ">-"] {
            let yaml = """
                http:
                  tokens:
                    - name: admin
                      scope: admin
                      token: \(style)
                        \(Self.secret)
                databases: {shop: {sqlite: /srv/shop.db}}

                """
            try withConfiguration(yaml) { folder in
                let found = try folder.load()
                let text = try #require(found.sources.first?.text)
                #expect(!text.contains(Self.secret))
                #expect(text.contains("token: {credential: token-5}\n"))
                #expect(text.contains("\ndatabases: {shop:"), "\(text)")
            }
        }
    }

    @Test("references stay, and so do files that are included")
    func references() throws {
        let yaml = """
            include: [more.yaml]
            http: {tokens: [{name: a, token: {env: TOKEN}, scope: read}, {name: b, token: "${OTHER}", scope: read}]}

            """
        let more = "databases: {shop: {sqlite: /srv/shop.db}} # more\n"
        try withConfiguration(
            yaml, environment: ["TOKEN": Self.secret, "OTHER": "other-\(Self.secret)"], files: ["more.yaml": more]
        ) { folder in
            let found = try folder.load()
            #expect(found.sources.map(\.text) == [yaml, "databases: {shop: {sqlite: /srv/shop.db}}\n"])
            #expect(found.sources.map(\.path) == ["nightjar.yaml", "more.yaml"].map { "\(folder.path)/\($0)" })
        }
        // What follows a variable is a secret of the file's own.
        let mixed = "http: {tokens: [{name: b, token: \"${PREFIX}\(Self.secret)\", scope: read}]}\n"
        try withConfiguration(mixed, environment: ["PREFIX": "x"]) { folder in
            let text = try #require(try folder.load().sources.first?.text)
            #expect(text == "http: {tokens: [{name: b, token: {credential: token-1}, scope: read}]}\n")
        }
    }

    @Test("what is kept is read like what it was made of")
    func again() throws {
        try withConfiguration(Self.yaml(Self.secret), environment: ["KEY_ID": "id"]) { folder in
            let found = try folder.load()
            let text = try #require(found.sources.first?.text)
            try withConfiguration(text, environment: ["KEY_ID": "id", "CREDENTIALS_DIRECTORY": folder.path]) { copy in
                try Data("\(Self.secret)\n".utf8).write(
                    to: URL(fileURLWithPath: "\(folder.path)/secret_access_key-8"))
                let again = try copy.load()
                #expect(again.stores == found.stores)
                #expect(again.databases == found.databases)
            }
        }
    }
}
