import Foundation
import Model
import TestSupport
import Testing

@Suite("What a command asks of a daemon besides backups", .timeLimit(.minutes(30)))
struct ControlSocketReadingTests {
    private struct Status: Decodable {
        struct Database: Decodable {
            var name: String
            var state: String
            var alarms: [String]
        }
        var daemon: String?
        var databases: [Database]
    }

    @Test("is how all databases are, in the configuration's order")
    func status() async throws {
        try await withWorkbench { bench in
            let overview = """
                {"isProtected": false, "headline": "", "advice": "", "now": "2026-03-15T02:30:00Z", "queued": 0,
                 "running": 0, "databases": [
                  {"status": {"name": "old", "state": "removed", "backups": 2, "alarms": []}, "trend": [], "days": []},
                  {"status": {"name": "shop", "state": "overdue", "backups": 3, "alarms": ["it is late"],
                    "lastBackup": "dump_20260315-023000", "lastBackupAt": "2026-03-15T02:30:00Z",
                    "running": {"id": 7, "isRunning": true, "phase": "export", "startedAt": "2026-03-15T02:30:00Z",
                      "rows": 5, "dumpBytes": 6, "storedBytes": 7, "fraction": 0.25}},
                   "trend": [], "days": []}]}
                """
            try await bench.withDaemon(["GET /api/v1/overview": [.json(200, overview)]]) { _ in
                let outcome = try await bench.nightjar("status", "--json")
                #expect(outcome.exitCode == 75, "\(outcome)")
                let status = try outcome.answer(Status.self)
                #expect(status.daemon?.contains(bench.controlSocket) == true)
                #expect(status.databases.map(\.name) == ["shop", "old"])
                #expect(status.databases.map(\.state) == ["overdue", "removed"])
                let words = try await bench.nightjar("status")
                #expect(words.text.contains("shop: it is late"), "\(words)")
                #expect(words.text.contains("export 25%, 5 rows"), "\(words)")
            }
            // One that cannot say is no reason to say nothing.
            try await bench.withDaemon(["GET /api/v1/overview": [.json(500, "{\"error\": \"oh\"}")]]) { _ in
                let outcome = try await bench.nightjar("status", "--json")
                #expect(outcome.exitCode == 75, "no backup: \(outcome)")
                #expect(try outcome.answer(Status.self).databases.map(\.state) == ["none"])
            }
        }
    }

    @Test("is what retention gives up")
    func prune() async throws {
        try await withWorkbench { bench in
            let answer = """
                {"databases": [{"database": "shop", "store": "disk", "frozen": false, "deleted": ["dump_20260315-023000"], "locked": [],
                  "decisions": [{"id": "dump_20260315-023000", "state": "verified", "action": "delete",
                    "reasons": ["no rule keeps it"], "wouldDelete": false}]}]}
                """
            try await bench.withDaemon(["POST /api/v1/prune": [.json(200, answer)]]) { server in
                let words = try await bench.nightjar("prune", Workbench.database)
                #expect(words.exitCode == 0, "\(words)")
                #expect(words.text.contains("deleted"), "\(words)")
                #expect(words.text.contains("no rule keeps it"), "\(words)")
                let json = try await bench.nightjar("prune", "--dry-run", "--json")
                #expect(json.exitCode == 0, "\(json)")
                #expect(json.text.contains("\"dump_20260315-023000\""), "\(json)")
                let unknown = try await bench.nightjar("prune", "nobody")
                #expect(unknown.exitCode == 66, "\(unknown)")

                let bodies = server.requests.filter { $0.method == "POST" }.map(\.body)
                #expect(bodies.count == 2)
                struct Wish: Decodable {
                    var database: String?
                    var dryRun: Bool
                }
                let wishes = try bodies.map { try JSONDecoder().decode(Wish.self, from: Data($0.utf8)) }
                #expect(wishes.map(\.database) == [Workbench.database, nil])
                #expect(wishes.map(\.dryRun) == [false, true])
            }
        }
    }

    @Test("is the end of a freeze")
    func accept() async throws {
        try await withWorkbench { bench in
            let answer = "{\"database\": \"shop\", \"wasFrozen\": true, \"reason\": \"it shrank\"}"
            try await bench.withDaemon(["POST /api/v1/databases/shop/accept": [.json(200, answer)]]) { _ in
                let outcome = try await bench.nightjar("accept", Workbench.database)
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(outcome.text.contains("it shrank"), "\(outcome)")
                let unknown = try await bench.nightjar("accept", "no/body", "--json")
                #expect(unknown.exitCode == 66, "\(unknown)")
            }
        }
    }

    // MARK: Verifications

