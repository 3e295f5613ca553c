import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("Restoring makes a new file and touches nothing else")
struct RestoreTests {
    @Test("says what it made, and nobody else may read it")
    func restores() async throws {
        try await withBackup { bench, id in
            let file = bench.target + "/new.db"
            let outcome = try await bench.nightjar("restore", Workbench.database, "--to", file, "--json")
            #expect(outcome.exitCode == 0, "\(outcome)")
            let answer = try outcome.answer(RestoreAnswer.self)
            #expect(answer.id == id, "a database's name stands for its newest backup")
            #expect(answer.database == Workbench.database)
            #expect(answer.file == file)
            #expect(answer.tables == 2)
            #expect(answer.rows == 402)
            let mode = try #require(FileStatus(file)).mode
            #expect(mode & 0o007 == 0, "mode \(String(mode, radix: 8))")
            #expect(mode & 0o600 == 0o600)
            #expect(Workbench.contents(of: bench.target) == ["new.db"])
        }
    }

    @Test("refuses a file that exists, and what lies beside the target", arguments: ["", "-wal", "-shm", "-journal"])
    func refusesExisting(suffix: String) async throws {
        try await withBackup { bench, id in
            let file = bench.target + "/shop.db"
            try bench.write("stray", to: file + suffix)
            let refused = try await bench.nightjar("restore", id, "--to", file, "--json")
            #expect(refused.exitCode == 73, "\(refused)")
            #expect(refused.mentions(file + suffix), "\(refused)")
            #expect(refused.mentions("--force"), "\(refused)")
            #expect(try String(contentsOfFile: file + suffix, encoding: .utf8) == "stray")
            #expect(Workbench.contents(of: bench.target) == ["shop.db" + suffix])

            let forced = try await bench.nightjar("restore", id, "--to", file, "--force")
            #expect(forced.exitCode == 0, "\(forced)")
            #expect(Workbench.contents(of: bench.target) == ["shop.db"], "a stray \(suffix) would spoil the new file")
            #expect(try LogicalComparison(.restore).differences(between: bench.source, and: file) == [])
        }
    }

    @Test("--force puts the new file in the old one's place, with its owner and mode")
    func replaces() async throws {
        try await withBackup { bench, id in
            let file = bench.target + "/shop.db"
            try bench.write(String(repeating: "old", count: 100_000), to: file)
            _ = chmod(file, 0o640)
            if geteuid() == 0 { _ = chown(file, 33, 34) }
            let before = try #require(FileStatus(file))

            let outcome = try await bench.nightjar("restore", id, "--to", file, "--force")
            #expect(outcome.exitCode == 0, "\(outcome)")
            let after = try #require(FileStatus(file))
            #expect(after.inode != before.inode, "a new file that is renamed, never one that is written over")
            #expect(after.mode == before.mode)
            #expect(after.owner == before.owner)
            #expect(after.group == before.group)
            #expect(try LogicalComparison(.restore).differences(between: bench.source, and: file) == [])
        }
    }

    @Test("a directory as the target is refused, and so is a folder that is not there")
    func refusesOddTargets() async throws {
        try await withBackup { bench, id in
            let missing = try await bench.nightjar("restore", id, "--to", bench.target + "/no/such/x.db")
            #expect([66, 73, 74].contains(missing.exitCode), "\(missing)")
            for options in [[], ["--force"]] as [[String]] {
                let outcome = try await CommandLineTool.run(
                    ["--config", bench.configuration, "restore", id, "--to", bench.target] + options)
                #expect([64, 73, 74].contains(outcome.exitCode), "\(outcome)")
            }
            #expect(Workbench.contents(of: bench.target) == [])
        }
    }

    @Test("what a killed restore left beside its target is gone after the next one")
    func sweepsKilledRestores() async throws {
        try await withBackup { bench, id in
            let dead = try RunningCommand.start(
                ["/usr/bin/env", "true"], environment: Command.basicEnvironment, input: "/dev/null")
            _ = await dead.finish()
            let target = bench.target + "/shop.db"
            try bench.write("half a database", to: bench.target + "/.shop.db.nightjar-\(dead.processID)-7.tmp")
            try bench.write("somebody's own", to: bench.target + "/.shop.db.nightjar-notes")
            let outcome = try await bench.nightjar("restore", id, "--to", target)
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(Workbench.contents(of: bench.target).sorted() == [".shop.db.nightjar-notes", "shop.db"])
        }
    }

    @Test("a file that a process has open is refused, with the process's name or number")
    func refusesOpenFile() async throws {
        try await withBackup { bench, id in
            let file = bench.target + "/shop.db"
            try bench.write("in use", to: file)
            let holder = try RunningCommand.start(
                ["/usr/bin/env", "sleep", "600"], environment: Command.basicEnvironment, input: file)
            let outcome = try await bench.nightjar("restore", id, "--to", file, "--force", "--json")
            holder.send(signal: SIGKILL)
            _ = await holder.finish()
            #expect([73, 75].contains(outcome.exitCode), "\(outcome)")
            #expect(outcome.mentions("sleep") || outcome.mentions("\(holder.processID)"), "\(outcome)")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "in use")
            #expect(Workbench.contents(of: bench.target) == ["shop.db"])
        }
    }

