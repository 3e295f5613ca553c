import Foundation
import Model
import Settings
import Testing

private let meaning = "{stem} is a file's name without its extension, {dir} the name of its folder"
private let nameRule = "up to 100 letters, digits, dots, underscores and dashes, beginning with a letter or a digit"

/// A configuration with one pattern, whose key stands in line 2, column 3.
private func pattern(_ name: String, _ path: String) -> String {
    "databases:\n  \"\(name)\":\n    sqlite: \"\(path)\"\n"
}

/// Empty files.
private func files(_ names: String...) -> [String: String] {
    Dictionary(uniqueKeysWithValues: names.map { ($0, "") })
}

extension ConfigurationFolder {
    /// What is configured, as `name=path`, without the folder.
    fileprivate func names(_ databases: [DatabaseSettings]) -> [String] {
        databases.map { database in
            let file = (database.sqlitePath ?? "").replacingOccurrences(of: "\(path)/", with: "")
            return "\(database.name)=\(file)"
        }
    }

    /// Notes without the folder and the main file's name.
    fileprivate func shortened(_ notes: [String]) -> [String] {
        notes.map {
            $0.replacingOccurrences(of: "\(path)/nightjar.yaml:", with: "")
                .replacingOccurrences(of: "\(path)/", with: "")
        }
    }
}

@Suite("Patterns of databases")
struct DatabasePatternTests {
    @Test(
        "name each file by itself, by its folder or by both",
        arguments: [
            ("{dir}", "sites/*/app.db", ["a=sites/a/app.db", "b.org=sites/b.org/app.db"]),
            ("{stem}", "sites/b.org/*", ["app=sites/b.org/app.db", "x.y=sites/b.org/x.y.sqlite3"]),
            (
                "site-{dir}-{stem}_1", "sites/*/*.db",
                ["site-a-app_1=sites/a/app.db", "site-b.org-app_1=sites/b.org/app.db"]
            ),
            ("{stem}{stem}", "sites/a/a??.db", ["appapp=sites/a/app.db"]),
            ("{stem}", "sites/[a-b]/*.db", ["app=sites/a/app.db"]),
        ])
    func named(name: String, path: String, expected: [String]) throws {
        let written = files("sites/a/app.db", "sites/b.org/app.db", "sites/b.org/x.y.sqlite3")
        try withConfiguration(pattern(name, path), files: written) { folder in
            let found = try folder.load()
            #expect(folder.names(found.databases) == expected)
            #expect(found.notes.isEmpty)
            #expect(found.patterns.map { $0.glob } == ["\(folder.path)/\(path)"])
            #expect(found.patterns.map { $0.place } == ["\(folder.path)/nightjar.yaml:2:3"])
        }
    }

    @Test("give all their databases the same settings")
    func settings() throws {
        let yaml = """
            defaults: {schedule: "@daily", chunk_rows: 7}
            databases:
              "{stem}":
                sqlite: data/*.db
                retention: {keep_last: 3}
            """
        try withConfiguration(yaml, files: files("data/a.db", "data/b.db")) { folder in
            let found = try folder.load()
            let schedule = try Schedule(parsing: "@daily")
            let expected = ["a", "b"].map {
                DatabaseSettings(
                    name: $0, source: .sqlite(path: "\(folder.path)/data/\($0).db"), storeNames: ["local"],
                    schedule: schedule, chunkRows: 7, retention: RetentionPolicy(keepLast: 3),
                    pattern: "\(folder.path)/data/*.db")
            }
            #expect(found.databases == expected)
            #expect(found.database(named: "b") == expected.last)
            #expect(found.explicitDatabases.isEmpty)
        }
    }

    @Test("find regular files only, and none that SQLite keeps beside a database")
    func regular() throws {
        let written = files(
            "data/a.db", "data/a.db-wal", "data/a.db-shm", "data/a.db-journal", "data/.hidden.db", "data/folder.db/x")
        try withConfiguration(pattern("{stem}", "data/*"), files: written) { folder in
            let data = "\(folder.path)/data"
            try FileManager.default.createSymbolicLink(atPath: "\(data)/linked.db", withDestinationPath: "a.db")
            try FileManager.default.createSymbolicLink(atPath: "\(data)/dangling.db", withDestinationPath: "gone.db")
            try FileManager.default.createSymbolicLink(atPath: "\(data)/loop.db", withDestinationPath: "loop.db")
            let found = try folder.load()
            #expect(folder.names(found.databases) == ["a=data/a.db", "linked=data/linked.db"])
            #expect(found.notes.isEmpty)
        }
    }