    private func page(_ id: String, store: String = "disk", _ more: String) -> SocketServer.Answer {
        let backup = """
            {"id": "\(id)", "database": "shop", "store": "\(store)", "state": "proved", "createdAt": "2026-03-15T02:30:00Z"}
            """
        return .json(200, "{\"backup\": \(backup), \"copies\": [\(backup)], \"location\": \"here\"\(more)}")
    }

    private func reportKey(_ bench: Workbench) throws -> String {
        try #require(Workbench.contents(of: bench.store).first { $0.contains(".verified-") })
    }

    @Test("is a proof, whose report is read from the store")
    func verify() async throws {
        try await withBackup { bench, id in
            let key = try reportKey(bench)
            let old = "{\"id\": 4, \"backup\": \"\(id)\"}"
            let task = """
                {"task": 2, "backup": "\(id)", "database": "shop", "level": "checksum", "state": "running",
                 "fraction": 0.5}
                """
            let database = "{\"status\": {\"name\": \"shop\", \"state\": \"protected\", \"backups\": 1, \"alarms\": []}"
            let script: [String: [SocketServer.Answer]] = [
                "GET /api/v1/backups/\(id)": [
                    page(id, ", \"verifications\": [\(old)]"),
                    page(id, ", \"verifications\": [\(old)], \"verifying\": \(task)"),
                    page(
                        id,
                        """
                        , "verifications": [{"id": 5, "reportKey": "\(key)"}, \(old)],
                        "verified": {"task": 2, "backup": "\(id)", "verification": 5}
                        """),
                ],
                "POST /api/v1/backups/\(id)/verify": [.json(202, "{\"verifying\": \(task)}")],
                "GET /api/v1/overview": [
                    .json(200, "{\"databases\": [\(database), \"verifying\": \(task)}]}"),
                    .json(200, "{\"databases\": [\(database)}]}"),
                ],
                "GET /api/v1/verifications/5": [.json(200, "{\"verification\": {\"id\": 5}}")],
            ]
            try await bench.withDaemon(script) { server in
                let outcome = try await bench.nightjar("verify", id, "--level", "checksum", "--json")
                #expect(outcome.exitCode == 0, "\(outcome)")
                let reports = try outcome.answer(VerifyAnswer.self).reports
                #expect(reports.map(\.id) == [id])
                // The report of the backup's own verification.
                #expect(reports.map(\.outcome) == ["proved"])
                let wish = try #require(server.requests.first { $0.method == "POST" })
                #expect(wish.body.contains("\"checksum\""), "\(wish.body)")
            }
        }
    }

    @Test("is none that the daemon does not know, or knows in another store")
    func verifyUnknown() async throws {
        try await withBackup { bench, id in
            let elsewhere = page(id, store: "other", ", \"verifications\": []")
            let scripts: [[String: [SocketServer.Answer]]] = [[:], ["GET /api/v1/backups/\(id)": [elsewhere]]]
            for script in scripts {
                try await bench.withDaemon(script) { server in
                    let outcome = try await bench.nightjar("verify", id, "--json")
                    #expect(outcome.exitCode == 0, "\(outcome)")
                    #expect(try outcome.answer(VerifyAnswer.self).reports.map(\.outcome) == ["proved"])
                    #expect(!server.requests.contains { $0.method == "POST" })
                }
            }
        }
    }

    @Test("that cannot be had is said with its reason")
    func verifyFails() async throws {
        try await withBackup { bench, id in
            let known = page(id, ", \"verifications\": []")
            let begun = """
                {"verifying": {"task": 2, "backup": "\(id)", "database": "shop", "level": "restore", "state": "queued"}}
                """
            let failed = page(
                id,
                """
                , "verifications": [], "verified": {"task": 2, "backup": "\(id)",
                "failure": {"code": "unreachable", "message": "the store is away", "hint": "Look after it."}}
                """)
            let busy = SocketServer.Answer.json(409, "{\"error\": \"\(id) is being verified already\"}")
            let cases: [(post: SocketServer.Answer, then: SocketServer.Answer, words: String, exitCode: Int32)] = [
                (busy, known, "being verified already", 75),
                (.json(202, begun), failed, "the store is away", 69),
                // Another daemon than the one that was asked.
                (.json(202, begun), known, "the daemon ended before", 75),
            ]
            for (post, then, words, exitCode) in cases {
                let script: [String: [SocketServer.Answer]] = [
                    "GET /api/v1/backups/\(id)": [known, then], "POST /api/v1/backups/\(id)/verify": [post],
                    "GET /api/v1/overview": [.json(200, "{\"databases\": []}")],
                ]
                try await bench.withDaemon(script) { _ in
                    let outcome = try await bench.nightjar("verify", id, "--json")
                    #expect(outcome.exitCode == exitCode, "\(outcome)")
                    #expect(outcome.statedError?.message.contains(words) == true, "\(outcome)")
                }
            }
        }
    }
}
