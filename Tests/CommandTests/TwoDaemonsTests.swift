import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("Two daemons on one state directory", .timeLimit(.minutes(30)))
struct TwoDaemonsTests {
    private static let yearly = "schedule: \"@yearly\""

    @Test("the second is refused in the middle of the first one's backup, and takes its place when it was killed")
    func refused() async throws {
        try await withWorkbench { bench in
            try bench.makeSource("PRAGMA journal_mode = WAL;" + Workbench.script(rows: 60_000))
            // The pauses make the run last for minutes.
            try bench.configure([Self.yearly, "breathing: {work: 10ms, pause: 2s}", "chunk_rows: 100"])
            let first = try await start(bench)
            let command = try CommandLineTool.start(
                ["--config", bench.configuration, "backup", Workbench.database, "--json"])
            do {
                try await FolderWatch(bench.scratch, isDeep: true).wait(until: "the run has begun") {
                    !bench.leftovers.isEmpty
                }
                let before = try await bench.nightjar("status", "--json")
                for _ in 1...2 {
                    let second = try await bench.nightjar("serve")
                    #expect(second.exitCode == 75, "\(second)")
                    #expect(second.standardError.contains("process \(first.processID)"), "\(second)")
                    #expect(second.standardError.contains("state_dir and a prefix of its own"), "\(second)")
                }
                #expect(before.mentions("process \(first.processID)"), "\(before)")
                #expect(kill(first.processID, 0) == 0, "it works on")
                #expect(!bench.leftovers.isEmpty)
                #expect(bench.objects.filter { $0.hasSuffix(".manifest.json") } == [])
            } catch {
                first.send(signal: SIGKILL)
                command.send(signal: SIGKILL)
                throw error
            }
            first.send(signal: SIGKILL)
            _ = await first.finish()
            let asked = await command.finish()
            #expect(asked.exitCode != 0, "whoever asked hears of it: \(asked)")

            try bench.configure([Self.yearly])
            let next = try await start(bench)
            let result = try await bench.backUp()
            #expect(result.state == "proved")
            next.send(signal: SIGTERM)
            let outcome = await next.finish()
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(bench.leftovers == [])
            let others = bench.objects.filter { !$0.contains(result.backup) }
            #expect(others == [], "nothing of the killed run is in the store")
        }
    }

    @Test("of two that start at once, one works and the other is refused")
    func atOnce() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 10))
            try bench.configure([Self.yearly])
            let watch = try FolderWatch(bench.state)
            let daemons = try (1...2).map { _ in try CommandLineTool.start(["--config", bench.configuration, "serve"]) }
            do {
                try await watch.wait(until: "one has the lock") { holder(bench, among: daemons)?.processID != nil }
                let working = try #require(holder(bench, among: daemons))
                let refused = try #require(daemons.first { $0.processID != working.processID })
                let refusal = await refused.finish()
                #expect(refusal.exitCode == 75, "\(refusal)")
                #expect(refusal.standardError.contains("a daemon works with \(bench.state) already"), "\(refusal)")
                let result = try await bench.backUp()
                #expect(result.state == "proved")
                working.send(signal: SIGTERM)
                let outcome = await working.finish()
                #expect(outcome.exitCode == 0, "\(outcome)")
            } catch {
                for daemon in daemons { daemon.send(signal: SIGKILL) }
                throw error
            }
            let manifests = bench.objects.filter { $0.hasSuffix(".manifest.json") }
            #expect(manifests.count == 1)
        }
    }

    // MARK: Tools

    /// Starts a daemon, and waits until it has the state directory.
    private func start(_ bench: Workbench) async throws -> RunningCommand {
        let watch = try FolderWatch(bench.state)
        let daemon = try CommandLineTool.start(["--config", bench.configuration, "serve"])
        try await watch.wait(until: "the daemon answers") {
            holder(bench, among: [daemon])?.processID != nil && Workbench.exists(bench.controlSocket)
        }
        return daemon
    }

    /// The daemon that has written its number into the lock file.
    private func holder(_ bench: Workbench, among daemons: [RunningCommand]) -> RunningCommand? {
        let text = (try? String(contentsOfFile: bench.state + "/daemon.lock", encoding: .utf8)) ?? ""
        return daemons.first { text.contains("process \($0.processID),") }
    }
}
