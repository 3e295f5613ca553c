import Model
import Settings
import Testing

private let nameHint =
    "up to 100 letters, digits, dots, underscores and dashes, beginning with a letter or a digit"
private let sections =
    "known here: state_dir, scratch_dir, include, concurrency, log, http, control_socket, stores, defaults, databases,"
    + " notify"

@Suite("Complaints about a configuration")
struct ComplaintTests {
    @Test(
        "each names its place, what was expected and what was found",
        arguments: [
            ComplaintCase("cheese: 1\n", "1:1: unknown key `cheese` — \(sections)"),
            ComplaintCase("databse: {}\n", "1:1: unknown key `databse` — did you mean `databases`?"),
            ComplaintCase(
                "state_dir: /a\nstate_dir: /b\n", "2:1: duplicate key `state_dir`; the first one is at line 1"),
            ComplaintCase("- a\n", "1:1: `nightjar.yaml`: expected the configuration's sections, found a list"),
            ComplaintCase(
                "databases: [shop]\n", "1:12: `databases`: expected a mapping from names to databases, found a list"),
            ComplaintCase(
                "databases:\n  shop: {}\n",
                "2:3: `shop`: `sqlite` is missing — sqlite: the path of the database's file; or `starbasedb`, `d1` or"
                    + " `libsql` in its place"),
            ComplaintCase(
                "databases:\n  shop:\n    sqlite:\n", "3:12: `sqlite`: expected a path, found nothing"),
            ComplaintCase(
                "databases:\n  shop: ~\n",
                "2:9: `shop`: expected a database's settings such as {sqlite: /srv/shop.db}, found nothing"),
            ComplaintCase(
                "databases:\n  a/b: {sqlite: x}\n", "2:3: `a/b` cannot be the name of a database — \(nameHint)"),
            ComplaintCase(
                "databases:\n  .a: {sqlite: x}\n", "2:3: `.a` cannot be the name of a database — \(nameHint)"),
            ComplaintCase(
                "databases:\n  a: {sqlite: x}\n  b: {sqlite: x}\n  a: {sqlite: y}\n",
                "4:3: duplicate key `a`; the first one is at line 2"),
            ComplaintCase("state_dir: [a]\n", "1:12: `state_dir`: expected a path, found a list"),
            ComplaintCase("state_dir: \"\"\n", "1:12: `state_dir`: expected a path, found an empty text"),
            ComplaintCase(
                "include: a.yaml\n",
                "1:10: `include`: expected a list of files such as [\"conf.d/*.yaml\"], found `a.yaml`"),
            ComplaintCase(
                "concurrency: 0\n", "1:14: `concurrency`: expected a whole number from 1 to 64, found `0`"),
            ComplaintCase(
                "concurrency: 65\n", "1:14: `concurrency`: expected a whole number from 1 to 64, found `65`"),
            ComplaintCase(
                "concurrency:\n", "1:13: `concurrency`: expected a whole number from 1 to 64, found nothing"),
            ComplaintCase("log: json\n", "1:6: `log`: expected {format: text} or {format: json}, found `json`"),
            ComplaintCase("log: {format: xml}\n", "1:15: `format`: expected `text` or `json`, found `xml`"),
            ComplaintCase("log: {fromat: json}\n", "1:7: unknown key `fromat` — did you mean `format`?"),
        ])
    func structure(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test(
        "an option's value is checked for its kind and its range",
        arguments: [
            ComplaintCase(
                "defaults: {chunk_rows: [1]}",
                "1:24: `chunk_rows`: expected a whole number from 1 to 1000000, found a list"),
            ComplaintCase(
                "defaults: {chunk_rows: 0}",
                "1:24: `chunk_rows`: expected a whole number from 1 to 1000000, found `0`"),
            ComplaintCase(
                "defaults: {chunk_rows: 1.5}",
                "1:24: `chunk_rows`: expected a whole number from 1 to 1000000, found `1.5`"),
            ComplaintCase(
                "defaults: {busy_timeout: 25}",
                "1:26: `busy_timeout`: expected a duration such as 25s, found `25` — units are ms, s, m, h and d"),
            ComplaintCase(
                "defaults: {busy_timeout: [25s]}",
                "1:26: `busy_timeout`: expected a duration such as 25s, found a list"),
            ComplaintCase(
                "defaults: {busy_timeout: 2h}", "1:26: `busy_timeout`: expected a duration from 0s to 1h, found `2h`"),
            ComplaintCase(
                "defaults: {breathing: {work: 1ms}}", "1:30: `work`: expected a duration from 10ms to 1d, found `1ms`"),
            ComplaintCase(
                "defaults: {breathing: 25s}", "1:23: `breathing`: expected {work: …, pause: …}, found `25s`"),
            ComplaintCase(
                "defaults: {breathing: {wrok: 1s}}", "1:24: unknown key `wrok` — did you mean `work`?"),
            ComplaintCase(
                "defaults: {format: cvs}",
                "1:20: `format`: expected `sql`, `csv`, `json` or `ndjson`, found `cvs` — did you mean `csv`?"),
            ComplaintCase(
                "defaults: {snapshot: cpoy}",
                "1:22: `snapshot`: expected `copy` or `transaction`, found `cpoy` — did you mean `copy`?"),
            ComplaintCase(
                "defaults: {compression: {zstd: 20}}",
                "1:32: `zstd`: expected a whole number from 1 to 19, found `20`"),
            ComplaintCase(
                "defaults: {compression: {gzip: 0}}", "1:32: `gzip`: expected a whole number from 1 to 9, found `0`"),
            ComplaintCase(
                "defaults: {compression: {zstd: 3, gzip: 6}}",
                "1:25: `compression`: expected exactly one of `zstd` or `gzip`, found 2"),
            ComplaintCase(
                "defaults: {compression: gz}",
                "1:25: `compression`: expected `zstd`, `gzip` or `none`, found `gz` — did you mean `gzip`?"),
            ComplaintCase(
                "defaults: {verify: {after_backup: full}}",
                "1:35: `after_backup`: expected `none`, `checksum` or `restore`, found `full`"),
            ComplaintCase(
                "defaults: {exclude: [a, [b]]}", "1:25: `exclude`: expected a table's name or a pattern, found a list"),
            ComplaintCase("defaults: {chunk_row: 5}", "1:12: unknown key `chunk_row` — did you mean `chunk_rows`?"),
            ComplaintCase("defaults: {store: lcoal}", "1:19: there is no store `lcoal` — did you mean `local`?"),
        ])
    func options(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test(
        "what YAML itself refuses is a complaint with its place",
        arguments: [
            ComplaintCase(
                "state_dir: /a\ninclude: [*.yaml]\n",
                "2:11: an unquoted `*` begins a YAML alias, and aliases are not supported"
                    + " — put this in quotes, as in [\"*.yaml\"]"),
            ComplaintCase(
                "defaults:\n  schedule: */5 * * * *\n",
                "2:13: an unquoted `*` begins a YAML alias, and aliases are not supported"
                    + " — put this in quotes, as in [\"*.yaml\"]"),
            ComplaintCase(
                "databases: {shop: {sqlite: ${X}}}\n",
                "1:28: an unquoted `${…}` inside { } or [ ] is not YAML"
                    + " — put this in quotes, as in {key: \"${NAME}\"}"),
            ComplaintCase(
                "state_dir: a: b\n",
                "1:13: not valid YAML: mapping values are not allowed in this context"
                    + " — check the indentation, or put a value that holds `: ` in quotes"),
        ])
    func syntax(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test(
        "what is quoted steers no terminal, ends no line and turns no text round",
        arguments: [
            ComplaintCase(
                #"defaults: {format: "c\e[31m\a\u202E\L\N\u200Fv"}"#,
                "1:20: `format`: expected `sql`, `csv`, `json` or `ndjson`, found"
                    + " `c\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}v`"),
            ComplaintCase(#""che\u202Ese": 1"#, "1:1: unknown key `che\u{FFFD}se` — \(sections)"),
            ComplaintCase(
                #"databases: {"a\u2028b\u0007": {sqlite: x}}"#,
                "1:13: `a\u{FFFD}b\u{FFFD}` cannot be the name of a database — \(nameHint)"),
        ])
    func hostile(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test("all are reported at once, sorted by their place")
    func everything() throws {
        let yaml = """
            stores:
              one: {type: directory}
              two: {typ: s3}
            databases:
              shop: {sqlite: shop.db}
              app: {sqlite: app.db, store: tow, chunk_rows: x}
            state_dri: /x
            """
        #expect(
            try complaints(about: yaml) == [
                "2:3: `one`: `path` is missing",
                "3:3: `two`: `type` is missing — type: r2, s3 or directory",
                "3:9: unknown key `typ` — did you mean `type`?",
                "5:3: `shop`: does not say which store to use, and there are several: `one` or `two`"
                    + " — write `store: …` here or under `defaults`; `store: [one, two]` for all of them",
                "6:32: there is no store `tow` — did you mean `two`?",
                "6:49: `chunk_rows`: expected a whole number from 1 to 1000000, found `x`",
                "7:1: unknown key `state_dri` — did you mean `state_dir`?",
            ])
    }

    @Test("the error is one of the configuration, with a line for each complaint")
    func shape() throws {
        try withConfiguration("cheese: 1\nhoney: 2\n") { folder in
            let error = #expect(throws: ConfigurationError.self) { try folder.load() }
            #expect(error?.code == .configuration)
            #expect(error?.isTransient == false)
            #expect(error?.description.split(separator: "\n").count == 2)
            #expect(error?.message == error?.description)
            #expect(error?.hint == nil)
        }
        try withConfiguration("databse: 1\n") { folder in
            let error = #expect(throws: ConfigurationError.self) { try folder.load() }
            #expect(error?.message == "\(folder.path)/nightjar.yaml:1:1: unknown key `databse`")
            #expect(error?.hint == "did you mean `databases`?")
        }
    }

    @Test("a missing file says how to get one")
    func missing() throws {
        try withConfiguration("") { folder in
            let path = "\(folder.path)/other.yaml"
            let error = #expect(throws: ConfigurationError.self) {
                try Settings.Configuration.load(path: path, environment: [:])
            }
            #expect(error?.code == .configuration)
            #expect(error?.message == "\(path): the configuration does not exist")
            #expect(error?.hint == "nightjar init writes one")
        }
    }

    @Test("a directory or a file beyond all reason is no configuration")
    func unreasonable() throws {
        try withConfiguration(String(repeating: "# \n", count: 400_000)) { folder in
            #expect(folder.complaints().first?.contains("is larger than 1048576 bytes") == true)
            let error = #expect(throws: ConfigurationError.self) {
                try Settings.Configuration.load(path: folder.path, environment: [:])
            }
            #expect(error?.message.contains("is a directory") == true)
        }
    }
}
