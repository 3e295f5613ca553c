import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("The daemon and what is said of it, at the command line")
struct DaemonCommandTests {
    private struct Status: Decodable {
        struct Database: Decodable {
            var name: String
            var state: String
            var lastBackup: String?
        }
        var daemon: String?
        var databases: [Database]
    }

    private struct Pruned: Decodable {
        struct Database: Decodable {
            struct Decision: Decodable {
                var id: String
                var action: String
                var reasons: [String]
            }
            var database: String
            var decisions: [Decision]
            var deleted: [String]
        }
        var databases: [Database]
    }

    @Test("serve keeps its place, is seen by status, and ends with 0 at SIGTERM")
    func serves() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 10))
            try bench.configure(["schedule: \"@yearly\""])
            let watch = try FolderWatch(bench.state)
            let daemon = try CommandLineTool.start(["--config", bench.configuration, "serve"])
            try await watch.wait(until: "the daemon has its catalog") { Workbench.exists(bench.state + "/catalog.db") }

            let second = try await bench.nightjar("serve")
            #expect(second.exitCode == 75, "\(second)")
            #expect(second.standardError.contains("process \(daemon.processID)"), "\(second)")

            let backup = try await bench.backUp()
            let status = try await bench.nightjar("status", "--json")
            #expect(status.exitCode == 0, "\(status)")
            let answer = try status.answer(Status.self)
            #expect(answer.daemon?.contains("process \(daemon.processID)") == true)
            #expect(answer.databases.map(\.name) == [Workbench.database])
            #expect(answer.databases.first?.state == "protected")
            #expect(answer.databases.first?.lastBackup == backup.backup)

            daemon.send(signal: SIGTERM)
            let outcome = await daemon.finish()
            #expect(outcome.exitCode == 0, "\(outcome)")
            let after = try await bench.nightjar("status", "--json")
            #expect(try after.answer(Status.self).daemon == nil)
        }
    }

    @Test("a reload has it listen where the configuration says then, and nowhere else")
    func moves() async throws {
        try await withWorkbench { bench in
            func configure(_ name: String) throws {
                try bench.configure()
                let text = try String(contentsOfFile: bench.configuration, encoding: .utf8)
                let places = """
                    http: {listen: "unix:\(bench.state)/\(name)1"}
                    control_socket: "\(bench.state)/\(name)2"

                    """
                try bench.write(places + text, to: bench.configuration)
            }
            func sockets() -> [String] {
                ["a1", "a2", "b1", "b2"].filter { Workbench.exists("\(bench.state)/\($0)") }
            }
            try configure("a")
            let watch = try FolderWatch(bench.state)
            let daemon = try CommandLineTool.start(["--config", bench.configuration, "serve"])
            try await watch.wait(until: "it listens") { sockets() == ["a1", "a2"] }
            try configure("b")
            daemon.send(signal: SIGHUP)
            try await watch.wait(until: "it listens elsewhere") { sockets() == ["b1", "b2"] }
            daemon.send(signal: SIGTERM)
            let outcome = await daemon.finish()
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.standardError.contains("served elsewhere from now on"), "\(outcome)")
            #expect(sockets() == [])
        }
    }

    @Test("status ends with another code than 0 where somebody has to act")
    func statusCodes() async throws {
        try await withWorkbench { bench in
            let empty = try await bench.nightjar("status")
            #expect(empty.exitCode == 75, "no backup: \(empty)")
            try bench.makeSource(Workbench.script(rows: 10))
            try await bench.backUp()
            let good = try await bench.nightjar("status")
            #expect(good.exitCode == 0, "\(good)")
            #expect(good.text.contains("protected"))
        }
    }

    @Test("check says which secret a running daemon has read before it was changed")
    func changedSecret() async throws {
        try await withWorkbench { bench in
            let secret = bench.path + "/secret"
            try bench.write("first\n", to: secret)
            try bench.write(
                """
                state_dir: "\(bench.state)"
                scratch_dir: "\(bench.scratch)"
                stores:
                  far:
                    type: s3
                    endpoint: http://127.0.0.1:1
                    bucket: nightly
                    access_key_id: nobody
                    secret_access_key: {file: "\(secret)"}
                    attempts: 1

                """, to: bench.configuration)
            struct Answer: Decodable { var notes: [String] }
            let watch = try FolderWatch(bench.state)
            let daemon = try CommandLineTool.start(["--config", bench.configuration, "serve"])
            try await watch.wait(until: "the daemon has its catalog") { Workbench.exists(bench.state + "/catalog.db") }
            let before = try await bench.nightjar("check", "--json")
            #expect(before.exitCode == 0, "\(before)")
            #expect(try before.answer(Answer.self).notes == [])

            try bench.write("hunter2\n", to: secret)
            let later = Date(timeIntervalSinceNow: 3600)
            try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: secret)
            let changed = try await bench.nightjar("check", "--json")
            #expect(changed.exitCode == 0, "\(changed)")
            let note = try #require(try changed.answer(Answer.self).notes.first)
            #expect(note.contains("nightjar.yaml:9:"), "\(note)")
            #expect(note.contains("/secret was changed at"), "\(note)")
            #expect(note.contains("systemctl reload nightjar"), "\(note)")
            #expect(!changed.mentions("hunter2"))
            let words = try await bench.nightjar("check")
            #expect(words.text.contains("Note: \(note)"), "\(words)")

            daemon.send(signal: SIGTERM)
            let outcome = await daemon.finish()
            #expect(outcome.exitCode == 0, "\(outcome)")
            let after = try await bench.nightjar("check", "--json")
            #expect(try after.answer(Answer.self).notes == [], "nobody uses the old one")
        }
    }

    @Test("plan shows each run in the zone's own time")
    func plans() async throws {
        try await withWorkbench { bench in
            try bench.configure(["schedule: \"30 2 * * *\"", "timezone: Europe/Berlin"])
            let plan = try await bench.nightjar("plan", "--days", "366", "--json")
            #expect(plan.exitCode == 0, "\(plan)")
            struct Answer: Decodable {
                struct Run: Decodable {
                    var localTime: String
                    var startsAt: String
                }
                struct Month: Decodable {
                    var backups: Int
                    var hasPrice: Bool
                }
                var runs: [Run]
                var month: [Month]
            }
            let answer = try plan.answer(Answer.self)
            #expect((365...367).contains(answer.runs.count))
            // In the night in which clocks go forward 02:30 does not exist.
            let usual = answer.runs.filter { $0.localTime.contains(" 02:30:00 ") }
            let gaps = answer.runs.filter { $0.localTime.contains(" 03:00:00 CEST") }
            #expect(gaps.count == 1 && usual.count == answer.runs.count - 1, "\(answer.runs.prefix(3))")
            #expect((29...31).contains(answer.month.first?.backups ?? 0))
            #expect(answer.month.map(\.hasPrice) == [false], "it is a folder")
            let words = try await bench.nightjar("plan")
            #expect(words.exitCode == 0 && words.text.contains("In 30 days:"), "\(words)")
            #expect(!words.text.contains("USD"), "\(words)")
        }
    }

    @Test("prune says why, deletes what it said, and accept ends a freeze after rebuild")
    func prunes() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 10))
            try bench.configure(["retention: {keep_last: 1}"])
            let first = try await bench.backUp().backup
            let second = try await bench.backUp().backup
            let dry = try await bench.nightjar("prune", "--dry-run", "--json")
            #expect(dry.exitCode == 0, "\(dry)")
            let decisions = try #require(try dry.answer(Pruned.self).databases.first).decisions
            #expect(decisions.map(\.id) == [second, first])
            #expect(decisions.map(\.action) == ["keep", "delete"])
            #expect(decisions.allSatisfy { !$0.reasons.isEmpty })

            for suffix in ["", "-wal", "-shm"] { _ = unlink(bench.state + "/catalog.db" + suffix) }
            let rebuild = try await bench.nightjar("rebuild")
            #expect(rebuild.exitCode == 0, "\(rebuild)")
            let frozen = try await bench.nightjar("prune", "--json")
            #expect(try frozen.answer(Pruned.self).databases.first?.deleted == [])
            let accept = try await bench.nightjar("accept", Workbench.database)
            #expect(accept.exitCode == 0, "\(accept)")
            let pruned = try await bench.nightjar("prune", "--json")
            #expect(try pruned.answer(Pruned.self).databases.first?.deleted == [first])
            let list = try await bench.nightjar("list", "--json")
            #expect(try list.answer(ListAnswer.self).backups.count == 1)
            let unknown = try await bench.nightjar("accept", "nobody")
            #expect(unknown.exitCode == 66)
        }
    }

    @Test("a difference that verify finds freezes the database")
    func verifyFreezes() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 500))
            let result = try await bench.backUp()
            let object = try #require(try bench.manifest(of: result.backup).objects.first)
            let path = bench.objectPath(object)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            let verify = try await bench.nightjar("verify", result.backup)
            #expect(verify.exitCode == 65, "\(verify)")
            let status = try await bench.nightjar("status")
            #expect(status.exitCode == 65, "\(status)")
            #expect(status.text.contains("nightjar accept \(Workbench.database)"), "\(status)")
        }
    }
}
