import Foundation
import Model
import SQLite
import TestSupport
import Testing

@Suite("A backup is one state of a source that is written to all the time")
struct ConsistencyTests {
    struct Way: Sendable, CustomStringConvertible {
        let journal: String
        let settings: [String]

        var description: String { "\(journal), \(settings.joined(separator: ", "))" }

        static let all: [Way] = [
            Way(journal: "WAL", settings: ["snapshot: copy", "breathing: {work: 10ms, pause: 30ms}"]),
            Way(journal: "WAL", settings: ["snapshot: copy"]),
            Way(journal: "WAL", settings: ["snapshot: transaction", "breathing: {work: 10ms, pause: 30ms}"]),
            Way(journal: "DELETE", settings: ["snapshot: copy", "breathing: {work: 10ms, pause: 30ms}"]),
            Way(journal: "DELETE", settings: ["snapshot: copy"]),
        ]
    }

    @Test("money that moves between two tables is neither lost nor made", arguments: Way.all)
    func isConsistent(_ way: Way) async throws {
        try await withWorkbench { bench in
            try bench.configure(way.settings + ["busy_timeout: 60s", "snapshot_max_lock: 60s"])
            let bank = try Bank(path: bench.source, journal: way.journal, ballast: 4_000_000)
            bank.open()
            await bank.waitForCommits(20)
            let before = bank.committed
            let outcome = try await bench.nightjar("backup", Workbench.database, "--json")
            let after = bank.committed
            await bank.close()

            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(bank.failures == [], "no writer was turned away")
            #expect(after > before, "the bank worked on during the backup")
            let result = try #require(try outcome.answer(BackupAnswer.self).results.first)
            #expect(result.state == "proved")
            let manifest = try bench.manifest(of: result.backup)
            #expect(manifest.snapshot.consistent)

            let restored = bench.target + "/restored.db"
            let restore = try await bench.nightjar("restore", result.backup, "--to", restored)
            #expect(restore.exitCode == 0, "\(restore)")
            #expect(try Bank.faults(of: restored) == [])
            #expect(try Bank.faults(of: bench.source) == [])
            let moves = try Database(path: restored, access: .readWrite).integer("SELECT count(*) FROM moves") ?? -1
            #expect(moves >= Int64(before), "nothing that was committed before the backup is missing")
            #expect(moves <= Int64(after + 1), "and nothing is in it that came later")
            #expect(bench.leftovers == [])
        }
    }
}
