import Foundation
import Model
import SQLite
import TestSupport
import Testing

@Suite(
    "A restore to a disk that is too small", .timeLimit(.minutes(30)),
    .enabled(if: FaultDisk.isAvailable, "mounting is not permitted here"))
struct RestoreSpaceTests {
    @Test(
        "says what it needs, leaves the target as it was and nothing else, and works where there is room",
        arguments: [false, true])
    func tooSmall(replaces: Bool) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 20_000))
            let id = try await bench.backUp().backup
            let file = bench.target + "/shop.db"
            try await FaultDisk.mounted(at: bench.target, size: "2m") { disk in
                let old = Data("the file that is there".utf8)
                if replaces { try old.write(to: URL(fileURLWithPath: file)) }
                let force = replaces ? ["--force"] : []
                let before = Workbench.contents(of: bench.target)
                let outcome = try await CommandLineTool.run(
                    ["--config", bench.configuration, "restore", id, "--to", file, "--json"] + force)
                #expect(outcome.exitCode == 74, "\(outcome)")
                let error = try #require(outcome.statedError, "\(outcome)")
                #expect(error.message.contains("not enough space for restoring \(id): needs "), "\(error)")
                #expect(error.hint?.contains(bench.target) == true, "which disk: \(error)")
                #expect(error.hint?.contains("scratch_dir") == false, "a restore goes where --to says: \(error)")
                #expect(Workbench.contents(of: bench.target) == before)
                if replaces { #expect(FileManager.default.contents(atPath: file) == old) }
                #expect(bench.leftovers == [])

                try disk.resize(to: "64m")
                let restored = try await CommandLineTool.run(
                    ["--config", bench.configuration, "restore", id, "--to", file] + force)
                #expect(restored.exitCode == 0, "\(restored)")
                #expect(try LogicalComparison(.restore).differences(between: bench.source, and: file) == [])
                #expect(Workbench.contents(of: bench.target) == ["shop.db"])
            }
        }
    }

    @Test("says which disk is full where only some tables are restored, whose need nobody knows beforehand")
    func tooSmallForTables() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 20_000))
            let id = try await bench.backUp().backup
            let file = bench.target + "/items.db"
            try await FaultDisk.mounted(at: bench.target, size: "2m") { _ in
                let outcome = try await CommandLineTool.run(
                    ["--config", bench.configuration, "restore", id, "--to", file, "--table", "items", "--json"])
                #expect(outcome.exitCode == 74, "\(outcome)")
                let error = try #require(outcome.statedError, "\(outcome)")
                #expect(error.message.contains(bench.target), "which disk: \(error)")
                #expect(error.hint?.contains("restore to a larger one") == true, "\(error)")
                #expect(error.hint?.contains("scratch_dir") == false, "\(error)")
                #expect(Workbench.contents(of: bench.target) == [])
                #expect(bench.leftovers == [])
            }
        }
    }
}
