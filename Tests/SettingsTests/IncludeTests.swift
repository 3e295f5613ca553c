import Settings
import Testing

@Suite("Included files")
struct IncludeTests {
    @Test("add stores and databases, sorted by their names")
    func added() throws {
        let files = [
            "conf.d/b.yaml": "databases: {b: {sqlite: b.db}}\n",
            "conf.d/a.yaml":
                "databases: {a: {sqlite: a.db, store: extra}}\nstores: {extra: {type: directory, path: x}}\n",
            "conf.d/c.txt": "not: included\n",
            "more.yaml": "",
        ]
        let yaml = "include: [more.yaml, \"conf.d/*.yaml\"]\ndatabases: {first: {sqlite: /f}}\n"
        try withConfiguration(yaml, files: files) { folder in
            let found = try folder.load()
            #expect(found.databases.map { $0.name } == ["first", "a", "b"])
            #expect(found.database(named: "a")?.sqlitePath == "\(folder.path)/conf.d/a.db")
            #expect(found.database(named: "b")?.storeName == "extra")
            #expect(found.stores.map { $0.kind } == [.directory(path: "\(folder.path)/conf.d/x")])
        }
    }

    @Test("get the main file's defaults")
    func defaults() throws {
        let yaml = "include: [a.yaml]\ndefaults: {chunk_rows: 5}\n"
        try withConfiguration(yaml, files: ["a.yaml": "databases: {a: {sqlite: /a}}\n"]) { folder in
            let chunkRows = try folder.load().databases.map { $0.chunkRows }
            #expect(chunkRows == [5])
        }
    }

    @Test("are read once, whatever leads to them, and never is the main file")
    func once() throws {
        let yaml = "include: [\"*.yaml\", ./a.yaml]\n"
        try withConfiguration(yaml, files: ["a.yaml": "databases: {a: {sqlite: /a}}\n"]) { folder in
            let names = try folder.load().databases.map { $0.name }
            #expect(names == ["a"])
        }
    }

    @Test("may match nothing, but a plain path must exist")
    func absent() throws {
        #expect(try complaints(about: "include: [\"conf.d/*.yaml\", \"x?.yaml\"]\n") == [])
        #expect(
            try complaints(about: "include: [\"*.yaml\", absent.yaml]\n") == [
                "1:21: the included file absent.yaml does not exist"
            ])
    }

    @Test("that cannot be read raise no complaints about names that they may hold")
    func unread() throws {
        let yaml = "include: [a.yaml]\ndatabases: {shop: {sqlite: /s, store: r2}}\n"
        try withConfiguration(yaml, files: ["a.yaml": "stores: {r2: [*x]}\n"]) { folder in
            let found = folder.complaints()
            #expect(found.count == 1)
            #expect(found.first?.hasPrefix("a.yaml:1:15: an unquoted `*`") == true, "\(found)")
        }
    }

    @Test("have complaints of their own, with their own names")
    func wrong() throws {
        let files = [
            "conf.d/a.yaml": "defaults: {}\ndatabases: {shop: {sqlite: /a}}\n",
            "conf.d/b.yaml": "databases: {c: {sqlite: ${X}}}\n",
            "conf.d/c.yaml": "databse: {}\n",
        ]
        let yaml = "include: [\"conf.d/*\"]\ndatabases: {shop: {sqlite: /s}}\nchesse: 1\n"
        try withConfiguration(yaml, files: files) { folder in
            #expect(
                folder.complaints() == [
                    "conf.d/a.yaml:1:1: unknown key `defaults`"
                        + " — an included file may hold only `stores`, `databases` and `notify`",
                    "conf.d/a.yaml:2:13: duplicate database `shop`; the first one is at 2",
                    "conf.d/b.yaml:1:25: an unquoted `${…}` inside { } or [ ] is not YAML"
                        + " — put this in quotes, as in {key: \"${NAME}\"}",
                    "conf.d/c.yaml:1:1: unknown key `databse` — did you mean `databases`?",
                    "3:1: unknown key `chesse`"
                        + " — known here: state_dir, scratch_dir, include, concurrency, log, http, control_socket,"
                        + " stores, defaults, databases, notify",
                ])
        }
    }
}
