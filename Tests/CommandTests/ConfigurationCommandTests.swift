import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("Configuration and help on the command line")
struct ConfigurationCommandTests {
    static let verbs = ["init", "check", "doctor", "backup", "list", "show", "verify", "restore", "download", "export"]

    @Test("init writes a starter that only its owner and group can read, once")
    func initializes() async throws {
        try await withTemporaryDirectory { folder in
            let file = folder + "/nightjar.yaml"
            let written = try await CommandLineTool.run(["--config", file, "init"])
            #expect(written.exitCode == 0, "\(written)")
            #expect(FileStatus(file)?.mode == 0o640)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains("stores:"))
            #expect(text.contains("databases:"))

            let again = try await CommandLineTool.run(["--config", file, "init"])
            #expect(again.exitCode == 73, "\(again)")
            #expect(again.standardError.contains(file))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)

            let check = try await CommandLineTool.run(["check", "--config", file])
            #expect(check.exitCode == 0, "a starter is a good configuration: \(check)")
        }
    }

    @Test("check and doctor say what will happen")
    func checks() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 5))
            let check = try await bench.nightjar("check")
            #expect(check.exitCode == 0, "\(check)")
            #expect(check.text.contains(Workbench.database))
            #expect(check.text.contains(bench.source))
            #expect(check.text.contains("http: 127.0.0.1:8630, no tokens, so serve makes one at its first start\n"))
            #expect(check.text.contains("control socket: \(bench.state)/control.sock\n"))
            #expect(check.text.contains("\n  proved again every 30 days\n"))
            let doctor = try await bench.nightjar("doctor")
            #expect(doctor.exitCode == 0, "\(doctor)")
            #expect(bench.leftovers == [])
            #expect(bench.objects == [], "what doctor tried, it took away again")

            try FileManager.default.removeItem(atPath: bench.source)
            let ill = try await bench.nightjar("doctor")
            #expect(ill.exitCode != 0, "\(ill)")
            #expect(ill.mentions(bench.source))
        }
    }

    @Test("every complaint carries its file, line and column, all at once", arguments: ["check", "backup", "list"])
    func complains(verb: String) async throws {
        try await withWorkbench { bench in
            try bench.write(
                """
                stores:
                  disk: {type: directory, path: "\(bench.store)"}
                databases:
                  shop:
                    sqlite: "\(bench.source)"
                    compresion: zstd
                    busy_timeout: soon

                """, to: bench.configuration)
            let arguments = verb == "backup" ? [verb, Workbench.database] : [verb]
            let outcome = try await CommandLineTool.run(["--config", bench.configuration] + arguments)
            #expect(outcome.exitCode == 78, "\(outcome)")
            #expect(outcome.standardError.contains("nightjar.yaml:6:5"), "\(outcome)")
            #expect(outcome.standardError.contains("compression"), "did you mean: \(outcome)")
            #expect(outcome.standardError.contains("nightjar.yaml:7:"), "\(outcome)")
            #expect(bench.objects == [])
        }
    }

    @Test("a configuration that is not there, or that nobody can read as YAML, is an error of the configuration")
    func missingConfiguration() async throws {
        try await withTemporaryDirectory { folder in
            let missing = try await CommandLineTool.run(["--config", folder + "/none.yaml", "list", "--json"])
            #expect(missing.exitCode == 78, "\(missing)")
            #expect(missing.mentions("none.yaml"))
            #expect(try missing.answer(ErrorAnswer.self).error.code == "configuration")

            let file = folder + "/broken.yaml"
            try Data("stores: [\n".utf8).write(to: URL(fileURLWithPath: file))
            let broken = try await CommandLineTool.run(["list"], environment: ["NIGHTJAR_CONFIG": file])
            #expect(broken.exitCode == 78, "\(broken)")
            #expect(broken.standardError.contains("broken.yaml:"))
        }
    }

    @Test(
        "help fits into 80 columns",
        arguments: [""] + ConfigurationCommandTests.verbs
            + ["notify", "notify test", "notify list", "notify retry", "notify drop"])
    func helps(verb: String) async throws {
        let outcome = try await CommandLineTool.run(verb.split(separator: " ").map { String($0) } + ["--help"])
        #expect(outcome.exitCode == 0, "\(outcome)")
        let long = outcome.text.split(separator: "\n").filter { $0.count > 80 }
        #expect(long.isEmpty, "\(long)")
        for word in verb.isEmpty ? Self.verbs : [verb] { #expect(outcome.text.contains(word), "\(word)") }
    }

    @Test(
        "a command line that cannot be understood ends with 64",
        arguments: [
            ["frobnicate"], ["backup", "--frobnicate"], ["restore", "shop"], ["restore", "--to", "/nowhere/x.db"],
            ["show"],
            ["verify", "dump_20010101-000000", "--level", "thorough"], ["list", "--json=maybe"],
            ["verify", "--all", "--against-source"], ["verify", "shop", "--against-source", "--level", "checksum"],
            ["notify", "retry"], ["notify", "retry", "ops", "--all"], ["notify", "drop"], ["notify", "drop", "ops"],
            ["verify", "--against-source"], ["verify", "shop", "--against-source", "--report", "x.json"],
            ["export", "shop"], ["export", "--to", "/nowhere"], ["export", "shop", "--to", ""],
            ["export", "shop", "--to", "/nowhere", "--format", "xml"],
            ["export", "shop", "--to", "/nowhere", "--compression", "zip"],
            ["download", "shop", "--table", "items", "--for-d1"],
        ])
    func usage(_ arguments: [String]) async throws {
        try await withWorkbench { bench in
            let outcome = try await CommandLineTool.run(arguments + ["--config", bench.configuration])
            #expect(outcome.exitCode == 64, "\(outcome)")
            #expect(!outcome.standardError.isEmpty)
        }
    }

    @Test("an unknown database is said to be missing, with the one that was meant")
    func unknownDatabase() async throws {
        try await withWorkbench { bench in
            let outcome = try await bench.nightjar("backup", "shpo", "--json")
            #expect(outcome.exitCode == 66, "\(outcome)")
            #expect(outcome.mentions("shpo"))
            #expect(outcome.mentions(Workbench.database))
            #expect(outcome.statedError?.code == "missing", "\(outcome)")
        }
    }

    @Test("list and show tell of a backup in JSON and in words")
    func listsAndShows() async throws {
        try await withBackup { bench, id in
            let manifest = try bench.manifest(of: id)
            let list = try await bench.nightjar("list", Workbench.database, "--json")
            #expect(list.exitCode == 0, "\(list)")
            let backup = try #require(try list.answer(ListAnswer.self).backups.first)
            #expect(backup.id == id)
            #expect(backup.database == Workbench.database)
            #expect(backup.store == "disk")
            #expect(backup.rows == 402)
            #expect(backup.tables == 2)
            #expect(backup.state == "proved")
            #expect(backup.consistent == true)
            #expect(backup.consistency == nil, "files have one state, and no words about it")
            #expect(backup.excluded == [])
            #expect(backup.storedBytes >= manifest.storedBytes)
            #expect(Timestamp(backup.createdAt) != nil, "\(backup.createdAt)")

            let show = try await bench.nightjar("show", id, "--json")
            #expect(show.exitCode == 0, "\(show)")
            let shown = try show.answer(ShowAnswer.self)
            #expect(shown.manifest == manifest)
            #expect(shown.reports.map { $0.outcome } == ["proved"])
            #expect(shown.store == "disk")
            #expect(shown.state == "proved")

            let listInWords = try await bench.nightjar("list")
            let shownInWords = try await bench.nightjar("show", id)
            for words in [listInWords, shownInWords] {
                #expect(words.exitCode == 0, "\(words)")
                #expect(words.text.contains(id))
            }
        }
    }

    @Test(
        "a backup's state says what was proved",
        arguments: [
            ("verify: {after_backup: restore}", "proved"), ("verify: {after_backup: checksum}", "checked"),
            ("verify: {after_backup: none}", "unproved"),
        ])
    func states(setting: String, state: String) async throws {
        try await withWorkbench { bench in
            try bench.configure([setting])
            try bench.makeSource(Workbench.script(rows: 5))
            let result = try await bench.backUp()
            #expect(result.state == state)
            #expect(result.tables == 2)
            #expect(result.rows == 7)
            #expect((result.storedBytes ?? 0) > 0)
            #expect((result.dumpBytes ?? 0) > 0)

            let verify = try await bench.nightjar("verify", result.backup, "--level", "restore", "--json")
            #expect(verify.exitCode == 0, "\(verify)")
            #expect(try verify.answer(VerifyAnswer.self).reports.map { $0.outcome } == ["proved"])
            let list = try await bench.nightjar("list", "--json")
            #expect(try list.answer(ListAnswer.self).backups.map { $0.state } == ["proved"])
        }
    }

    @Test("nothing that is written can be read by everybody")
    func isPrivate() async throws {
        try await withBackup { bench, _ in
            for folder in [bench.store, bench.state] {
                for name in Workbench.contents(of: folder) {
                    let status = try #require(FileStatus("\(folder)/\(name)"))
                    #expect(status.mode & 0o007 == 0, "\(name) has mode \(String(status.mode, radix: 8))")
                }
            }
        }
    }
}
