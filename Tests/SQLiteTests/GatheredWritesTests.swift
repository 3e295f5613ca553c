import Foundation
import SQLite
import TestSupport
import Testing

@Suite("Writes of pages that lie behind each other are gathered")
struct GatheredWritesTests {
    private static let unsafe = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE"

    @Test("and a copy has the same bytes as without it", arguments: [512, 4096, 65_536], [0, 3, 20_000])
    func copies(pageSize: Int, rows: Int) throws {
        try withTemporaryDirectory { folder in
            let source = try Database(path: folder + "/source.db", access: .create)
            try source.execute(
                """
                PRAGMA page_size=\(pageSize); PRAGMA journal_mode=MEMORY; CREATE TABLE t(a INTEGER PRIMARY KEY, b);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
                INSERT INTO t SELECT i, randomblob(60) FROM n WHERE \(rows) > 0;
                CREATE INDEX u ON t(b)
                """)
            let plain = try Self.copy(source, to: folder + "/plain.db", .create, pageSize)
            let gathered = try Self.copy(source, to: folder + "/gathered.db", .gathered, pageSize)
            #expect(plain.count > 2 * pageSize && gathered == plain)
        }
    }

    /// The bytes of a copy, before it is closed.
    private static func copy(
        _ source: Database, to path: String, _ access: Database.Access, _ pageSize: Int
    ) throws -> Data {
        let target = try Database(path: path, access: access)
        try target.execute("PRAGMA page_size=\(pageSize); \(unsafe)")
        let copy = try OnlineBackup(from: source, to: target)
        while try copy.step(pages: 7) == .more {}
        try copy.finish()
        try target.writeGathered()
        return try #require(FileManager.default.contents(atPath: path))
    }

    @Test("and what is read back, changed and cut off is what was written")
    func changes() throws {
        try withTemporaryDirectory { folder in
            // Of ten pages in memory most have to be read again from the file.
            let work = """
                \(Self.unsafe); PRAGMA cache_size=10; CREATE TABLE t(a INTEGER PRIMARY KEY, b);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
                INSERT INTO t SELECT i, hex(i * i) || printf('%.*c', i % 900, 'x') FROM n;
                CREATE INDEX u ON t(b DESC); UPDATE t SET b = b || a WHERE a * 7919 % 11 < 3;
                DELETE FROM t WHERE a % 5 = 0; DROP INDEX u; CREATE UNIQUE INDEX v ON t(b, a); VACUUM
                """
            var contents: [[[SQLValue]]] = []
            for access in [Database.Access.create, .gathered] {
                let path = "\(folder)/\(access).db"
                let database = try Database(path: path, access: access)
                try database.execute(work)
                try database.writeGathered()
                let read = try Database(path: path, access: .immutable)
                #expect(try read.text("PRAGMA integrity_check") == "ok")
                contents.append(try read.rows("SELECT * FROM t ORDER BY a"))
            }
            #expect(contents[0] == contents[1])
            #expect(contents[0].count == 7200)
        }
    }

    @Test(
        "and a disk that is full is told, at the latest by who asks",
        .enabled(if: FaultDisk.isAvailable, "mounting is not permitted here"),
        arguments: [100, 260, 1000, 1020, 1030, 1100, 3000])
    func full(kibibytes: Int) async throws {
        try await withTemporaryDirectory { folder in
            try await FaultDisk.mounted(at: folder + "/disk", size: "64k") { disk in
                let error = #expect(throws: SQLiteError.self) {
                    let database = try Database(path: disk.path + "/full.db", access: .gathered)
                    try database.execute(
                        "\(Self.unsafe); CREATE TABLE t(b); INSERT INTO t VALUES (zeroblob(\(kibibytes << 10)))")
                    try database.writeGathered()
                }
                #expect(error?.isFull == true, "\(error?.message ?? "")")
            }
        }
    }
}
