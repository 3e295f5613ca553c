import Foundation
import Model
import Settings
import Testing

@Suite("A configuration")
struct ConfigurationTests {
    @Test(
        "that says nothing has its defaults",
        arguments: ["", "# nothing\n", "databases:\nstores:\n", "databases: {}\n"])
    func empty(yaml: String) throws {
        let found = try configuration(yaml)
        #expect(found.stateDirectory == "/var/lib/nightjar")
        #expect(found.scratchDirectory == "/var/lib/nightjar/scratch")
        #expect(found.databases.isEmpty)
        let local = StoreSettings(name: "local", kind: .directory(path: "/var/lib/nightjar/backups"))
        #expect(found.stores == [local])
        #expect(found.concurrency == 1)
        #expect(found.logFormat == .text)
        #expect(found.http == HTTPSettings())
        #expect(found.controlSocket == "/run/nightjar/control.sock")
        #expect(found.patterns.isEmpty)
        #expect(found.notify.isEmpty)
        #expect(found.notes.isEmpty)
    }

    @Test("says how many backups run at once", arguments: [1, 2, 64])
    func concurrency(count: Int) throws {
        #expect(try configuration("concurrency: \(count)\n").concurrency == count)
    }

    @Test(
        "says for whom the log is written",
        arguments: [
            ("log: {format: json}", LogFormat.json), ("log: {format: text}", LogFormat.text), ("log:", LogFormat.text),
        ])
    func logFormat(yaml: String, expected: LogFormat) throws {
        #expect(try configuration(yaml).logFormat == expected)
    }

    @Test("takes its state directory from the file, then from systemd")
    func stateDirectory() throws {
        let environment = ["STATE_DIRECTORY": "/var/lib/private/nightjar:/var/lib/other"]
        #expect(try configuration("", environment: environment).stateDirectory == "/var/lib/private/nightjar")
        #expect(try configuration("state_dir: /srv/n/", environment: environment).stateDirectory == "/srv/n")
        #expect(try configuration("state_dir: /srv/n").scratchDirectory == "/srv/n/scratch")
        #expect(try configuration("scratch_dir: /big").scratchDirectory == "/big")
    }

    @Test("gives a database the built-in defaults, then `defaults`, then its own word")
    func merge() throws {
        let found = try configuration(
            """
            defaults:
              compression: gzip
              chunk_rows: 10
              breathing: {pause: 1s}
              exclude: ["tmp_*"]
              snapshot_max_lock: 500ms
            databases:
              plain: {sqlite: /srv/a.db}
              own:
                sqlite: /srv/b.db
                compression: {zstd: 9}
                breathing: {work: 2m}
                snapshot: transaction
                busy_timeout: 0s
                verify: {after_backup: none}
                exclude: []
            """)
        let plain = DatabaseSettings(
            name: "plain", source: .sqlite(path: "/srv/a.db"), storeNames: ["local"], compression: .gzip(level: 6),
            chunkRows: 10, breathing: Breathing(work: .seconds(25), pause: .seconds(1)),
            snapshotMaxLock: .milliseconds(500), exclude: ["tmp_*"])
        let own = DatabaseSettings(
            name: "own", source: .sqlite(path: "/srv/b.db"), storeNames: ["local"], compression: .zstd(level: 9),
            chunkRows: 10, breathing: Breathing(work: .seconds(120), pause: .seconds(1)), snapshot: .transaction,
            snapshotMaxLock: .milliseconds(500), busyTimeout: .zero,
            verify: VerifySettings(afterBackup: .none, againEvery: nil), exclude: [])
        #expect(found.databases == [plain, own])
        #expect(found.database(named: "own") == own)
        #expect(found.database(named: "other") == nil)
        #expect(found.store(named: "local") != nil)
        #expect(found.store(named: "other") == nil)
    }

    @Test("has the documented built-in defaults")
    func builtIn() throws {
        let found = try configuration("databases: {a: {sqlite: /a.db}}").databases.first
        #expect(found?.format == .sql)
        #expect(found?.compression == .zstd(level: 3))
        #expect(found?.chunkRows == 1000)
        #expect(found?.breathing == Breathing(work: .seconds(25), pause: .seconds(5)))
        #expect(found?.snapshot == .copy)
        #expect(found?.snapshotMaxLock == .seconds(10))
        #expect(found?.busyTimeout == .seconds(10))
        #expect(found?.verify == VerifySettings(afterBackup: .restore, againEvery: 2_592_000))
        #expect(found?.exclude == [])
        #expect(found?.schedule == nil)
        #expect(found?.zone == TimeZoneRules.utc)
        #expect(found?.zoneName == "UTC")
        #expect(found?.jitter == .zero)
        #expect(found?.catchUp == true)
        #expect(found?.retention == nil)
        #expect(found?.alarm.shrink == ShrinkAlarm(tolerance: 0.5))
        #expect(found?.alarm.overdue == OverdueAlarm(missed: 1, grace: .seconds(7200)))
    }

