import Model
import Settings
import Testing

private let account = "0123456789abcdef0123456789ABCDEF"
private let databaseID = "01234567-89AB-cdef-0123-456789abcdef"
private let urlHint = "as in https://app.example.workers.dev; the token goes under `token`"

/// A configuration whose only database has one source, its settings from line 4 on.
private func remote(_ service: String, _ lines: String..., keys: [String] = []) -> String {
    let settings = lines.map { "      \($0)\n" } + keys.map { "    \($0)\n" }
    return "databases:\n  shop:\n    \(service):\n" + settings.joined()
}

private func starbase(_ url: String, keys: [String] = []) -> String {
    remote("starbasedb", "url: \"\(url)\"", "token: hunter2", keys: keys)
}

/// The only database's settings.
private func database(_ yaml: String) throws -> DatabaseSettings {
    try #require(try configuration(yaml).databases.first)
}

@Suite("Databases behind an HTTP API in a configuration")
struct RemoteSettingsTests {
    @Test("StarbaseDB has the documented defaults")
    func starbaseDefaults() throws {
        let found = try database(starbase("https://App.example.workers.dev/"))
        let expected = RemoteSettings(
            place: .starbasedb(url: "https://app.example.workers.dev"), token: Secret("hunter2"), rereads: 2)
        #expect(found.source == .remote(expected))
        #expect(found.remote == expected)
        #expect(found.sqlitePath == nil)
        #expect(found.snapshot == .mirror)
        #expect(found.exclude == ["tmp_*", "_cf_*"])
        #expect(found.shownSource == "StarbaseDB at app.example.workers.dev")
    }

    @Test("D1 is named by its account and its own id")
    func d1() throws {
        let found = try database(
            remote("d1", "account_id: \(account)", "database_id: \(databaseID)", "token: t", "rereads: 0"))
        let place = RemoteSettings.Place.d1(
            account: account.lowercased(), database: databaseID.lowercased(), url: RemoteSettings.cloudflareURL)
        #expect(found.remote == RemoteSettings(place: place, token: Secret("t"), rereads: 0))
        #expect(found.exclude == ["_cf_*"])
        #expect(found.shownSource == "Cloudflare D1 \(databaseID.lowercased())")
        let elsewhere = try database(
            remote(
                "d1", "account_id: \(account)", "database_id: \(databaseID)", "token: t",
                "url: http://127.0.0.1:8787/client/v4/"))
        #expect(elsewhere.remote?.url == "http://127.0.0.1:8787/client/v4")
    }

    @Test(
        "a libSQL server needs no token, and its own scheme means https",
        arguments: [
            ("libsql://shop-me.example.turso.io", "https://shop-me.example.turso.io"),
            ("LIBSQL://shop:8443", "https://shop:8443"), ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("https://sqld.example.org/a/b//", "https://sqld.example.org/a/b"),
        ])
    func libSQL(url: String, expected: String) throws {
        let found = try database(remote("libsql", "url: \"\(url)\""))
        #expect(found.remote == RemoteSettings(place: .libsql(url: expected), token: nil))
        #expect(found.exclude == [])
        #expect(found.remote?.countedRereads == nil)
    }

