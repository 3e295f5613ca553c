import TestSupport
import Testing

@Suite("A backup that the daemon makes for several stores", .timeLimit(.minutes(30)))
struct DaemonStoresTests {
    /// Runs `body` with a backup that is in the stores `disk` and `other`.
    private func withBackup(_ body: (Workbench, String) async throws -> Void) async throws {
        try await withWorkbench { bench in
            let lines = [
                "state_dir: \"\(bench.state)\"", "scratch_dir: \"\(bench.scratch)\"", "stores:",
                "  disk: {type: directory, path: \"\(bench.store)\"}",
                "  other: {type: directory, path: \"\(bench.path)/other\"}",
                "databases: {shop: {sqlite: \"\(bench.source)\", store: [disk, other]}}",
            ]
            try bench.write(lines.joined(separator: "\n") + "\n", to: bench.configuration)
            try bench.makeSource(Workbench.script(rows: 20))
            try await body(bench, try await bench.backUp().backup)
        }
    }

    /// What a daemon says that has made it.
    /// - Parameters:
    ///   - stores: Where it is; nil where the daemon cannot say.
    ///   - log: What the run has said.
    private func script(
        _ id: String, in stores: [String]?, log: [String] = []
    ) -> [String: [SocketServer.Answer]] {
        let end = ScriptedDaemon.run(
            "completed", ", \"backup\": \"\(id)\", \"verification\": \"proved\"", log: log)
        var script = [ScriptedDaemon.backupLine: [ScriptedDaemon.accepted], ScriptedDaemon.runLine: [end]]
        guard let stores else { return script }
        let copies = stores.map {
            "{\"id\": \"\(id)\", \"database\": \"shop\", \"store\": \"\($0)\", \"state\": \"proved\"}"
        }
        let page =
            "{\"backup\": \(copies[0]), \"copies\": [\(copies.joined(separator: ", "))], \"verifications\": []}"
        script["GET /api/v1/backups/\(id)"] = [.json(200, page)]
        return script
    }

    @Test("is told with all of its places")
    func everywhere() async throws {
        try await withBackup { bench, id in
            try await bench.withDaemon(script(id, in: ["disk", "other"])) { _ in
                let outcome = try await bench.nightjar("backup", "shop")
                #expect(outcome.exitCode == 0 && !outcome.standardError.contains("not in the store"), "\(outcome)")
                #expect(outcome.text.contains("/store and "), "\(outcome)")
                #expect(outcome.text.contains("On 2 of 2 stores: disk proved, other proved"), "\(outcome)")
            }
        }
    }

    @Test(
        "is told with the store that it is not in, why, and how it gets there",
        arguments: [
            ("not in the store other, to which it is copied later: no space is left", "no space is left"),
            ("asked for by control", "the daemon's run did not bring it there"),
        ])
    func missing(line: String, reason: String) async throws {
        try await withBackup { bench, id in
            try await bench.withDaemon(script(id, in: ["disk"], log: [line])) { _ in
                let words = try await bench.nightjar("backup", "shop")
                #expect(words.exitCode == 0, "\(words)")
                #expect(words.text.contains("On 1 of 2 stores: disk proved, other not there"), "\(words)")
                #expect(words.standardError.contains("\(id) is not in the store other: \(reason)"), "\(words)")
                #expect(words.standardError.contains("nightjar copy \(id) --from disk --to other"), "\(words)")

                let outcome = try await bench.nightjar("backup", "shop", "--json")
                let result = try #require(try outcome.answer(BackupAnswer.self).results.first)
                let stores = try #require(result.stores)
                #expect(stores.map(\.store) == ["disk", "other"])
                #expect(stores[0].error == nil && stores[1].state == nil)
                #expect(stores[1].error?.code == "busy" && stores[1].error?.message == reason)
            }
        }
    }

    @Test("is not said to be nowhere by a daemon that cannot say where it is")
    func unknown() async throws {
        try await withBackup { bench, id in
            try await bench.withDaemon(script(id, in: nil)) { _ in
                let words = try await bench.nightjar("backup", "shop")
                #expect(words.exitCode == 0, "\(words)")
                #expect(!words.text.contains("of 2 stores"), "\(words)")
                #expect(words.text.contains("Note: The daemon did not say in which of its stores it is"), "\(words)")
                let outcome = try await bench.nightjar("backup", "shop", "--json")
                let result = try #require(try outcome.answer(BackupAnswer.self).results.first)
                #expect(result.stores == nil && result.notes.contains { $0.contains("did not say") }, "\(outcome)")
            }
        }
    }
}
