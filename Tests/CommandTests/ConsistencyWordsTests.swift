import Foundation
import Model
import TestSupport
import Testing

@Suite("A backup of which not all rows are known to be from one moment is never shown as if they were")
struct ConsistencyWordsTests {
    static let all = [
        Consistency(.changed, tables: ["items"], readings: 4), Consistency(.eachTable, readings: 3),
        Consistency(.unchecked, readings: 1),
    ]

    /// Has a manifest say that its rows come from a service.
    private func forge(_ consistency: Consistency, _ id: String, _ bench: Workbench) throws {
        try bench.setManifest(of: id) { manifest in
            manifest.source.kind = RemoteService.starbasedb.rawValue
            manifest.snapshot.method = .mirror
            manifest.snapshot.consistent = consistency.kind == .consistent
            manifest.snapshot.consistency = consistency
            manifest.excluded = [Manifest.Excluded(name: "tmp_query_log", pattern: "tmp_*")]
        }
    }

    @Test("show and list say what is proved, and what was left out", arguments: ConsistencyWordsTests.all)
    func told(_ consistency: Consistency) async throws {
        try await withBackup { bench, id in
            try forge(consistency, id, bench)
            let show = try await bench.nightjar("show", id)
            #expect(show.exitCode == 0, "\(show)")
            #expect(show.text.contains("          \(consistency.words), by a mirror, read "), "\(show)")
            let warning = try #require(consistency.warning)
            #expect(show.text.contains(warning), "\(show)")
            #expect(show.text.contains("Source    StarbaseDB, SQLite "), "\(show)")
            #expect(!show.text.contains(", journal "), "\(show)")
            #expect(show.text.contains("Left out  tmp_query_log (exclude: tmp_*)"), "\(show)")

            let list = try await bench.nightjar("list")
            #expect(list.text.contains(", NOT PROVED CONSISTENT: \(consistency.words)\n"), "\(list)")
            let answer = try await bench.nightjar("list", "--json").answer(ListAnswer.self)
            let backup = try #require(answer.backups.first)
            #expect(backup.consistent == false)
            #expect(backup.consistency == consistency.words)
            #expect(backup.excluded == ["tmp_query_log"])
        }
    }

    @Test("one that is proved to be of one moment is shown as that")
    func consistent() async throws {
        try await withBackup { bench, id in
            try forge(Consistency(.consistent, readings: 2), id, bench)
            let show = try await bench.nightjar("show", id)
            #expect(show.text.contains("          consistent, by a mirror, read 2 times\n"), "\(show)")
            #expect(!show.text.contains("NOT"), "\(show)")
            let list = try await bench.nightjar("list")
            #expect(!list.text.contains("NOT"), "\(list)")
        }
    }
}
