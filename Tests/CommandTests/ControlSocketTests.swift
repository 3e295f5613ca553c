import Foundation
import Glibc
import Model
import TestSupport
import Testing

@Suite("A command with a daemon on the control socket", .timeLimit(.minutes(30)))
struct ControlSocketTests {
    private func keys(_ outcome: RunningCommand.Outcome) throws -> Set<String> {
        let whole = try JSONSerialization.jsonObject(with: Data(outcome.standardOutput)) as? [String: Any]
        let results = whole?["results"] as? [[String: Any]]
        return Set(try #require(results?.first).keys)
    }

    @Test("does the work itself where nobody listens on the socket")
    func stale() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 5))
            try UnixListener.leaveStaleFile(at: bench.controlSocket)
            let result = try await bench.backUp()
            #expect(result.state == "proved")
            for arguments in [["verify", Workbench.database], ["prune"], ["accept", Workbench.database], ["status"]] {
                let outcome = try await CommandLineTool.run(["--config", bench.configuration] + arguments)
                #expect(outcome.exitCode == 0, "\(arguments): \(outcome)")
            }
        }
    }

    @Test(
        "does the work itself where no daemon answers as one",
        arguments: [[], [.json(503, "{\"status\":\"stopping\"}")], [.json(404, "{}")]] as [[SocketServer.Answer]])
    func strange(health: [SocketServer.Answer]) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 5))
            try await bench.withDaemon(["GET /healthz": health]) { server in
                let result = try await bench.backUp()
                #expect(result.state == "proved")
                #expect(Set(server.requests.map(\.line)) == ["GET /healthz"])
            }
        }
    }

    @Test("does not look for one where the configuration turns the socket off")
    func off() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 5))
            let text = try String(contentsOfFile: bench.configuration, encoding: .utf8)
            try bench.write("control_socket: off\n" + text, to: bench.configuration)
            try await bench.withDaemon([:]) { server in
                let result = try await bench.backUp()
                #expect(result.state == "proved")
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test("has it make the backup, and prints what it prints of its own")
    func backup() async throws {
        try await withBackup { bench, id in
            let own = try await bench.nightjar("backup", Workbench.database, "--json")
            let end = ScriptedDaemon.run(
                "completed",
                ", \"backup\": \"\(id)\", \"verification\": \"proved\", \"finishedAt\": \"2026-03-15T02:31:00Z\"")
            let half = ScriptedDaemon.run("running", ", \"fraction\": 0.5")
            let script: [String: [SocketServer.Answer]] = [
                ScriptedDaemon.backupLine: [ScriptedDaemon.accepted],
                ScriptedDaemon.runLine: [ScriptedDaemon.run("queued"), half, end],
            ]
            try await bench.withDaemon(script) { server in
                let outcome = try await bench.nightjar("backup", Workbench.database, "--json")
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(try keys(outcome) == keys(own))
                let result = try #require(try outcome.answer(BackupAnswer.self).results.first)
                let manifest = try bench.manifest(of: id)
                #expect(result.id == id)
                #expect(result.state == "proved")
                #expect(result.tables == manifest.tables.count)
                #expect(result.rows == manifest.rows)
                #expect(result.storedBytes == manifest.storedBytes)
                let wish = try #require(server.requests.first { $0.line == ScriptedDaemon.backupLine })
                #expect(!wish.body.contains("verify"), "what the configuration asks for: \(wish.body)")

                let words = try await bench.nightjar("backup", Workbench.database, "--no-verify")
                #expect(words.exitCode == 0, "\(words)")
                #expect(words.text.contains("\(Workbench.database): \(id) in "), "\(words)")
                #expect(words.text.contains("Proved: "), "\(words)")
                let second = try #require(server.requests.last { $0.line == ScriptedDaemon.backupLine })
                #expect(second.body.contains("\"none\""), "\(second.body)")
            }
        }
    }

    /// What a daemon says of a backup that somebody asked for, and what the command makes of it.
    struct Trouble: Sendable, CustomStringConvertible {
        let description: String
        var asked = ScriptedDaemon.accepted
        /// None at all: the daemon is gone.
        var run: [SocketServer.Answer] = []
        let exitCode: Int32
        let code: String
        let words: String

        static let all = [
            Trouble(
                description: "another run",
                asked: .json(409, "{\"error\": \"run 12 is under way\", \"hint\": \"Wait.\"}"), exitCode: 75,
                code: "busy", words: "run 12"),
            Trouble(
                description: "a database it has not read yet", asked: .json(404, "{\"error\": \"no database shop\"}"),
                exitCode: 66, code: "missing", words: "systemctl reload nightjar"),
            Trouble(
                description: "no words", asked: SocketServer.Answer(500), exitCode: 70, code: "internal", words: "500"),
            Trouble(
                description: "a failed run",
                run: [.failure("failed", "{\"code\": \"io\", \"message\": \"the disk is full\"}")],
                exitCode: 74, code: "io", words: "the disk is full"),
            Trouble(
                description: "a run that somebody else cancelled", run: [ScriptedDaemon.run("cancelled")],
                exitCode: 130, code: "cancelled", words: "run 7"),
            Trouble(
                description: "a daemon that was stopped", run: [ScriptedDaemon.run("interrupted")], exitCode: 75,
                code: "busy", words: "run 7"),
            Trouble(description: "a daemon that is gone", exitCode: 75, code: "busy", words: "does not answer"),
            Trouble(
                description: "a daemon of another version", run: [.json(200, "{\"other\": 1}")], exitCode: 70,
                code: "internal", words: "systemctl restart nightjar"),
        ]
    }

    @Test("says what kept the daemon from a backup, with the exit code of its own", arguments: Trouble.all)
    func fails(_ trouble: Trouble) async throws {
        try await withWorkbench { bench in
            let script = [ScriptedDaemon.backupLine: [trouble.asked], ScriptedDaemon.runLine: trouble.run]
            try await bench.withDaemon(script) { _ in
                let outcome = try await bench.nightjar("backup", Workbench.database, "--json")
                #expect(outcome.exitCode == trouble.exitCode, "\(outcome)")
                #expect(outcome.statedError?.code == trouble.code, "\(outcome)")
                #expect(outcome.mentions(trouble.words), "\(outcome)")
                #expect(bench.objects == [])
            }
        }
    }

    @Test("names the socket on which the daemon answers no more, and no address that nobody has asked")
    func gone() async throws {
        try await withWorkbench { bench in
            let script = [ScriptedDaemon.backupLine: [ScriptedDaemon.accepted], ScriptedDaemon.runLine: []]
            try await bench.withDaemon(script) { _ in
                let outcome = try await bench.nightjar("backup", Workbench.database, "--json")
                let message = try #require(outcome.statedError?.message)
                #expect(message.contains("the daemon does not answer on \(bench.controlSocket) any more"), "\(message)")
                #expect(!message.contains("localhost"), "\(message)")
            }
        }
    }

    @Test("says of a backup that the daemon could not verify, and of one that is different, what it would say itself")
    func unproved() async throws {
        try await withBackup { bench, id in
            let failure = "\"failure\": {\"code\": \"unreachable\", \"message\": \"the store is away\"}"
            let difference = "\"failure\": {\"code\": \"difference\", \"message\": \"the manifest is another one\"}"
            let cases = [
                ("completed", "unproved", failure, Int32(75), "unproved"),
                ("failed", "different", difference, Int32(65), "failed"),
            ]
            for (state, verification, why, exitCode, stated) in cases {
                let end = ScriptedDaemon.run(
                    state, ", \"backup\": \"\(id)\", \"verification\": \"\(verification)\", \(why)")
                let script = [ScriptedDaemon.backupLine: [ScriptedDaemon.accepted], ScriptedDaemon.runLine: [end]]
                try await bench.withDaemon(script) { _ in
                    let outcome = try await bench.nightjar("backup", Workbench.database, "--json")
                    #expect(outcome.exitCode == exitCode, "\(outcome)")
                    let result = try #require(try outcome.answer(BackupAnswer.self).results.first)
                    #expect(result.state == stated)
                    #expect(result.id == id)
                    #expect(outcome.standardError.contains("nightjar verify \(id)"), "\(outcome)")
                }
            }
        }
    }

    @Test("has the daemon cancel the run that it is told to stop, and waits for its end")
    func cancels() async throws {
        try await withWorkbench { bench in
            let stop = "DELETE /api/v1/runs/7"
            let isStopped = Flag()
            let daemon = ScriptedDaemon([ScriptedDaemon.backupLine: [ScriptedDaemon.accepted]])
            let answering: SocketServer.Answering = { request in
                if request.line == stop { isStopped.set() }
                switch request.line {
                case stop: return .json(202, "{}")
                case ScriptedDaemon.runLine: return ScriptedDaemon.run(isStopped.isSet ? "cancelled" : "running")
                default: return daemon.answer(request)
                }
            }
            try await withSocketServer(at: bench.controlSocket, answering: answering) { server in
                let command = try CommandLineTool.start(
                    ["--config", bench.configuration, "backup", Workbench.database, "--json"])
                await server.wait { $0.contains { $0.line == ScriptedDaemon.runLine } }
                command.send(signal: SIGINT)
                let outcome = await command.finish()
                #expect(outcome.exitCode == 130, "\(outcome)")
                let lines = server.requests.map(\.line)
                #expect(lines.filter { $0 == stop }.count == 1)
                #expect(lines.last == ScriptedDaemon.runLine, "the end was waited for")
            }
        }
    }
}

extension SocketServer.Answer {
    /// A run's page, with why it ended.
    fileprivate static func failure(_ state: String, _ failure: String) -> SocketServer.Answer {
        ScriptedDaemon.run(state, ", \"failure\": \(failure)")
    }
}