    @Test(
        "reads every form of compression",
        arguments: [
            ("zstd", Compression.zstd(level: 3)), ("gzip", Compression.gzip(level: 6)), ("none", Compression.none),
            ("{zstd: 19}", Compression.zstd(level: 19)), ("{gzip: 1}", Compression.gzip(level: 1)),
        ])
    func compression(text: String, expected: Compression) throws {
        let found = try configuration("databases: {a: {sqlite: /a.db, compression: \(text)}}").databases.first
        #expect(found?.compression == expected)
    }

    @Test("takes relative paths from its own folder")
    func relativePaths() throws {
        let yaml = "stores: {d: {type: directory, path: ./backups/}}\ndatabases: {a: {sqlite: data//a.db}}\n"
        try withConfiguration(yaml) { folder in
            let found = try folder.load()
            #expect(found.path == "\(folder.path)/nightjar.yaml")
            #expect(found.databases.first?.sqlitePath == "\(folder.path)/data/a.db")
            #expect(found.stores.first?.kind == .directory(path: "\(folder.path)/backups"))
        }
    }

    @Test("lets several databases share a file and a store")
    func shared() throws {
        let found = try configuration("databases: {a: {sqlite: /a.db}, b: {sqlite: /a.db}}")
        #expect(found.databases.map { $0.name } == ["a", "b"])
    }

    @Test("gives each database the only store, the default's or its own")
    func storeChoice() throws {
        let stores = "stores: {x: {type: directory, path: /x}, y: {type: directory, path: /y}}\n"
        let databases = "databases: {a: {sqlite: /a}, b: {sqlite: /b, store: y}}\n"
        let found = try configuration(stores + "defaults: {store: x}\n" + databases)
        #expect(found.databases.map { $0.storeName } == ["x", "y"])
        let only = try configuration("stores: {x: {type: directory, path: /x}}\ndatabases: {a: {sqlite: /a}}\n")
        #expect(only.databases.first?.storeName == "x")
    }

    @Test("gives each database all stores of a list, and each store a retention of its own")
    func several() throws {
        let stores = """
            stores:
              x: {type: directory, path: /x, retention: {keep_last: 3}}
              y: {type: directory, path: /y, retention: off}
              z: {type: directory, path: /z}

            """
        let databases = "databases: {a: {sqlite: /a}, b: {sqlite: /b, store: [y]}}\n"
        let defaults = "defaults: {store: [z, x, y], retention: {keep_daily: 7}}\n"
        let found = try configuration(stores + defaults + databases)
        let first = try #require(found.database(named: "a"))
        #expect(first.storeNames == ["z", "x", "y"])
        #expect(first.storeName == "z")
        #expect(found.database(named: "b")?.storeNames == ["y"])
        let policies = ["x", "y", "z"].map { found.retention(of: first, in: $0) }
        #expect(policies == [RetentionPolicy(keepLast: 3), nil, RetentionPolicy(keepDaily: 7)])
    }

    @Test("does not complain about databases whose store is there but wrong")
    func wrongStore() throws {
        let yaml = "stores: {x: {type: directory}}\ndatabases: {a: {sqlite: /a, store: x}}\n"
        #expect(try complaints(about: yaml) == ["1:10: `x`: `path` is missing"])
    }

    @Test("can be the starter that init writes")
    func starter() throws {
        let found = try configuration(StarterConfiguration.text)
        #expect(found.databases.isEmpty)
        #expect(found.stores == [StoreSettings(name: "local", kind: .directory(path: "/var/lib/nightjar/backups"))])
    }

