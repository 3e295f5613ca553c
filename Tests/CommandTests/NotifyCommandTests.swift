import Foundation
import Model
import TestSupport
import Testing

/// A channel to a port that no program of a user may listen on, and the address of a key that nobody may see.
private func configure(_ bench: Workbench, name: String = "ops") throws {
    let text = try String(contentsOfFile: bench.configuration, encoding: .utf8)
    try bench.write(
        text + """
            notify:
              - webhook: "http://127.0.0.1:1/secret-key"
                name: "\(name)"
                allow_private: true
                secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=

            """, to: bench.configuration)
}

@Suite("notify, at the command line", .timeLimit(.minutes(30)))
struct NotifyCommandTests {
    private struct Tests: Decodable {
        struct Test: Decodable {
            var channel: String
            var isDelivered: Bool
        }

        var tests: [Test]
    }

    private struct Overview: Decodable {
        struct Channel: Decodable {
            var name: String
            var kind: String
            var dead: Int
        }

        var channels: [Channel]
    }

    @Test("without a daemon it tries a channel, lists it, and shows nothing of its URL but the host")
    func alone() async throws {
        try await withWorkbench { bench in
            try configure(bench)
            for arguments in [["notify", "test"], ["notify", "test", "ops"]] {
                let outcome = try await CommandLineTool.run(["--config", bench.configuration] + arguments)
                #expect(outcome.exitCode == 69, "\(outcome)")
                #expect(outcome.text.contains("ops: NOT delivered: "), "\(outcome)")
                #expect(!outcome.mentions("secret-key"), "\(outcome)")
            }
            let test = try await bench.nightjar("notify", "test", "--json")
            #expect(test.exitCode == 69, "\(test)")
            #expect(try test.answer(Tests.self).tests.map(\.isDelivered) == [false])

            let list = try await bench.nightjar("notify", "list")
            #expect(list.exitCode == 0, "\(list)")
            #expect(list.text.contains("127.0.0.1"), "\(list)")
            #expect(!list.mentions("secret-key"), "\(list)")
            let json = try await CommandLineTool.run(["--json", "--config", bench.configuration, "notify", "list"])
            #expect(try json.answer(Overview.self).channels.map(\.name) == ["ops"])
            let dead = try await bench.nightjar("notify", "list", "--dead")
            #expect(dead.text == "No message was given up.\n", "\(dead)")
        }
    }

    @Test(
        "what there is not ends with 66",
        arguments: [["test", "none"], ["retry", "none"], ["retry", "7"], ["drop", "7"]])
    func missing(_ arguments: [String]) async throws {
        try await withWorkbench { bench in
            try configure(bench)
            let outcome = try await CommandLineTool.run(["--config", bench.configuration, "notify"] + arguments)
            #expect(outcome.exitCode == 66, "\(outcome)")
        }
    }

    @Test("a channel that is called by a number is no message")
    func number() async throws {
        try await withWorkbench { bench in
            try configure(bench, name: "7")
            let outcome = try await bench.nightjar("notify", "retry", "7")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.text == "No message to 7 was given up.\n", "\(outcome)")
        }
    }

    @Test("says where to add a channel, where there is none")
    func none() async throws {
        try await withWorkbench { bench in
            let test = try await bench.nightjar("notify", "test")
            #expect(test.exitCode == 66, "\(test)")
            #expect(test.standardError.contains("notify:"), "\(test)")
            let list = try await bench.nightjar("notify", "list")
            #expect(list.exitCode == 0, "\(list)")
            #expect(list.text.contains("notify:"), "\(list)")
        }
    }

    @Test("has the daemon do it where one works")
    func daemon() async throws {
        try await withWorkbench { bench in
            try configure(bench)
            let overview = """
                {"channels": [{"name": "ops", "kind": "webhook", "host": "hooks.example.org", "events": "problems",
                  "databases": [], "pending": 1, "held": 0, "dead": 2, "restingSince": "2026-03-15T02:30:00Z",
                  "restingReason": "hooks.example.org answered 410"}],
                 "waiting": [],
                 "dead": [{"id": 17, "channel": "ops", "kind": "backup.failed", "title": "shop: backup failed",
                  "createdAt": "2026-03-15T02:30:00Z", "attempts": 10, "lastError": "hooks.example.org answered 500"}]}
                """
            let script: [String: [SocketServer.Answer]] = [
                "GET /api/v1/notifications": [.json(200, overview)],
                "POST /api/v1/channels/ops/test": [
                    .json(200, "{\"tests\": [{\"channel\": \"ops\", \"isDelivered\": true, \"words\": \"delivered\"}]}")
                ],
                "POST /api/v1/channels/ops/retry": [.json(200, "{\"channel\": \"ops\", \"retried\": 2}")],
                "POST /api/v1/notifications/17/retry": [.json(202, "{}")],
                "DELETE /api/v1/notifications/17": [.json(200, "{}")],
                "DELETE /api/v1/notifications/18": [
                    .json(409, "{\"error\": \"message 18 was not given up\", \"code\": \"busy\"}")
                ],
            ]
            try await bench.withDaemon(script) { server in
                let test = try await bench.nightjar("notify", "test")
                #expect(test.exitCode == 0, "\(test)")
                #expect(test.text == "ops: delivered.\n")
                let list = try await bench.nightjar("notify", "list")
                #expect(list.text.contains("ops rests: hooks.example.org answered 410."), "\(list)")
                #expect(list.text.contains("2 messages to ops could not be delivered."), "\(list)")
                let dead = try await bench.nightjar("notify", "list", "--dead")
                #expect(dead.text.contains("shop: backup failed"), "\(dead)")
                #expect(dead.text.contains("The newest 1 of 2."), "\(dead)")
                for target in ["17", "ops", "--all"] {
                    let retry = try await bench.nightjar("notify", "retry", target)
                    #expect(retry.exitCode == 0, "\(retry)")
                    #expect(retry.text.hasSuffix("tried again.\n"), "\(retry)")
                }
                let drop = try await bench.nightjar("notify", "drop", "17")
                #expect(drop.exitCode == 0, "\(drop)")
                let busy = try await bench.nightjar("notify", "drop", "18")
                #expect(busy.exitCode == 75, "\(busy)")
                let lines = server.requests.map(\.line)
                #expect(lines.filter { $0 == "POST /api/v1/channels/ops/retry" }.count == 2)
                #expect(lines.contains("POST /api/v1/notifications/17/retry"))
            }
        }
    }

    @Test("check tells of the channels, and doctor looks their hosts up")
    func told() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 5))
            try configure(bench)
            let check = try await bench.nightjar("check")
            #expect(check.exitCode == 0, "\(check)")
            #expect(check.text.contains("channel ops: webhook at 127.0.0.1:1, told of problems\n"), "\(check)")
            let doctor = try await bench.nightjar("doctor")
            #expect(
                doctor.text.contains(
                    "channel ops: webhook at 127.0.0.1:1, told of problems; its address is 127.0.0.1\n"), "\(doctor)")
            #expect(!doctor.mentions("secret-key") && !check.mentions("secret-key"))
        }
    }
}
