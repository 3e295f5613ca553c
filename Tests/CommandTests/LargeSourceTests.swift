import Foundation
import SQLite
import TestSupport
import Testing

/// Whether tests run that need gigabytes of disk and minutes of time.
private let isLargeAllowed = ProcessInfo.processInfo.environment["NIGHTJAR_TEST_LARGE"] == "1"

@Suite(
    "Large sources come back the same", .serialized,
    .enabled(if: isLargeAllowed, "skipped: needs 10 GB of disk and minutes; run with NIGHTJAR_TEST_LARGE=1"))
struct LargeSourceTests {
    @Test("a blob of 250 MB and text of 250 MB")
    func largeBlob() async throws {
        try await roundTrip(
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB, x TEXT);
            INSERT INTO t VALUES (1, randomblob(250000000), NULL), (2, x'00', 'small');
            INSERT INTO t VALUES (3, NULL, hex(zeroblob(125000000)));
            """)
    }

    @Test("a database of more than 1 GiB")
    func largeDatabase() async throws {
        try await roundTrip(
            """
            PRAGMA journal_mode = WAL;
            CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, price REAL, b BLOB);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100000)
              INSERT INTO t SELECT i, 'name ' || i, i / 7.0, randomblob(1000) FROM n;
            CREATE INDEX i ON t(name);
            """)
    }

    private func roundTrip(_ script: String) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(script)
            let result = try await bench.backUp()
            #expect(result.state == "proved")
            let restored = bench.target + "/restored.db"
            let restore = try await bench.nightjar("restore", result.backup, "--to", restored)
            #expect(restore.exitCode == 0, "\(restore)")
            #expect(try LogicalComparison(.restore).differences(between: bench.source, and: restored) == [])

            let dump = bench.path + "/dump.sql"
            let download = try await bench.nightjar("download", result.backup, output: dump)
            #expect(download.exitCode == 0, "\(download)")
            let imported = bench.path + "/imported.db"
            let shell = try await Shell.sqlite3(imported, script: dump)
            #expect(shell.exitCode == 0, "\(shell)")
            #expect(shell.standardError == "")
            #expect(try LogicalComparison(.dump).differences(between: bench.source, and: imported) == [])
            #expect(bench.leftovers == [])
        }
    }
}