    @Test("may have certificate authorities of their own")
    func certificates() throws {
        let yaml = starbase("https://a.example").replacing("token:", with: "ca_file: ca.pem\n      token:")
        try withConfiguration(yaml, files: ["ca.pem": "-----BEGIN CERTIFICATE-----\n"]) { folder in
            let caFile = try folder.load().databases.first?.remote?.caFile
            #expect(caFile == "\(folder.path)/ca.pem")
        }
        #expect(
            try complaints(about: yaml) == ["5:16: `ca_file`: the file ca.pem does not exist"])
    }

    @Test(
        "leave out what their service keeps for itself, what `defaults` name, and nothing else",
        arguments: [
            ("", [String](), ["tmp_*", "_cf_*"]),
            ("defaults: {exclude: [\"log\", \"tmp_*\"]}\n", [], ["log", "tmp_*", "_cf_*"]),
            ("defaults: {exclude: [\"log\"]}\n", ["exclude: [\"cache\"]"], ["cache", "_cf_*"]),
            ("", ["exclude: []"], ["_cf_*"]),
        ])
    func exclude(defaults: String, keys: [String], expected: [String]) throws {
        #expect(try database(defaults + starbase("https://a.example", keys: keys)).exclude == expected)
    }

    @Test("take no notice of what `defaults` say of files")
    func defaultsOfFiles() throws {
        let defaults = "defaults: {snapshot: transaction, busy_timeout: 1s, chunk_rows: 7}\n"
        let found = try database(defaults + starbase("https://a.example"))
        #expect(found.snapshot == .mirror)
        #expect(found.chunkRows == 7)
    }

    @Test("say how they are read")
    func words() throws {
        var settings = RemoteSettings(place: .starbasedb(url: "https://a.example"), token: nil)
        #expect(settings.readingWords == "read twice, and what changed meanwhile up to 2 times more")
        settings.rereads = 1
        #expect(settings.readingWords == "read twice, and what changed meanwhile once more")
        settings.rereads = 0
        #expect(settings.readingWords == "read once, and not checked for changes meanwhile")
        settings.place = .libsql(url: "https://a.example")
        #expect(settings.readingWords == "read in one transaction")
    }

    @Test("keep their name from files that a pattern finds")
    func beside() throws {
        let yaml = starbase("https://a.example") + "  \"{stem}\":\n    sqlite: data/*.db\n"
        try withConfiguration(yaml, files: ["data/shop.db": "", "data/other.db": ""]) { folder in
            let found = try folder.load()
            #expect(found.databases.map { $0.name } == ["shop", "other"])
            #expect(found.notes.count == 1)
            #expect(found.notes.first?.contains("the name `shop` belongs to StarbaseDB at a.example") == true)
            let look = found.look(after: found.databases, missing: [])
            #expect(!look.changesDatabases(of: found))
            #expect(look.gone.isEmpty)
        }
    }

    @Test(
        "have complaints about each of their keys",
        arguments: [
            ComplaintCase(
                remote("starbasedb", "rereads: 11"),
                "3:5: `starbasedb`: `token` is missing — token: {credential: NAME}",
                "3:5: `starbasedb`: `url` is missing — url: https://app.example.workers.dev",
                "4:16: `rereads`: expected a whole number from 0 to 10, found `11`"),
            ComplaintCase(
                remote("libsql", "url: https://a.example", "rereads: 1"),
                "5:7: unknown key `rereads` — known here: url, token, ca_file"),
            ComplaintCase(
                remote("d1", "account_id: 12", "database_id: shop", "token: t"),
                "4:19: `account_id`: expected Cloudflare's account id of 32 hexadecimal digits, found `12`",
                "5:20: `database_id`: expected a D1 database's id such as 01234567-89ab-cdef-0123-456789abcdef, found"
                    + " `shop` — `wrangler d1 list` shows it"),
            ComplaintCase(
                starbase("http://10.0.0.1:8787"),
                "4:12: `url`: http:// is only for this machine itself (127.0.0.0/8, ::1, localhost)"
                    + " — use https://10.0.0.1:8787"),
            ComplaintCase(
                starbase("libsql://a.example"), "4:12: `url`: the URL must begin with https:// — \(urlHint)"),
            ComplaintCase(
                starbase("https://a.example/?token=hunter3"),
                "4:12: `url`: the URL has a query, which no request would have — \(urlHint)"),
            ComplaintCase(
                starbase("https://a.example/#hunter3"),
                "4:12: `url`: the URL has a fragment, which no server would see — \(urlHint)"),
            ComplaintCase(
                starbase("https://me:hunter3@a.example"),
                "4:12: `url`: the URL holds a user name or a password — \(urlHint)"),
            ComplaintCase(
                starbase("https://127.1"), "4:12: `url`: the URL has a host that cannot be read — \(urlHint)"),
            ComplaintCase(
                remote("starbasedb", "url: https://a.example", "token: \"hunter 3\""),
                "5:14: `token`: holds a space, or what is not ASCII, and cannot be sent in a header"),
            ComplaintCase(
                "databases: {shop: {starbasedb: \"https://me:hunter3@a.example\"}}\n",
                "1:32: `starbasedb`: expected settings such as {url: \"https://app.example.workers.dev\", token:"
                    + " {credential: starbasedb-token}}, found something else"),
            ComplaintCase(
                starbase("https://a.example", keys: ["sqlite: shop.db"]),
                "6:5: give `starbasedb` or `sqlite`, not both"),
            ComplaintCase(
                starbase("https://a.example", keys: ["snapshot: copy", "busy_timeout: 1s", "snapshot_max_lock: 1s"]),
                "6:5: `snapshot` goes with `sqlite`: StarbaseDB is read through its HTTP API",
                "7:5: `busy_timeout` goes with `sqlite`: StarbaseDB is read through its HTTP API",
                "8:5: `snapshot_max_lock` goes with `sqlite`: StarbaseDB is read through its HTTP API"),
            ComplaintCase(
                "databases:\n  \"{dir}\":\n    libsql: {url: \"https://a.example\"}\n",
                "2:3: `{dir}`: a name with {stem} or {dir} needs a pattern in `sqlite` — {stem} is a file's name"
                    + " without its extension, {dir} the name of its folder"),
            ComplaintCase(
                "databases: {shop: {sqlite: /a.db, snapshot: mirror}}\n",
                "1:45: `snapshot`: expected `copy` or `transaction`, found `mirror`"),
        ])
    func wrong(_ example: ComplaintCase) throws {
        let found = try complaints(about: example.yaml)
        #expect(found == example.expected)
        #expect(!found.joined().contains("hunter"))
    }
}