    @Test("find new files and miss vanished ones when they are expanded again")
    func again() throws {
        try withConfiguration(pattern("{dir}", "sites/*/app.db"), files: files("sites/a/app.db")) { folder in
            let found = try folder.load()
            #expect(folder.names(found.databases) == ["a=sites/a/app.db"])
            try folder.write("", to: "sites/b/app.db")
            #expect(folder.names(found.expand().databases) == ["a=sites/a/app.db", "b=sites/b/app.db"])
            try FileManager.default.removeItem(atPath: "\(folder.path)/sites/a")
            #expect(folder.names(found.expand().databases) == ["b=sites/b/app.db"])
            try FileManager.default.removeItem(atPath: "\(folder.path)/sites")
            let (databases, notes) = found.expand()
            #expect(databases.isEmpty)
            #expect(folder.shortened(notes) == ["2:3: no file matches the pattern sites/*/app.db"])
        }
    }

    @Test("that match nothing are noted, and so are folders that cannot be read")
    func nothing() throws {
        try withConfiguration(pattern("{stem}", "loop/*.db")) { folder in
            let none = try folder.load()
            #expect(none.databases.isEmpty)
            #expect(folder.shortened(none.notes) == ["2:3: no file matches the pattern loop/*.db"])
            try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/loop", withDestinationPath: "loop")
            let unreadable = try folder.load()
            #expect(
                folder.shortened(unreadable.notes) == [
                    "2:3: a folder of the pattern loop/*.db cannot be read, and files in it are not found",
                    "2:3: no file matches the pattern loop/*.db",
                ])
        }
    }

    @Test("leave out a second file of a name, with a note")
    func duplicates() throws {
        let written = files("sites/a/app.db", "sites/b/app.db", "sites/c/other.db")
        try withConfiguration(pattern("{stem}", "sites/*/*.db"), files: written) { folder in
            let found = try folder.load()
            #expect(folder.names(found.databases) == ["app=sites/a/app.db", "other=sites/c/other.db"])
            #expect(
                folder.shortened(found.notes) == [
                    "2:3: sites/b/app.db is not backed up: the name `app` belongs to sites/a/app.db — put both {dir}"
                        + " and {stem} into the pattern's name, or give the file an entry of its own"
                ])
        }
    }

    @Test("let a file keep the name that it has when another one turns up before it")
    func kept() throws {
        try withConfiguration(pattern("{stem}", "sites/*/*.db"), files: files("sites/b/app.db")) { folder in
            let found = try folder.load()
            let known = Dictionary(uniqueKeysWithValues: found.databases.map { ($0.name, $0.sqlitePath ?? "") })
            try folder.write("", to: "sites/a/app.db")
            let (databases, notes) = found.expand(keeping: known)
            #expect(folder.names(databases) == ["app=sites/b/app.db"])
            #expect(notes.count == 1)
            #expect(notes.first?.contains("sites/a/app.db is not backed up") == true, "\(notes)")
            try FileManager.default.removeItem(atPath: "\(folder.path)/sites/b/app.db")
            #expect(folder.names(found.expand(keeping: known).databases) == ["app=sites/a/app.db"])
        }
    }

    @Test("leave out what cannot be a database's name, with a note")
    func invalidNames() throws {
        let written = files("sites/my shop/app.db", "sites/a/app.db", "sites/-b/app.db")
        try withConfiguration(pattern("{dir}", "sites/*/app.db"), files: written) { folder in
            let found = try folder.load()
            #expect(folder.names(found.databases) == ["a=sites/a/app.db"])
            let notes = folder.shortened(found.notes)
            let rest = "cannot be the name of a database — \(nameRule); or give the file an entry of its own"
            #expect(
                notes == [
                    "2:3: sites/-b/app.db is not backed up: `-b` \(rest)",
                    "2:3: sites/my shop/app.db is not backed up: `my shop` \(rest)",
                ])
        }
    }

    @Test("write a line for each note, whatever a file is called")
    func lines() throws {
        try withConfiguration(pattern("{stem}", "data/*"), files: files("data/a\nb.db")) { folder in
            let found = try folder.load()
            #expect(found.databases.isEmpty)
            #expect(found.notes.count == 1)
            #expect(found.notes.first?.contains("data/a\u{FFFD}b.db is not backed up") == true, "\(found.notes)")
        }
    }

    @Test("give way to entries of their own, by name and by path")
    func explicit() throws {
        let yaml = """
            databases:
              "{stem}": {sqlite: data/*.db}
              special: {sqlite: data/a.db, chunk_rows: 5}
              b: {sqlite: elsewhere/b.db}
            """
        try withConfiguration(yaml, files: files("data/a.db", "data/b.db", "data/c.db")) { folder in
            let found = try folder.load()
            #expect(
                folder.names(found.databases) == ["special=data/a.db", "b=elsewhere/b.db", "c=data/c.db"])
            #expect(folder.names(found.explicitDatabases) == ["special=data/a.db", "b=elsewhere/b.db"])
            #expect(found.databases.map { $0.pattern } == [nil, nil, "\(folder.path)/data/*.db"])
            #expect(found.database(named: "special")?.chunkRows == 5)
            #expect(
                folder.shortened(found.notes) == [
                    "2:3: data/a.db is left to the database `special`, which has it already",
                    "2:3: data/b.db is not backed up: the name `b` belongs to elsewhere/b.db — put both {dir} and"
                        + " {stem} into the pattern's name, or give the file an entry of its own",
                ])
        }
    }

    @Test("come one before the other, in the order of the file")
    func order() throws {
        let yaml = """
            databases:
              "big-{stem}": {sqlite: data/big*.db, chunk_rows: 5}
              "{stem}": {sqlite: data/*.db}
            """
        try withConfiguration(yaml, files: files("data/big1.db", "data/a.db")) { folder in
            let found = try folder.load()
            #expect(folder.names(found.databases) == ["big-big1=data/big1.db", "a=data/a.db"])
            #expect(found.databases.map { $0.chunkRows } == [5, 1000])
            #expect(
                folder.shortened(found.notes) == [
                    "3:3: data/big1.db is left to the database `big-big1`, which has it already"
                ])
        }
    }

    @Test("in an included file start from its folder")
    func included() throws {
        let written = ["conf.d/a.yaml": "databases: {\"{stem}\": {sqlite: \"data/*.db\"}}\n", "conf.d/data/a.db": ""]
        try withConfiguration("include: [conf.d/a.yaml]\n", files: written) { folder in
            let found = try folder.load()
            #expect(folder.names(found.databases) == ["a=conf.d/data/a.db"])
            #expect(found.patterns.map { $0.place } == ["\(folder.path)/conf.d/a.yaml:1:13"])
        }
    }

    @Test("take the name of the configuration's own folder literally")
    func literalFolder() throws {
        let yaml = "databases:\n  \"{stem}\": {sqlite: \"*.db\"}\n"
        try withConfiguration("", files: ["a[b]*/n.yaml": yaml, "a[b]*/x.db": "", "ab/y.db": ""]) { folder in
            let found = try Settings.Configuration.load(
                path: "\(folder.path)/a[b]*/n.yaml", environment: [:], zoneFiles: folder.zoneFiles)
            #expect(folder.names(found.databases) == ["x=a[b]*/x.db"])
        }
    }

    @Test("find five hundred databases as well as one")
    func many() throws {
        let yaml = """
            defaults: {timezone: Europe/Berlin, schedule: "17 3 * * *"}
            databases:
              "{dir}": {sqlite: "sites/*/app.db"}
            """
        try withConfiguration(yaml) { folder in
            try folder.writeZones()
            for number in 1000..<1500 { try folder.write("", to: "sites/s\(number)/app.db") }
            let found = try folder.load()
            #expect(found.databases.map { $0.name } == (1000..<1500).map { "s\($0)" })
            #expect(found.databases.allSatisfy { $0.zoneName == "Europe/Berlin" })
            #expect(found.notes.isEmpty)
        }
    }

    @Test(
        "and their names belong together",
        arguments: [
            ComplaintCase(
                pattern("shop", "/srv/*.db"),
                "2:3: `shop`: `sqlite` is a pattern, so the name must hold {stem} or {dir}"
                    + " — \(meaning), as in \"{dir}\": {sqlite: /srv/*/app.db}"),
            ComplaintCase(
                pattern("{stem}", "/srv/a.db"),
                "2:3: `{stem}`: a name with {stem} or {dir} needs a pattern in `sqlite`"
                    + " — \(meaning), and `sqlite` names a single file"),
            ComplaintCase(
                pattern("{stem} {dir}", "/srv/*.db"),
                "2:3: `{stem} {dir}` cannot be the name of a database — \(nameRule)"),
            ComplaintCase(
                pattern("-{stem}", "/srv/*.db"), "2:3: `-{stem}` cannot be the name of a database — \(nameRule)"),
            ComplaintCase(
                pattern("{dir}-{name}", "/srv/*.db"),
                "2:3: `{dir}-{name}` cannot be the name of a database — \(nameRule)"),
            ComplaintCase(
                "databases:\n  \"{dir}\": {chunk_rows: 0}\n",
                "2:3: `{dir}`: `sqlite` is missing — sqlite: the path of the database's file; or `starbasedb`, `d1` or"
                    + " `libsql` in its place",
                "2:25: `chunk_rows`: expected a whole number from 1 to 1000000, found `0`"),
            ComplaintCase(
                "databases:\n  \"{dir}\": {sqlite: /a/*.db}\n  b: {sqlite: /b}\n  \"{dir}\": {sqlite: /c/*.db}\n",
                "4:3: duplicate key `{dir}`; the first one is at line 2"),
        ])
    func complaintsAboutNames(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }
}
