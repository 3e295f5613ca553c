import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@testable import Dump

@Suite("A SQLite file that changes when it is opened, or while it is read")
struct SQLiteSourceTests {
    private static func make(_ path: String, _ journal: String, rows: Int) throws {
        try Database(path: path, access: .create).execute(
            """
            PRAGMA journal_mode = \(journal); CREATE TABLE t(a);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
            INSERT INTO t SELECT zeroblob(1000) FROM n;
            """)
    }

    @Test(
        "is not called corrupt where it grows behind the first look, or a larger one takes its place",
        arguments: ["wal", "delete"], [false, true])
    func grows(_ journal: String, isReplaced: Bool) throws {
        try withTemporaryDirectory { path in
            let file = path + "/source.db"
            let other = path + "/other.db"
            try Self.make(file, journal, rows: 10)
            try Self.make(other, journal, rows: 100)
            var failure: (any Error)?
            let source = try SQLiteSource(path: file) {
                do {
                    if isReplaced {
                        guard rename(other, file) == 0 else { throw CommandError("\(file) cannot be replaced") }
                    } else {
                        let growth = "INSERT INTO t SELECT zeroblob(1000) FROM t, t AS u"
                        try Database(path: file, access: .readWrite).execute(growth)
                    }
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            let rows = try source.database.integer("SELECT count(*) FROM t")
            #expect(rows == (isReplaced ? 100 : 110))
        }
    }

    @Test("is called corrupt at each attempt where its last page lacks its end", arguments: ["wal", "delete"])
    func truncated(_ journal: String) throws {
        try withTemporaryDirectory { path in
            let file = path + "/source.db"
            try Self.make(file, journal, rows: 10)
            let size = try #require(FileStatus(file)?.size)
            try #require(truncate(file, Int(size) - 100) == 0)
            for _ in 1...2 {
                let error = #expect(throws: NightjarError.self) { _ = try SQLiteSource(path: file) }
                let words = "is corrupt: the file has \(size - 100) bytes, its header says \(size)"
                #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
                #expect(error?.isTransient == false)
            }
        }
    }

    /// What happens to a file that is read without locks.
    enum Change: String, Sendable, CaseIterable {
        case opened = "was opened by its application"
        case replaced = "was replaced by another file"
        case deleted = "was deleted or moved"

        func happen(to file: String, other: String) throws {
            switch self {
            case .opened: try Database(path: file, access: .readWrite).execute("INSERT INTO t VALUES (1)")
            case .replaced: guard rename(other, file) == 0 else { throw CommandError("\(file) cannot be replaced") }
            case .deleted: guard unlink(file) == 0 else { throw CommandError("\(file) cannot be deleted") }
            }
        }
    }

    @Test(
        "is not used where nobody could be kept from changing it, and what happened is said",
        .enabled(if: FaultDisk.isAvailable, "mounting is not permitted here"), arguments: Change.allCases)
    func changed(_ change: Change) async throws {
        try await withTemporaryDirectory { path in
            let folder = path + "/data"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let file = folder + "/source.db"
            let other = path + "/other.db"
            try Self.make(file, "wal", rows: 10)
            try Self.make(other, "wal", rows: 10)
            var opened: SQLiteSource?
            // No file can be made beside it then.
            try await FaultDisk.readOnly(folder) { opened = try SQLiteSource(path: file) }
            guard let source = opened else { throw CommandError("\(file) was not opened") }
            #expect(source.way == .immutable)
            try source.checkUnchanged()
            try change.happen(to: file, other: other)
            do throws(NightjarError) {
                try source.checkUnchanged()
                Issue.record("nobody saw that it \(change.rawValue)")
            } catch {
                #expect(error.message == "\(file) \(change.rawValue) while it was read")
                #expect(error.code == .busy)
                #expect(error.isTransient)
                #expect(error.hint?.isEmpty == false)
            }
        }
    }
}
