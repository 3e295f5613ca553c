import Synchronization
import TestSupport

/// A daemon that says what it is told to, on a workbench's control socket.
final class ScriptedDaemon: Sendable {
    typealias Answer = SocketServer.Answer

    /// By `METHOD PATH`: the first answer for the first request and so on; the last one stays. None at all ends the
    /// connection.
    private let answers: [String: [Answer]]
    private let counts = Mutex<[String: Int]>([:])

    init(_ answers: [String: [Answer]]) {
        self.answers = answers
    }

    /// What is not in the script does not exist, but for a healthy daemon.
    func answer(_ request: SocketServer.Request) -> Answer? {
        guard let script = answers[request.line] else {
            return request.line == "GET /healthz"
                ? .json(200, "{\"status\":\"ok\"}") : .json(404, "{\"error\":\"there is no such page\"}")
        }
        let index = counts.withLock { counts in
            let index = counts[request.line, default: 0]
            counts[request.line] = index + 1
            return index
        }
        return script.isEmpty ? nil : script[min(index, script.count - 1)]
    }

    // MARK: What it says

    /// The path of a run's page.
    static let runLine = "GET /api/v1/runs/7"
    /// The request for a backup of the workbench's database.
    static let backupLine = "POST /api/v1/databases/\(Workbench.database)/backup"

    /// To a request for a backup.
    static let accepted = Answer(
        202, headers: [(name: "Location", value: "/api/v1/runs/7"), (name: "Content-Type", value: "application/json")],
        body: "{}")

    /// A run's page.
    /// - Parameters:
    ///   - more: Further members of the run, beginning with a comma.
    ///   - log: What it has said, without quotes.
    static func run(_ state: String, _ more: String = "", log: [String] = ["asked for by control"]) -> Answer {
        let lines = log.map { "{\"at\": \"2026-03-15T02:30:00Z\", \"level\": \"info\", \"text\": \"\($0)\"}" }
        return .json(
            200,
            """
            {"run": {"id": 7, "database": "shop", "trigger": "api", "missed": 0, "attempt": 1, "state": "\(state)",
              "phase": "verify", "startedAt": "2026-03-15T02:30:00Z", "rows": 402, "dumpBytes": 1000,
              "storedBytes": 500\(more)},
             "phases": [{"phase": "export", "attempt": 1, "at": "2026-03-15T02:30:00Z"}],
             "log": [\(lines.joined(separator: ", "))]}
            """)
    }
}

extension Workbench {
    /// Runs `body` with a daemon on the control socket that says what it is told to.
    func withDaemon(
        _ answers: [String: [ScriptedDaemon.Answer]], _ body: (SocketServer) async throws -> Void
    ) async throws {
        let daemon = ScriptedDaemon(answers)
        try await withSocketServer(at: controlSocket, answering: { daemon.answer($0) }, body)
    }
}
