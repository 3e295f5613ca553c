import Foundation
import Model
import TestSupport
import Testing

@Suite("A download of dumps that hold rows, as CSV or JSON")
struct DownloadCommandTests {
    private static let script = """
        CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes(text) VALUES ('first'), (NULL);
        CREATE TABLE empty(a); CREATE TABLE "a/b"(a TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
          INSERT INTO "a/b" SELECT hex(randomblob(100)) FROM n;
        """

    /// What is in the store of a backup: its objects have the same names.
    struct Kind: Sendable, CustomStringConvertible {
        let format: String
        let compression: String

        var description: String { "\(format), \(compression)" }
        var hasArchive: Bool { format != "json" }

        static let all = ["csv", "json", "ndjson"].flatMap { format in
            ["zstd", "gzip", "none"].map { Kind(format: format, compression: $0) }
        }
    }

    private func withDump(_ kind: Kind, _ body: (Workbench, String) async throws -> Void) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            try bench.configure(["format: \(kind.format)", "compression: \(kind.compression)"])
            let id = try await bench.backUp().backup
            try await body(bench, id)
        }
    }

    /// The files that `nightjar export` makes of the same database.
    private func exported(_ bench: Workbench, _ format: String) async throws -> [String: [UInt8]] {
        let folder = bench.path + "/plain"
        let outcome = try await bench.nightjar("export", Workbench.database, "--format", format, "--to", folder)
        try #require(outcome.exitCode == 0, "\(outcome)")
        var files: [String: [UInt8]] = [:]
        for name in Workbench.contents(of: folder) where name != "schema.sql" {
            files[name] = try Workbench.bytes(of: "\(folder)/\(name)")
        }
        return files
    }

    @Test("gives a ZIP where each table has an object, and else the document", arguments: Kind.all)
    func whole(_ kind: Kind) async throws {
        try await withDump(kind) { bench, id in
            let wanted = try await exported(bench, kind.format)
            let file = bench.target + "/dump"
            let outcome = try await bench.nightjar("download", id, "--output", file)
            #expect(outcome.exitCode == 0, "\(outcome)")
            let piped = try await bench.nightjar("download", id)
            #expect(piped.exitCode == 0, "\(piped.standardError)")
            let isSame = try piped.standardOutput == Workbench.bytes(of: file)
            #expect(isSame, "standard output has the same")
            let again = try await bench.nightjar("download", id, "--output", file)
            #expect(again.exitCode == 73, "\(again)")

            guard kind.hasArchive else {
                #expect(piped.standardOutput == wanted["shop.json"])
                return
            }
            let test = try await Command.run(["unzip", "-tq", file])
            #expect(test.exitCode == 0, "\(test)")
            let list = try await Command.run(["unzip", "-Z1", file])
            let names = list.text.split(separator: "\n").map(String.init)
            #expect(names == ["notes", "empty", "a%2Fb"].map { "\($0).\(kind.format)" })
            for name in names {
                let entry = try await Command.run(["unzip", "-p", file, name])
                #expect(entry.standardOutput == wanted[name], "\(name)")
            }
        }
    }

    @Test("gives one table where that is asked for", arguments: Kind.all)
    func table(_ kind: Kind) async throws {
        try await withDump(kind) { bench, id in
            let wanted = try await exported(bench, kind.format)
            let manifest = try bench.manifest(of: id)
            for (table, name) in [("NOTES", "notes"), ("empty", "empty"), ("a/b", "a%2Fb")] {
                let outcome = try await bench.nightjar("download", id, "--table", table)
                #expect(outcome.exitCode == 0, "\(outcome)")
                guard kind.format == "json" else {
                    #expect(outcome.standardOutput == wanted["\(name).\(kind.format)"], "\(table)")
                    continue
                }
                let document = try #require(wanted["shop.json"])
                let record = try #require(manifest.tables.first { $0.name == SQLText(table.lowercased()) })
                let isSame = outcome.standardOutput == Array(document[Int(record.range.offset)..<Int(record.range.end)])
                #expect(isSame, "\(table)")
                #expect(outcome.text.hasPrefix("[\n") && outcome.text.hasSuffix("\n]"))
            }
        }
    }

    @Test("gives stored bytes where they are an object of their own", arguments: Kind.all)
    func raw(_ kind: Kind) async throws {
        try await withDump(kind) { bench, id in
            let manifest = try bench.manifest(of: id)
            let whole = try await bench.nightjar("download", id, "--raw")
            let table = try await bench.nightjar("download", id, "--raw", "--table", "notes")
            let object = try #require(manifest.objects.first)
            let stored = try Workbench.bytes(of: bench.objectPath(object))
            if kind.hasArchive {
                #expect(whole.exitCode == 64, "\(whole)")
                #expect(whole.standardOutput.isEmpty && whole.mentions("--table"))
                #expect(table.exitCode == 0, "\(table)")
                #expect(table.standardOutput == stored)
            } else {
                #expect(whole.exitCode == 0, "\(whole)")
                #expect(whole.standardOutput == stored)
                #expect(table.exitCode == 64, "\(table)")
                #expect(table.standardOutput.isEmpty)
            }
        }
    }

    @Test("refuses tables that are not there, and single tables of SQL, and leaves no file")
    func refuses() async throws {
        try await withDump(Kind(format: "csv", compression: "zstd")) { bench, id in
            let file = bench.target + "/table.csv"
            let outcome = try await bench.nightjar("download", id, "--table", "notse", "--output", file)
            #expect(outcome.exitCode == 66, "\(outcome)")
            #expect(outcome.mentions("notse") && outcome.mentions("notes, empty"), "\(outcome)")
            #expect(Workbench.contents(of: bench.target) == [])
        }
        try await withBackup { bench, id in
            let file = bench.target + "/table.sql"
            let outcome = try await bench.nightjar("download", id, "--table", "notes", "--output", file)
            #expect(outcome.exitCode == 64, "\(outcome)")
            #expect(outcome.mentions("nightjar restore"), "\(outcome)")
            #expect(Workbench.contents(of: bench.target) == [])
        }
    }

    @Test("finds damage on its way, and leaves no file then", arguments: Kind.all)
    func damage(_ kind: Kind) async throws {
        try await withDump(kind) { bench, id in
            let object = try #require(try bench.manifest(of: id).objects.max { $0.size < $1.size })
            try flip(bench.objectPath(object), at: object.size / 2)
            let file = bench.target + "/dump"
            for arguments in [[], ["--table", "a/b"]] as [[String]] {
                let outcome = try await CommandLineTool.run(
                    ["--config", bench.configuration, "download", id, "--output", file] + arguments)
                #expect(outcome.exitCode == 65, "\(outcome)")
                #expect(Workbench.contents(of: bench.target) == [])
            }
        }
    }

    @Test("writes no ZIP to a terminal, but a table")
    func terminal() async throws {
        try await withDump(Kind(format: "csv", compression: "zstd")) { bench, id in
            let script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
            let command =
                ["python3", "-c", script, CommandLineTool.path, "--config", bench.configuration, "download", id]
            let refused = try await Command.run(command)
            #expect(refused.exitCode == 64, "\(refused)")
            #expect(refused.mentions("--output \(id).csv.zip"), "\(refused)")
            let shown = try await Command.run(command + ["--table", "notes"])
            #expect(shown.exitCode == 0, "\(shown)")
            #expect(shown.text.contains("1,first"), "\(shown)")
        }
    }
}
