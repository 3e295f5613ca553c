import Foundation
import Glibc
import Model
import TestSupport
import Testing

@Suite("A restore's plan changes nothing")
struct RestorePlanTests {
    /// All files with their sizes, modes, owners and inodes.
    private static func look(at bench: Workbench) throws -> [String] {
        try Workbench.contents(of: bench.path).map { name in
            let status = try #require(FileStatus("\(bench.path)/\(name)"))
            return "\(name) \(status)"
        }
    }

    @Test("says which backup, proved by what, and what it would fetch, need and replace")
    func plans() async throws {
        try await withBackup(["timezone: UTC"]) { bench, id in
            let file = bench.target + "/shop.db"
            try bench.write("old", to: file)
            try bench.write("journal", to: file + "-wal")
            _ = chmod(file, 0o640)
            let before = try Self.look(at: bench)

            let options = ["restore", Workbench.database, "--to", file, "--force", "--dry-run"]
            let outcome = try await CommandLineTool.run(["--config", bench.configuration] + options + ["--json"])
            #expect(outcome.exitCode == 0, "\(outcome)")
            let plan = try outcome.answer(RestorePlanAnswer.self)
            let manifest = try bench.manifest(of: id)
            #expect(plan.id == id)
            #expect(plan.database == Workbench.database)
            #expect(plan.store == "disk")
            #expect(plan.state == "proved")
            let proof = try #require(plan.proof)
            #expect(proof.level == "restore")
            #expect(Workbench.exists("\(bench.store)/\(proof.report)"), "\(proof.report)")
            #expect(plan.tables.map(\.name) == manifest.tables.map(\.name))
            #expect(plan.rows == 402)
            #expect(plan.bytesToFetch == manifest.storedBytes)
            #expect(plan.storedBytes == manifest.storedBytes)
            #expect(plan.spaceNeeded >= manifest.source.pageCount * Int64(manifest.source.pageSize))
            #expect(plan.spaceFree ?? 0 > 0)
            #expect(plan.file == file)
            let replaced = try #require(plan.replaces)
            #expect(replaced.bytes == 3)
            #expect(replaced.mode == "640")
            #expect(replaced.keepsOwner)
            #expect(replaced.journals == [file + "-wal"])
            #expect(plan.obstacles.isEmpty)

            let told = try await CommandLineTool.run(["--config", bench.configuration] + options)
            #expect(told.exitCode == 0, "\(told)")
            for words in [id, proof.report, "all: 2 tables, 402 rows", "mode 640", "Nothing has been changed"] {
                #expect(told.text.contains(words), "\(words): \(told)")
            }
            #expect(try Self.look(at: bench) == before)
        }
    }

    @Test("of a few tables fetches and needs less")
    func plansTables() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 4000))
            let id = try await bench.backUp().backup
            let file = bench.target + "/notes.db"
            let options = ["--to", file, "--table", "notes", "--json"]
            let dry = try await CommandLineTool.run(
                ["--config", bench.configuration, "restore", id, "--dry-run"] + options)
            #expect(dry.exitCode == 0, "\(dry)")
            let plan = try dry.answer(RestorePlanAnswer.self)
            #expect(plan.tables.map(\.name.description) == ["notes"])
            #expect(plan.rows == 2)
            #expect(plan.bytesToFetch < plan.storedBytes)
            #expect(plan.replaces == nil)
            #expect(Workbench.contents(of: bench.target) == [])

            let restored = try await CommandLineTool.run(["--config", bench.configuration, "restore", id] + options)
            #expect(try restored.answer(RestoreAnswer.self).bytesFetched == plan.bytesToFetch)
        }
    }

    @Test("says what the restore would be refused for, and ends as it would")
    func obstacles() async throws {
        try await withBackup { bench, id in
            let file = bench.target + "/shop.db"
            try bench.write("old", to: file)
            let there = try await bench.nightjar("restore", id, "--to", file, "--dry-run", "--json")
            #expect(there.exitCode == 73, "\(there)")
            let obstacle = try #require(try there.answer(RestorePlanAnswer.self).obstacles.first)
            #expect(obstacle.code == "exists")
            #expect(obstacle.message.contains(file))
            #expect(obstacle.hint?.contains("--force") == true)

            let holder = try RunningCommand.start(
                ["/usr/bin/env", "sleep", "600"], environment: Command.basicEnvironment, input: file)
            let open = try await bench.nightjar("restore", id, "--to", file, "--dry-run", "--force")
            holder.send(signal: SIGKILL)
            _ = await holder.finish()
            #expect(open.exitCode == 73, "\(open)")
            #expect(
                open.text.contains("It would be refused: \(file) is open in process \(holder.processID)"), "\(open)")

            let folder = try await bench.nightjar("restore", id, "--to", bench.target + "/no/x.db", "--dry-run")
            #expect(folder.exitCode == 73, "\(folder)")
            let table = try await bench.nightjar("restore", id, "--to", file, "--table", "itmes", "--dry-run")
            #expect(table.exitCode == 66, "\(table)")

            let object = try #require(try bench.manifest(of: id).objects.first)
            try FileManager.default.removeItem(atPath: bench.objectPath(object))
            let gone = try await bench.nightjar("restore", id, "--to", bench.target + "/new.db", "--dry-run")
            #expect(gone.exitCode == 66, "\(gone)")
            #expect(gone.text.contains(object.key), "\(gone)")
            #expect(Workbench.contents(of: bench.target) == ["shop.db"])
        }
    }
}
