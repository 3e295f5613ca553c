import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("An export writes a database's rows as plain files")
struct ExportCommandTests {
    private static let script = """
        CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT);
        INSERT INTO notes(text) VALUES ('first'), (NULL), (''), ('a,b');
        CREATE TABLE empty(a); CREATE INDEX by_text ON notes(text); CREATE VIEW texts AS SELECT text FROM notes;
        CREATE TRIGGER noting AFTER INSERT ON notes BEGIN INSERT INTO empty VALUES (new.id); END;
        """

    struct Shape: Sendable, CustomStringConvertible {
        let format: String
        /// The files, and what is in them; without schema.sql.
        let files: [String: String]

        var description: String { format }

        static let all = [
            Shape(
                format: "csv",
                files: ["notes.csv": "id,text\r\n1,first\r\n2,\r\n3,\"\"\r\n4,\"a,b\"\r\n", "empty.csv": "a\r\n"]),
            Shape(
                format: "json",
                files: [
                    "shop.json": """
                    {"notes":[
                    {"id":1,"text":"first"},
                    {"id":2,"text":null},
                    {"id":3,"text":""},
                    {"id":4,"text":"a,b"}
                    ],
                    "empty":[
                    ]}

                    """
                ]),
            Shape(
                format: "ndjson",
                files: [
                    "notes.ndjson": """
                    {"id":1,"text":"first"}
                    {"id":2,"text":null}
                    {"id":3,"text":""}
                    {"id":4,"text":"a,b"}

                    """,
                    "empty.ndjson": "",
                ]),
        ]
    }

