import Foundation
import SQLite
import TestSupport
import Testing

@Suite("A download for Cloudflare D1")
struct DownloadForD1Tests {
    @Test("leaves out transactions, and has all rows", arguments: ["zstd", "gzip", "none"])
    func imports(compression: String) async throws {
        try await withBackup(["compression: \(compression)"]) { bench, id in
            let dump = bench.path + "/d1.sql"
            let download = try await bench.nightjar("download", id, "--for-d1", "--output", dump)
            #expect(download.exitCode == 0, "\(download)")
            let lines = try String(contentsOfFile: dump, encoding: .utf8).split(separator: "\n")
            #expect(!lines.contains { $0.hasPrefix("BEGIN") || $0.hasPrefix("COMMIT") })

            let imported = bench.path + "/imported.db"
            let shell = try await Shell.sqlite3(imported, script: dump)
            #expect(shell.exitCode == 0, "\(shell)")
            #expect(shell.standardError == "")
            let source = try Database(path: bench.source, access: .readOnly)
            let copy = try Database(path: imported, access: .readOnly)
            let queries = [
                "SELECT * FROM items", "SELECT * FROM notes", "SELECT name, sql FROM sqlite_schema ORDER BY name",
            ]
            for query in queries {
                #expect(try copy.rows(query) == source.rows(query), "\(query)")
            }
        }
    }

    @Test("standard output has the SQL, and nothing else")
    func standardOutput() async throws {
        try await withBackup { bench, id in
            let dump = bench.path + "/d1.sql"
            let written = try await bench.nightjar("download", id, "--for-d1", "--output", dump)
            let piped = try await bench.nightjar("download", id, "--for-d1")
            #expect(piped.exitCode == 0, "\(piped)")
            #expect(piped.standardError == written.standardError, "what is said is the same")
            let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: dump)))
            #expect(piped.standardOutput == file)
        }
    }

    @Test("is refused for the stored bytes, which nobody changes")
    func usage() async throws {
        try await withBackup { bench, id in
            let outcome = try await bench.nightjar("download", id, "--raw", "--for-d1")
            #expect(outcome.exitCode == 64, "\(outcome)")
            #expect(outcome.standardOutput.isEmpty)
        }
    }
}
