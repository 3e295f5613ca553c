import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("A bad source gets a clear error and leaves nothing behind")
struct BadSourceTests {
    @Test("says what is wrong and what to do, and the last good backup stays", arguments: BadSource.all)
    func refuses(_ bad: BadSource) async throws {
        try await withWorkbench { bench in
            try bench.configure(["busy_timeout: 200ms", "snapshot_max_lock: 200ms"])
            try bench.makeSource(Workbench.script(rows: 100))
            let good = try await bench.backUp().backup
            let objects = bench.objects
            try FileManager.default.removeItem(atPath: bench.source)

            let keeper = try await bad.make(bench)
            let outcome = try await bench.nightjar("backup", Workbench.database, "--json")
            withExtendedLifetime(keeper) {}

            #expect(bad.exitCodes.contains(outcome.exitCode), "\(outcome)")
            let result = try #require(try outcome.answer(BackupAnswer.self).results.first)
            #expect(result.state == "failed")
            try expectHelp(result.error, about: bench.source, outcome)
            #expect(bench.leftovers == [])
            #expect(bench.objects == objects, "nothing of the failed run is in the store")

            let verify = try await bench.nightjar("verify", good, "--json")
            #expect(verify.exitCode == 0, "\(verify)")
        }
    }

    @Test("a bad source is told in words too, without --json")
    func refusesInWords() async throws {
        try await withWorkbench { bench in
            let outcome = try await bench.nightjar("backup", Workbench.database)
            #expect(outcome.exitCode == 66, "\(outcome)")
            #expect(outcome.standardError.contains(bench.source))
            #expect(bench.objects == [])
            #expect(bench.leftovers == [])
        }
    }

    @Test("a file that the user may not read is refused")
    func refusesUnreadable() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 10))
            var user: TestUser?
            if geteuid() == 0 {
                user = try #require(TestUser(named: "backup") ?? TestUser(named: "nobody"))
            }
            try bench.handOver(to: user)
            let executable = try await Executables.reachable(by: user, in: bench)
            _ = chmod(bench.path + "/data", 0o755)
            _ = chmod(bench.source, geteuid() == 0 ? 0o600 : 0)

            let outcome = try await bench.nightjar(
                "backup", Workbench.database, "--json", asUser: user, executable: executable)
            #expect(outcome.exitCode == 66, "\(outcome)")
            try expectHelp(outcome.statedError, about: bench.source, outcome)
            #expect(bench.objects == [])
            #expect(bench.leftovers == [])
            #expect(Workbench.contents(of: bench.path + "/data") == ["shop.db"])
        }
    }

    @Test("a backup goes on as soon as the lock is gone")
    func succeedsAfterLock() async throws {
        try await withWorkbench { bench in
            try bench.configure(["busy_timeout: 100ms"])
            let writer = try Database(path: bench.source, access: .create)
            try writer.execute(Workbench.script(rows: 10))
            try writer.execute("BEGIN EXCLUSIVE")
            let refused = try await bench.nightjar("backup", Workbench.database)
            #expect(refused.exitCode == 75, "\(refused)")
            try writer.execute("COMMIT")
            let result = try await bench.backUp()
            #expect(result.state == "proved")
        }
    }

    private func expectHelp(_ error: ErrorAnswer.Body?, about file: String, _ outcome: RunningCommand.Outcome) throws {
        let told = try #require(error, "\(outcome)")
        #expect(told.message.contains(file), "the message names the file: \(told.message)")
        #expect(told.hint?.isEmpty == false, "there is something that a person can do: \(told)")
    }
}
