import Foundation
import Glibc
import Settings
import Testing

/// A pattern for the files of all folders, whose names come from the files alone or from the folders, too.
private func pattern(_ name: String = "{stem}") -> String {
    "databases:\n  \"\(name)\":\n    sqlite: \"sites/*/*.db\"\n"
}

/// One look after the other, as a daemon has them.
private struct Looks {
    let folder: ConfigurationFolder
    var configuration: Settings.Configuration
    var missing: Set<String> = []

    init(_ folder: ConfigurationFolder) throws {
        self.folder = folder
        configuration = try folder.load()
    }

    mutating func again() -> PatternLook {
        let look = configuration.look(after: configuration.databases, missing: missing)
        configuration = configuration.with(look)
        missing = look.missing
        return look
    }

    /// What is configured, as `name=path`, without the folder.
    var names: [String] { configuration.databases.map { "\($0.name)=\(short($0.sqlitePath))" } }

    func short(_ path: String?) -> String { (path ?? "").replacingOccurrences(of: "\(folder.path)/", with: "") }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)") }
}

@Suite("Looking again into the folders of patterns")
struct PatternLookTests {
    @Test("finds new files at once")
    func new() throws {
        try withConfiguration(pattern(), files: ["sites/a/one.db": ""]) { folder in
            var looks = try Looks(folder)
            try folder.write("", to: "sites/b/two.db")
            let before = looks.configuration
            let look = looks.again()
            #expect(look.changesDatabases(of: before))
            #expect(looks.names == ["one=sites/a/one.db", "two=sites/b/two.db"])
            #expect(look.missing.isEmpty)
            #expect(look.gone.isEmpty)
        }
    }

    @Test("changes nothing where nothing has changed")
    func same() throws {
        try withConfiguration(pattern(), files: ["sites/a/one.db": "", "sites/b/one.db": ""]) { folder in
            var looks = try Looks(folder)
            let before = looks.configuration
            let look = looks.again()
            #expect(!look.changesDatabases(of: before))
            #expect(look.notes == before.patternNotes)
            #expect(looks.configuration == before)
        }
    }

    @Test("keeps all files of a pattern that finds none of several any more, and asks for their disk")
    func allVanished() throws {
        try withConfiguration(pattern(), files: ["sites/a/one.db": "", "sites/b/two.db": ""]) { folder in
            var looks = try Looks(folder)
            let before = looks.names
            try looks.remove("sites/a")
            try looks.remove("sites/b")
            for _ in 0..<4 {
                let look = looks.again()
                #expect(look.gone.isEmpty)
                #expect(look.notes.contains { $0.contains("none of the 2 files of") && $0.contains("mounted") })
                #expect(looks.names == before)
            }
            try folder.write("", to: "sites/a/one.db")
            let last = looks.again()
            #expect(last.gone.map { looks.short($0) } == ["sites/b/two.db"])
            #expect(looks.names == ["one=sites/a/one.db"])
        }
    }

    @Test("takes a file for gone when it is missing twice in a row")
    func vanished() throws {
        try withConfiguration(pattern(), files: ["sites/a/one.db": "", "sites/b/two.db": ""]) { folder in
            var looks = try Looks(folder)
            let before = looks.configuration
            try looks.remove("sites/b/two.db")
            let first = looks.again()
            #expect(!first.changesDatabases(of: before))
            #expect(first.missing.map { looks.short($0) } == ["sites/b/two.db"])
            #expect(first.gone.isEmpty)
            let second = looks.again()
            #expect(second.changesDatabases(of: before))
            #expect(second.missing.isEmpty)
            #expect(second.gone.map { looks.short($0) } == ["sites/b/two.db"])
            #expect(looks.names == ["one=sites/a/one.db"])
            let third = looks.again()
            #expect(third.gone.isEmpty)
        }
    }

    @Test("says nothing of a file that was away for a moment, be it the only one")
    func replaced() throws {
        try withConfiguration(pattern(), files: ["sites/a/one.db": ""]) { folder in
            var looks = try Looks(folder)
            let before = looks.configuration
            try looks.remove("sites/a")
            let first = looks.again()
            #expect(first.missing.count == 1)
            #expect(first.notes.isEmpty)
            try folder.write("", to: "sites/a/one.db")
            let second = looks.again()
            #expect(second.missing.isEmpty)
            #expect(second.gone.isEmpty)
            #expect(looks.configuration == before)
            try looks.remove("sites/a/one.db")
            let third = looks.again()
            #expect(third.gone.isEmpty, "it counts anew")
        }
    }

    @Test("gives a name to another file only when the one that has it is gone")
    func names() throws {
        try withConfiguration(pattern(), files: ["sites/b/app.db": ""]) { folder in
            var looks = try Looks(folder)
            try folder.write("", to: "sites/a/app.db")
            let first = looks.again()
            #expect(first.notes.count == 1)
            #expect(looks.names == ["app=sites/b/app.db"])
            try looks.remove("sites/b/app.db")
            _ = looks.again()
            #expect(looks.names == ["app=sites/b/app.db"])
            let last = looks.again()
            #expect(last.notes.isEmpty)
            #expect(looks.names == ["app=sites/a/app.db"])
        }
    }

    @Test("keeps what lies in a folder that cannot be looked into")
    func unreadable() throws {
        try withConfiguration(pattern(), files: ["sites/a/one.db": ""]) { folder in
            var looks = try Looks(folder)
            let before = looks.configuration
            // Root, whom nothing stops, sees that the file is there.
            try #require(chmod("\(folder.path)/sites", 0) == 0)
            defer { chmod("\(folder.path)/sites", 0o700) }
            for _ in 0..<3 {
                let look = looks.again()
                #expect(look.missing.isEmpty)
                #expect(look.gone.isEmpty)
            }
            #expect(looks.configuration.databases == before.databases)
        }
    }

    @Test("takes a path that has become something else than a file for gone")
    func folder() throws {
        try withConfiguration(pattern(), files: ["sites/a/one.db": ""]) { folder in
            var looks = try Looks(folder)
            try looks.remove("sites/a/one.db")
            try folder.write("", to: "sites/a/one.db/x")
            let first = looks.again()
            #expect(first.missing.count == 1)
            let second = looks.again()
            #expect(second.gone.count == 1)
            #expect(looks.names.isEmpty)
        }
    }

    @Test("keeps names and awaits missing files across a reload, as far as its patterns go")
    func reload() throws {
        let written = ["sites/b/app.db": "", "sites/b/two.db": ""]
        try withConfiguration(pattern(), files: written) { folder in
            var looks = try Looks(folder)
            try folder.write("", to: "sites/a/app.db")
            try looks.remove("sites/b/two.db")
            let known = looks.configuration.databases
            looks.configuration = try folder.load()
            let kept = looks.configuration.look(after: known, missing: [])
            #expect(kept.databases.map { looks.short($0.sqlitePath) } == ["sites/b/app.db", "sites/b/two.db"])
            #expect(kept.missing.count == 1)

            try folder.write("databases:\n  \"{stem}\":\n    sqlite: \"sites/a/*.db\"\n")
            let others = try folder.load().look(after: known, missing: [])
            #expect(others.databases.map { looks.short($0.sqlitePath) } == ["sites/a/app.db"])
            #expect(others.missing.isEmpty)
        }
    }
}
