import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("The scratch database of a verification", .timeLimit(.minutes(30)))
struct ScratchSpaceTests {
    /// A dump whose restored copy takes about 1.3 MB.
    private static func withDump(_ body: (ExportedDump, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(
                """
                CREATE TABLE t(id INTEGER PRIMARY KEY, a BLOB);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                INSERT INTO t(a) SELECT randomblob(4000) FROM n;
                """)
            try FileManager.default.createDirectory(atPath: path + "/work", withIntermediateDirectories: true)
            try await body(try await ExportedDump(of: database.path, in: path, .zstd(level: 3)), path + "/work")
        }
    }

    private static func verify(
        _ dump: ExportedDump, _ manifest: Manifest? = nil, limit: Int64?, drill: Drill? = nil, in folder: String
    ) async throws -> VerificationReport {
        try await Verification(
            store: dump.store, manifest: manifest ?? dump.manifest, level: .restore, workDirectory: folder,
            tool: "test", progress: nil, scratchLimit: limit, drill: drill
        ).run()
    }

    @Test("is for its owner's eyes, and gone afterwards")
    func isPrivate() async throws {
        try await Self.withDump { dump, folder in
            let drill = Drill(
                command: ["/bin/sh", "-c", "stat -c %a \"$1\"", "drill"], timeout: .seconds(60))
            let report = try await Self.verify(dump, limit: nil, drill: drill, in: folder)
            #expect(report.outcome == .proved)
            #expect(report.drill?.output == "600\n")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left == [])
        }
    }

    @Test("fits into a limit that is large enough", arguments: [2 << 20, Int64.max])
    func fits(limit: Int64) async throws {
        try await Self.withDump { dump, folder in
            let report = try await Self.verify(dump, limit: limit, in: folder)
            #expect(report.outcome == .proved)
        }
    }

    @Test("that does not fit into its limit is not begun, and the error says both")
    func tooLarge() async throws {
        try await Self.withDump { dump, folder in
            let error = await #expect(throws: NightjarError.self) {
                _ = try await Self.verify(dump, limit: 64 << 10, in: folder)
            }
            #expect(error?.code == .configuration)
            let source = dump.manifest.source
            let need = SizeText.format(source.pageCount * Int64(source.pageSize))
            #expect(
                error?.message
                    == "restoring dump_20260315-023000 needs \(need), verify.scratch_limit is 64.0 KiB")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left == [])
        }
    }

    @Test("does not outgrow its limit, whatever its manifest says of the source")
    func outgrows() async throws {
        try await Self.withDump { dump, folder in
            var manifest = dump.manifest
            manifest.source.pageCount = 1
            let error = await #expect(throws: NightjarError.self) {
                _ = try await Self.verify(dump, manifest, limit: 512 << 10, in: folder)
            }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("needs more, verify.scratch_limit is 512 KiB") == true)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left == [])
        }
    }
}
