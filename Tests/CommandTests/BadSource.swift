import Foundation
import Glibc
import Model
import SQLite
import TestSupport

/// A source that cannot be backed up, put in the place of a good one.
struct BadSource: Sendable, CustomStringConvertible {
    let description: String
    let exitCodes: Set<Int32>
    /// Makes it at the workbench's source, which is not there any more.
    /// - Returns: What has to be kept alive for it to stay bad.
    let make: @Sendable (Workbench) async throws -> Database?

    init(
        _ description: String, _ exitCodes: Set<Int32>,
        _ make: @escaping @Sendable (Workbench) async throws -> Database?
    ) {
        self.description = description
        self.exitCodes = exitCodes
        self.make = make
    }

    static let all: [BadSource] = [
        BadSource("missing", [66]) { _ in nil },
        BadSource("missing together with its folder", [66]) { bench in
            guard rename(bench.path + "/data", bench.path + "/away") == 0 else { throw CommandError("rename") }
            return nil
        },
        BadSource("a directory", [66]) { bench in
            guard mkdir(bench.source, 0o755) == 0 else { throw CommandError("mkdir") }
            return nil
        },
        BadSource("a pipe that nobody writes to", [66]) { bench in
            guard mkfifo(bench.source, 0o644) == 0 else { throw CommandError("mkfifo") }
            return nil
        },
        BadSource("a symbolic link to nowhere", [66]) { bench in
            guard symlink(bench.path + "/nowhere", bench.source) == 0 else { throw CommandError("symlink") }
            return nil
        },
        BadSource("a short text file", [66]) { bench in
            try bench.write("not a database\n", to: bench.source)
            return nil
        },
        BadSource("a long text file", [66]) { bench in
            try bench.write(String(repeating: "not a database\n", count: 1000), to: bench.source)
            return nil
        },
        BadSource("encrypted", [66]) { bench in
            var generator = SeededGenerator(seed: 99)
            let bytes = (0..<65536).map { _ in UInt8.random(in: 0...255, using: &generator) }
            try Data(bytes).write(to: URL(fileURLWithPath: bench.source))
            return nil
        },
        BadSource("truncated to half", [74]) { bench in
            try bench.makeSource(Workbench.script(rows: 2000))
            let size = FileStatus(bench.source)?.size ?? 0
            try cut(bench.source, to: size / 2 / 4096 * 4096)
            return nil
        },
        BadSource("truncated in the middle of a page", [74]) { bench in
            try bench.makeSource(Workbench.script(rows: 2000))
            let size = FileStatus(bench.source)?.size ?? 0
            try cut(bench.source, to: size / 3 + 100)
            return nil
        },
        BadSource("a page of a table overwritten", [74]) { bench in
            try bench.makeSource(Workbench.script(rows: 2000))
            try overwriteLeaf(of: "items", in: bench.source)
            return nil
        },
        BadSource("a page of a table overwritten, WAL", [74]) { bench in
            try bench.makeSource("PRAGMA journal_mode = WAL;" + Workbench.script(rows: 2000))
            try overwriteLeaf(of: "items", in: bench.source)
            return nil
        },
        BadSource("the schema's page overwritten", [74]) { bench in
            try bench.makeSource(Workbench.script(rows: 2000))
            try overwrite(bench.source, at: 100, with: [UInt8](repeating: 0xFF, count: 3900))
            return nil
        },
        BadSource("locked by a writer", [75]) { bench in
            let database = try Database(path: bench.source, access: .create)
            try database.execute(Workbench.script(rows: 10))
            try database.execute("BEGIN EXCLUSIVE")
            return database
        },
        BadSource("locked for good, WAL", [75]) { bench in
            let database = try Database(path: bench.source, access: .create)
            try database.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;")
            try database.execute(Workbench.script(rows: 10))
            return database
        },
        BadSource("left by its application in the middle of a transaction", [74, 75]) { bench in
            let original = bench.path + "/original.db"
            let database = try Database(path: original, access: .create)
            try database.execute(Workbench.script(rows: 3000))
            try database.execute("PRAGMA cache_size = 10; BEGIN; UPDATE items SET data = randomblob(200)")
            // Changed pages have gone to the file by now, and what they were is in the journal.
            for suffix in ["", "-journal"] {
                let copied = try await Command.run(["cp", original + suffix, bench.source + suffix])
                guard copied.exitCode == 0 else { throw CommandError("\(copied)") }
            }
            try database.execute("ROLLBACK")
            return nil
        },
    ]

    private static func cut(_ path: String, to size: Int64) throws {
        guard truncate(path, Int(size)) == 0 else { throw CommandError("truncate \(path)") }
    }

    /// Fills a page in the middle of a table's b-tree with bytes that no page has.
    private static func overwriteLeaf(of table: String, in path: String) throws {
        let page: Int64
        do {
            let database = try Database(path: path, access: .readWrite)
            let query = "SELECT pageno FROM dbstat WHERE name = '\(table)' AND pagetype = 'leaf' LIMIT 1 OFFSET 20"
            page = try database.integer(query) ?? 0
        }
        guard page > 1 else { throw CommandError("\(path) has no page to overwrite") }
        try overwrite(path, at: UInt64(page - 1) * 4096, with: [UInt8](repeating: 0xFF, count: 4096))
    }

    private static func overwrite(_ path: String, at offset: UInt64, with bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }
}
