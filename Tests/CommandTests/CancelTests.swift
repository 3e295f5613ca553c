import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("A backup that is cancelled leaves nothing behind")
struct CancelTests {
    struct Stop: Sendable, CustomStringConvertible {
        let name: String
        let signal: Int32
        let exitCode: Int32

        var description: String { name }

        static let all = [
            Stop(name: "SIGINT", signal: SIGINT, exitCode: 130), Stop(name: "SIGTERM", signal: SIGTERM, exitCode: 143),
        ]
    }

    @Test(
        "ends with the signal's exit code, an empty scratch directory and nothing in the store", arguments: Stop.all,
        ["snapshot: copy", "snapshot: transaction"])
    func leavesNothing(stop: Stop, snapshot: String) async throws {
        try await withWorkbench { bench in
            try bench.makeSource("PRAGMA journal_mode = WAL;" + Workbench.script(rows: 60_000))
            // The pauses are what the signal meets: they make the run last for minutes.
            try bench.configure([snapshot, "breathing: {work: 10ms, pause: 2s}", "chunk_rows: 100"])
            let command = try CommandLineTool.start(
                ["--config", bench.configuration, "backup", Workbench.database, "--json"])
            // Every run has a folder of its own in the scratch directory.
            try await wait(for: command, bench) { !bench.leftovers.isEmpty }
            command.send(signal: stop.signal)
            let outcome = await command.finish()

            #expect(outcome.exitCode == stop.exitCode, "\(outcome)")
            #expect(bench.leftovers == [])
            #expect(bench.objects == [], "neither objects nor temporary files are in the store")
            let list = try await bench.nightjar("list", "--json")
            #expect(try list.answer(ListAnswer.self).backups.isEmpty)

            try bench.configure()
            let result = try await bench.backUp()
            #expect(result.state == "proved", "the next run is not disturbed")
        }
    }

    @Test("a backup waiting for a lock can be cancelled", arguments: Stop.all)
    func cancelsWaiting(stop: Stop) async throws {
        try await withWorkbench { bench in
            try bench.configure(["busy_timeout: 10m"])
            let writer = try Database(path: bench.source, access: .create)
            try writer.execute(Workbench.script(rows: 10))
            try writer.execute("BEGIN EXCLUSIVE")
            let command = try CommandLineTool.start(
                ["--config", bench.configuration, "backup", Workbench.database, "--json"])
            try await wait(for: command, bench) { !bench.leftovers.isEmpty }
            command.send(signal: stop.signal)
            let outcome = await command.finish()
            withExtendedLifetime(writer) {}
            #expect(outcome.exitCode == stop.exitCode, "\(outcome)")
            #expect(bench.leftovers == [])
            #expect(bench.objects == [])
        }
    }

    @Test("a comparison with the live database that is stopped leaves no snapshot", arguments: Stop.all)
    func cancelsComparison(stop: Stop) async throws {
        try await withWorkbench { bench in
            try bench.makeSource("PRAGMA journal_mode = WAL;" + Workbench.script(rows: 60_000))
            try await bench.backUp()
            let objects = bench.objects
            try bench.configure(["breathing: {work: 10ms, pause: 2s}"])
            let command = try CommandLineTool.start(
                ["--config", bench.configuration, "verify", Workbench.database, "--against-source", "--json"])
            try await wait(for: command, bench) { !bench.leftovers.isEmpty }
            command.send(signal: stop.signal)
            let outcome = await command.finish()
            #expect(outcome.exitCode == stop.exitCode, "\(outcome)")
            #expect(bench.leftovers == [])
            #expect(bench.objects == objects)
        }
    }

    @Test("a process that was killed outright is cleaned up after by the next run")
    func cleansUpAfterKill() async throws {
        try await withWorkbench { bench in
            try bench.makeSource("PRAGMA journal_mode = WAL;" + Workbench.script(rows: 60_000))
            try bench.configure(["breathing: {work: 10ms, pause: 2s}", "chunk_rows: 100"])
            let command = try CommandLineTool.start(["--config", bench.configuration, "backup", Workbench.database])
            try await wait(for: command, bench) { !bench.leftovers.isEmpty }
            command.send(signal: SIGKILL)
            _ = await command.finish()

            try bench.configure()
            let result = try await bench.backUp()
            #expect(result.state == "proved")
            #expect(bench.leftovers == [])
            let names = bench.objects.filter { !$0.contains(result.backup) }
            #expect(names == [], "nothing of the killed run is in the store")
        }
    }

    /// Waits until a run has begun; ends the command where it never does.
    private func wait(for command: RunningCommand, _ bench: Workbench, _ hasBegun: () -> Bool) async throws {
        do {
            try await FolderWatch(bench.scratch).wait(until: "the run has begun", hasBegun)
        } catch {
            command.send(signal: SIGKILL)
            let outcome = await command.finish()
            throw CommandError("\(error): \(outcome)")
        }
    }
}