    /// `nightjar export shop --to DIRECTORY …`
    private func export(
        _ bench: Workbench, to directory: String, _ arguments: String...
    ) async throws -> RunningCommand.Outcome {
        try await CommandLineTool.run(
            ["--config", bench.configuration, "export", Workbench.database, "--to", directory] + arguments)
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try Workbench.bytes(of: path), as: UTF8.self)
    }

    // MARK: What is written

    @Test("with the schema beside them, for nobody else to read, and says that it is no backup", arguments: Shape.all)
    func formats(_ shape: Shape) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            let before = FileStatus(bench.source)
            let folder = bench.target + "/deep/out"
            let outcome = try await export(bench, to: folder, "--format", shape.format)
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.text.contains("2 tables, 4 rows"), "\(outcome)")
            #expect(outcome.text.contains("An export is no backup"), "\(outcome)")

            #expect(Workbench.contents(of: folder) == (shape.files.keys + ["schema.sql"]).sorted())
            for (name, content) in shape.files {
                #expect(try text("\(folder)/\(name)") == content)
                #expect(FileStatus("\(folder)/\(name)")?.mode == 0o600)
                #expect(outcome.text.contains(name), "\(outcome)")
            }
            #expect(FileStatus(folder)?.mode == 0o700)
            #expect(FileStatus(bench.target + "/deep")?.mode == 0o700)
            #expect(bench.leftovers == [])
            #expect(bench.objects == [])
            #expect(FileStatus(bench.source) == before, "a source is only ever read")

            let made = bench.path + "/made.db"
            let shell = try await Shell.sqlite3(made, script: folder + "/schema.sql")
            #expect(shell.exitCode == 0, "\(shell)")
            #expect(shell.standardError == "")
            let query = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
            let source = try Database(path: bench.source, access: .readOnly)
            #expect(try Database(path: made, access: .readOnly).rows(query) == source.rows(query))
        }
    }

    @Test("as SQL, a script that makes the database")
    func sql() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            let outcome = try await export(bench, to: bench.target, "--format", "sql")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(Workbench.contents(of: bench.target) == ["shop.sql"])
            let imported = bench.path + "/imported.db"
            let shell = try await Shell.sqlite3(imported, script: bench.target + "/shop.sql")
            #expect(shell.exitCode == 0, "\(shell)")
            #expect(try LogicalComparison(.dump).differences(between: bench.source, and: imported) == [])
        }
    }

    @Test("and tells programs of each")
    func json() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script + "CREATE TABLE cache(a); INSERT INTO cache VALUES (1);")
            try bench.configure(["exclude: [cache]"])
            let outcome = try await export(bench, to: bench.target, "--json")
            #expect(outcome.exitCode == 0, "\(outcome)")
            let answer = try outcome.answer(ExportAnswer.self)
            #expect(answer.database == "shop")
            #expect(answer.directory == bench.target)
            #expect(answer.format == .csv, "which is what there is without --format")
            #expect(answer.compression == "none")
            #expect(answer.files.map(\.name) == ["notes.csv", "empty.csv", "schema.sql"])
            #expect(answer.files.map(\.table) == ["notes", "empty", nil])
            #expect(answer.files.map(\.rows) == [4, 0, nil])
            for file in answer.files { #expect(FileStatus("\(bench.target)/\(file.name)")?.size == file.bytes) }
            #expect(answer.bytes == answer.files.reduce(0) { $0 + $1.bytes })
            #expect(answer.tables == 2)
            #expect(answer.rows == 4)
            #expect(answer.excluded.map { "\($0.name)" } == ["cache"])
        }
    }

    @Test("compressed where that is asked for", arguments: [("zstd", ".zst"), ("gzip", ".gz")])
    func compressed(program: String, suffix: String) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 3000))
            for format in ["csv", "json", "ndjson", "sql"] {
                let plain = "\(bench.target)/\(format)"
                let packed = "\(bench.target)/\(format)\(suffix)"
                let first = try await export(bench, to: plain, "--format", format)
                #expect(first.exitCode == 0, "\(first)")
                let second = try await export(bench, to: packed, "--format", format, "--compression", program)
                #expect(second.exitCode == 0, "\(second)")
                let names = Workbench.contents(of: plain)
                let wanted = names.map { $0 == "schema.sql" ? $0 : $0 + suffix }
                #expect(Workbench.contents(of: packed) == wanted.sorted())
                for name in names where name != "schema.sql" {
                    let outcome = try await Command.run([program, "-dc", "\(packed)/\(name)\(suffix)"])
                    let isSame = try outcome.standardOutput == Workbench.bytes(of: "\(plain)/\(name)")
                    #expect(isSame, "\(name)")
                }
            }
        }
    }

    @Test("of a few tables alone, with their indexes, also of those that the configuration excludes")
    func tables() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(
                Self.script
                    + "CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO counted VALUES (7);"
                    + "CREATE TABLE cache(a); INSERT INTO cache VALUES (1);")
            try bench.configure(["exclude: [cache]"])
            let arguments = ["--table", "NOTES", "--table", "cache", "--table", "counted"]
            let wanted = [
                "csv": ["cache.csv", "counted.csv", "notes.csv", "schema.sql"], "json": ["schema.sql", "shop.json"],
                "sql": ["shop.sql"],
            ]
            for (format, files) in wanted {
                let folder = "\(bench.target)/\(format)"
                let outcome = try await CommandLineTool.run(
                    ["--config", bench.configuration, "export", "shop", "--to", folder, "--format", format] + arguments)
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(!outcome.mentions("Left out"), "\(outcome)")
                #expect(Workbench.contents(of: folder) == files)
                let made = "\(bench.path)/\(format).db"
                let script = format == "sql" ? "shop.sql" : "schema.sql"
                let shell = try await Shell.sqlite3(made, script: "\(folder)/\(script)")
                #expect(shell.exitCode == 0, "\(shell)")
                let database = try Database(path: made, access: .readOnly)
                let names = try database.rows("SELECT name FROM sqlite_schema ORDER BY name")
                #expect(
                    names == ["by_text", "cache", "counted", "notes", "sqlite_sequence"].map { [SQLValue.text($0)] },
                    "neither views nor triggers, which may need the others")
            }
            #expect(try text(bench.target + "/csv/cache.csv") == "a\r\n\\i1\r\n")
            #expect(try text(bench.target + "/csv/counted.csv") == "id\r\n7\r\n")
            let json = try text(bench.target + "/json/shop.json")
            #expect(json.hasPrefix("{\"notes\":[\n{\"id\":1,"))
            #expect(json.hasSuffix("\"cache\":[\n{\"a\":1}\n]}\n"))
        }
    }

    @Test("of a database whose store is away")
    func storeIsAway() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            try bench.write(
                """
                state_dir: "\(bench.state)"
                scratch_dir: "\(bench.scratch)"
                stores:
                  away: {type: s3, endpoint: "http://127.0.0.1:1", bucket: nightly, access_key_id: a, secret_access_key: s}
                databases:
                  shop: {sqlite: "\(bench.source)"}

                """, to: bench.configuration)
            let outcome = try await export(bench, to: bench.target)
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(Workbench.contents(of: bench.target) == ["empty.csv", "notes.csv", "schema.sql"])
            #expect(Workbench.contents(of: bench.state) == [], "it is no run, and nobody knows of it")
        }
    }

    // MARK: What is refused

    @Test("is refused where one of the names is taken, but not with --force", arguments: ["notes.csv", "schema.sql"])
    func taken(name: String) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            let stray = "\(bench.target)/\(name)"
            try bench.write("stray", to: stray)
            try bench.write("mine", to: bench.target + "/orders.csv")
            let refused = try await export(bench, to: bench.target, "--json")
            #expect(refused.exitCode == 73, "\(refused)")
            #expect(refused.mentions(name) && refused.mentions("--force"), "\(refused)")
            #expect(Workbench.contents(of: bench.target) == [name, "orders.csv"].sorted())
            #expect(try text(stray) == "stray")

            let forced = try await export(bench, to: bench.target, "--force")
            #expect(forced.exitCode == 0, "\(forced)")
            #expect(Workbench.contents(of: bench.target) == ["empty.csv", "notes.csv", "orders.csv", "schema.sql"])
            #expect(try text(stray) != "stray")
            #expect(try text(bench.target + "/orders.csv") == "mine", "what has another name is nobody's business")
        }
    }

    @Test("is refused where there is no such database or table, with those that there are, and leaves nothing")
    func missing() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            let folder = bench.target + "/out"
            let database = try await bench.nightjar("export", "shpo", "--to", folder)
            #expect(database.exitCode == 66, "\(database)")
            #expect(database.mentions("It has: shop"), "\(database)")
            let table = try await export(bench, to: folder, "--table", "notse")
            #expect(table.exitCode == 66, "\(table)")
            #expect(table.mentions("notse") && table.mentions("It has: notes, empty"), "\(table)")
            let own = try await export(bench, to: folder, "--table", "sqlite_schema")
            #expect(own.exitCode == 64, "\(own)")
            #expect(Workbench.contents(of: bench.target) == [])
            #expect(bench.leftovers == [])
        }
    }

    @Test("is refused where a file stands in the place of the directory, or above it")
    func noDirectory() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            try bench.write("a file", to: bench.target + "/file")
            for folder in ["/file", "/file/out"] {
                let outcome = try await export(bench, to: bench.target + folder, "--force")
                #expect(outcome.exitCode == 73, "\(outcome)")
                #expect(outcome.mentions(bench.target + folder), "\(outcome)")
            }
            try FileManager.default.createDirectory(
                atPath: bench.target + "/notes.csv", withIntermediateDirectories: false)
            let outcome = try await export(bench, to: bench.target, "--force")
            #expect(outcome.exitCode == 73, "a directory is not replaced: \(outcome)")
            #expect(Workbench.contents(of: bench.target) == ["file", "notes.csv"])
        }
    }

    @Test("is refused while the database is locked for longer than anybody waits")
    func busy() async throws {
        try await withWorkbench { bench in
            try bench.configure(["busy_timeout: 50ms"])
            let writer = try Database(path: bench.source, access: .create)
            try writer.execute(Self.script)
            try writer.execute("BEGIN EXCLUSIVE")
            let outcome = try await export(bench, to: bench.target + "/out")
            withExtendedLifetime(writer) {}
            #expect(outcome.exitCode == 75, "\(outcome)")
            #expect(Workbench.contents(of: bench.target) == [])
        }
    }

    @Test(
        "is refused where the directory may not be read or written",
        .enabled(if: geteuid() == 0 && TestUser(named: "backup") != nil, "skipped: needs root and the user backup"),
        arguments: [mode_t(0o000), 0o300, 0o500])
    func unreadable(mode: mode_t) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            let user = try #require(TestUser(named: "backup"))
            let executable = try await Executables.reachable(by: user, in: bench)
            try bench.handOver(to: user)
            try #require(chmod(bench.target, mode) == 0)
            let outcome = try await bench.nightjar(
                "export", "shop", "--to", bench.target, asUser: user, executable: executable)
            #expect(outcome.exitCode == 73, "\(outcome)")
            #expect(outcome.mentions(bench.target), "\(outcome)")
            #expect(Workbench.contents(of: bench.target) == [])
            #expect(bench.leftovers == [])
        }
    }

    // MARK: Whose they are

    @Test(
        "of the directory's owner where root asks, and nobody's who may not write there",
        .enabled(if: geteuid() == 0 && TestUser(named: "backup") != nil, "skipped: needs root and the user backup"))
    func owners() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            let user = try #require(TestUser(named: "backup"))
            let executable = try await Executables.reachable(by: user, in: bench)
            try bench.handOver(to: user)
            let outcome = try await export(bench, to: bench.target + "/new")
            #expect(outcome.exitCode == 0, "\(outcome)")
            for name in ["", "/notes.csv", "/schema.sql"] {
                #expect(FileStatus(bench.target + "/new" + name)?.owner == user.id, "\(name)")
            }
            let closed = bench.path + "/data"
            let refused = try await bench.nightjar(
                "export", "shop", "--to", closed, asUser: user, executable: executable)
            #expect(refused.exitCode == 73, "\(refused)")
            #expect(refused.mentions(closed), "\(refused)")
            #expect(bench.leftovers == [])
        }
    }

    // MARK: What is stopped

    @Test("leaves nothing when it is stopped", arguments: CancelTests.Stop.all)
    func stopped(_ stop: CancelTests.Stop) async throws {
        try await withWorkbench { bench in
            let command = try await begin(bench, bench.target + "/deep/out")
            command.send(signal: stop.signal)
            let outcome = await command.finish()
            #expect(outcome.exitCode == stop.exitCode, "\(outcome)")
            #expect(Workbench.contents(of: bench.target) == [])
            #expect(bench.leftovers == [])
        }
    }

    @Test("is cleaned up after by the next one where it was killed")
    func killed() async throws {
        try await withWorkbench { bench in
            let folder = bench.target + "/out"
            let command = try await begin(bench, folder)
            command.send(signal: SIGKILL)
            _ = await command.finish()
            let left = Workbench.contents(of: folder)
            #expect(left.contains { $0.hasPrefix(".nightjar-export-") && $0.hasSuffix("/first.csv") }, "\(left)")

            try bench.configure()
            let outcome = try await export(bench, to: folder, "--table", "notes")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(Workbench.contents(of: folder) == ["notes.csv", "schema.sql"])
            #expect(bench.leftovers == [])
        }
    }

    /// Starts an export that would take minutes, and waits until it has made a file, `first.csv`.
    private func begin(_ bench: Workbench, _ folder: String) async throws -> RunningCommand {
        // A table of one row is whole before the first pause.
        let first = "PRAGMA journal_mode = WAL; CREATE TABLE first(a); INSERT INTO first VALUES (1);"
        try bench.makeSource(first + Workbench.script(rows: 100_000))
        try bench.configure(["breathing: {work: 10ms, pause: 2s}", "chunk_rows: 100"])
        let command = try CommandLineTool.start(
            ["--config", bench.configuration, "export", Workbench.database, "--to", folder])
        let made = folder.dropFirst(bench.target.count).split(separator: "/")
        let steps: [Substring] = made + [".nightjar-export-", "first.csv"]
        var place = bench.target
        // One after the other: a folder can be watched when it is there.
        for step in steps {
            let above = place
            let watch = try FolderWatch(above)
            try await watch.wait(until: "there is \(step)") { Self.name(in: above, beginning: step) != nil }
            let name = try #require(Self.name(in: above, beginning: step))
            place = "\(above)/\(name)"
        }
        return command
    }

    private static func name(in folder: String, beginning: Substring) -> String? {
        try? FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasPrefix(beginning) }
    }
}