    @Test("--table brings back those tables alone", arguments: [["notes"], ["items"], ["notes", "big"]])
    func restoresTables(_ tables: [String]) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 4000))
            try bench.makeSource(
                "CREATE TABLE big(k PRIMARY KEY, b) WITHOUT ROWID; INSERT INTO big SELECT id, data FROM items")
            let id = try await bench.backUp().backup
            let file = bench.target + "/some.db"
            let options = tables.flatMap { ["--table", $0] }
            let outcome = try await CommandLineTool.run(
                ["--config", bench.configuration, "restore", id, "--to", file] + options)
            #expect(outcome.exitCode == 0, "\(outcome)")

            let restored = try Database(path: file, access: .readOnly)
            let source = try Database(path: bench.source, access: .readOnly)
            let names = try restored.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            #expect(names == tables.sorted().map { [SQLValue.text($0)] })
            for table in tables {
                let query = "SELECT * FROM \(table) ORDER BY 1"
                #expect(try restored.rows(query) == source.rows(query), "\(table)")
            }
        }
    }

    @Test("a table by itself is in a file with the source's page size and encoding, whichever frames it lies in")
    func keepsSettingsOfTables() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(
                "PRAGMA page_size = 16384; PRAGMA encoding = 'UTF-16be'; PRAGMA auto_vacuum = FULL;"
                    + Workbench.script(rows: 4000))
            let id = try await bench.backUp().backup
            let file = bench.target + "/notes.db"
            let outcome = try await bench.nightjar("restore", id, "--to", file, "--table", "notes")
            #expect(outcome.exitCode == 0, "\(outcome)")
            let database = try Database(path: file, access: .readOnly)
            #expect(try database.integer("PRAGMA page_size") == 16384)
            #expect(try database.text("PRAGMA encoding") == "UTF-16be")
            #expect(try database.integer("PRAGMA auto_vacuum") == 1)
        }
    }

    @Test("a table that the backup does not have is an error, and no file is made")
    func refusesUnknownTable() async throws {
        try await withBackup { bench, id in
            let file = bench.target + "/some.db"
            let outcome = try await bench.nightjar("restore", id, "--to", file, "--table", "itmes")
            #expect([64, 66].contains(outcome.exitCode), "\(outcome)")
            #expect(outcome.standardError.contains("itmes"), "\(outcome)")
            #expect(Workbench.contents(of: bench.target) == [])
        }
    }

    @Test("--at picks the newest backup that is not younger")
    func restoresAt() async throws {
        try await withBackup { bench, first in
            try bench.makeSource("DELETE FROM items")
            let second = try await bench.backUp().backup
            for id in [first, second] {
                let time = try #require(BackupID(id)?.time)
                try bench.setMoment(of: id, to: time)
                let moment = time.text
                let file = "\(bench.target)/\(id).db"
                let outcome = try await bench.nightjar(
                    "restore", Workbench.database, "--at", moment, "--to", file, "--json")
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(try outcome.answer(RestoreAnswer.self).id == id, "at \(moment)")
            }
            let early = try await bench.nightjar(
                "restore", Workbench.database, "--at", "2001-01-01T00:00:00Z", "--to", bench.target + "/early.db")
            #expect(early.exitCode == 66, "\(early)")
            #expect(!Workbench.exists(bench.target + "/early.db"))
        }
    }

    @Test("unknown backups and databases are said to be missing", arguments: ["dump_20010101-000000", "shopp"])
    func unknownBackup(name: String) async throws {
        try await withBackup { bench, _ in
            let commands = [
                ["restore", name, "--to", bench.target + "/x.db"], ["verify", name], ["show", "dump_20010101-000000"],
                ["download", "dump_20010101-000000"],
            ]
            for command in commands {
                let outcome = try await CommandLineTool.run(["--config", bench.configuration] + command)
                #expect(outcome.exitCode == 66, "\(command): \(outcome)")
                #expect(!outcome.standardError.isEmpty)
            }
            #expect(Workbench.contents(of: bench.target) == [])
        }
    }

    @Test("page size, journal mode, auto_vacuum and the versions come back with the file")
    func keepsSettings() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(
                "PRAGMA page_size = 16384; PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL;"
                    + "PRAGMA user_version = 77; PRAGMA application_id = 88;" + Workbench.script(rows: 10))
            try await bench.backUp()
            let file = bench.target + "/new.db"
            let outcome = try await bench.nightjar("restore", Workbench.database, "--to", file)
            #expect(outcome.exitCode == 0, "\(outcome)")
            let database = try Database(path: file, access: .readWrite)
            #expect(try database.integer("PRAGMA page_size") == 16384)
            #expect(try database.integer("PRAGMA auto_vacuum") == 1)
            #expect(try database.text("PRAGMA journal_mode") == "wal")
            #expect(try database.integer("PRAGMA user_version") == 77)
            #expect(try database.integer("PRAGMA application_id") == 88)
        }
    }
}