    @Test("can be the starter with its example database")
    func starterWithDatabase() throws {
        let text = StarterConfiguration.text
            .replacingOccurrences(of: "  # shop:", with: "  shop:")
            .replacingOccurrences(of: "  #   sqlite:", with: "    sqlite:")
            .replacingOccurrences(of: "  #   exclude:", with: "    exclude:")
        let found = try configuration(text).databases
        let shop = DatabaseSettings(
            name: "shop", source: .sqlite(path: "/srv/shop/shop.db"), storeNames: ["local"],
            schedule: try Schedule(parsing: "17 3 * * *"), exclude: ["tmp_*"])
        #expect(found == [shop])
    }

    @Test("can be the starter with all that its comments offer a database")
    func starterWithEverything() throws {
        let text = StarterConfiguration.text
            .replacingOccurrences(of: "# concurrency:", with: "concurrency:")
            .replacingOccurrences(of: "# log:", with: "log:")
            .replacingOccurrences(of: "  # jitter:", with: "  jitter:")
            .replacingOccurrences(of: "  # retention:", with: "  retention:")
            .replacingOccurrences(of: "    # budget:", with: "    budget:")
            .replacingOccurrences(of: "    # scratch_limit:", with: "    scratch_limit:")
            .replacingOccurrences(of: "    # drill:", with: "    drill:")
            .replacingOccurrences(of: "  # \"{dir}\":", with: "  \"{dir}\":")
        let found = try configuration(text)
        #expect(found.patterns.map { $0.glob } == ["/srv/*/app.db"])
        let settings = try #require(found.patterns.first?.settings)
        #expect(settings.jitter == .seconds(300))
        let drill = Drill(command: ["/usr/local/bin/check-shop"], timeout: .seconds(300))
        let verify = VerifySettings(budget: 10 << 30, scratchLimit: 50 << 30, drill: drill)
        #expect(settings.verify == verify)
        #expect(settings.retention == RetentionPolicy(keepLast: 7, keepDaily: 14, keepWeekly: 8, keepMonthly: 12))
    }

    @Test("can be the starter with the services that its comments name")
    func starterWithServices() throws {
        let account = String(repeating: "0a", count: 16)
        let text = StarterConfiguration.text
            .replacingOccurrences(of: "  # app:", with: "  app:")
            .replacingOccurrences(of: "  # edge:", with: "  edge:")
            .replacingOccurrences(of: "  # blog:", with: "  blog:")
            .replacingOccurrences(of: "ACCOUNT", with: account)
            .replacingOccurrences(of: "database_id: ID", with: "database_id: 01234567-89ab-cdef-0123-456789abcdef")
        let files = ["secrets/app-token": "a", "secrets/d1-token": "b", "secrets/blog-token": "c"]
        try withConfiguration(text, files: files) { folder in
            let found = try folder.load().databases
            #expect(found.map { $0.remote?.service } == [.starbasedb, .d1, .libsql])
            #expect(found.map { $0.remote?.token } == [Secret("a"), Secret("b"), Secret("c")])
        }
    }

    @Test("can be the starter with all that its comments say of http and notify")
    func starterWithHTTP() throws {
        let lines = StarterConfiguration.text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line == "# http:" || line == "# notify:" || line.hasPrefix("#   ") ? line.dropFirst(2) : line
        }
        let text = lines.joined(separator: "\n").replacingOccurrences(of: "  # trusted", with: "  trusted")
            .replacingOccurrences(of: "  # callback", with: "  callback")
        let secret = "secret-of-many-bytes"
        let files = [
            "secrets/admin-token": secret, "secrets/hook-secret": "whsec_" + String(repeating: "A", count: 32),
            "secrets/mail-password": "hunter2", "secrets/slack-url": "https://hooks.slack.com/services/T/B/X",
        ]
        try withConfiguration(text, files: files) { folder in
            let configuration = try folder.load()
            #expect(configuration.notify.map { $0.name } == ["webhook", "healthchecks", "email", "slack"])
            #expect(configuration.notes == [])
            let found = configuration.http
            let token = HTTPSettings.Token(name: "admin", secret: Secret(secret), scope: .admin)
            let expected = HTTPSettings(
                publicURL: "https://backups.example.org", tokens: [token],
                trustedProxies: ["127.0.0.1"].compactMap { AddressRange($0) },
                callbackHosts: ["ci.internal:8443"])
            #expect(found == expected)
        }
    }

    @Test("ships as an example that is the very starter")
    func example() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let shipped = try String(contentsOf: root.appendingPathComponent("etc/nightjar.yaml.example"), encoding: .utf8)
        #expect(shipped == StarterConfiguration.text)
    }
}
