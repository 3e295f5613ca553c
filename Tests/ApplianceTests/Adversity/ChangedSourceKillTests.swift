import Catalog
import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@testable import Appliance

@Suite(
    "A source that is replaced, vacuumed or deleted when the process that backs it up is killed",
    .timeLimit(.minutes(30)))
struct ChangedSourceKillTests {
    enum Change: String, Sendable, CaseIterable {
        case replaced, vacuumed, deleted
    }

    enum Moment: String, Sendable, CaseIterable {
        case whileCopied, whileExported
    }

    private static let keys = ["schedule: every 1h", "timezone: UTC", "alarm: {overdue: off}", "chunk_rows: 10"]
    /// It is killed in the first pause.
    private static let slow = "breathing: {work: 10ms, pause: 10s}"

    @Test(
        "is backed up as it was where that is on the disk, else as it is; or it is said that it is gone",
        arguments: Moment.allCases, Change.allCases)
    func changed(_ moment: Moment, _ change: Change) async throws {
        // Writers go on beside a page copy in the one, and in the other the lock is given back between two steps.
        for journal in ["WAL", "DELETE"] {
            try await withSite { site in
                let rows = try Self.makeSource(of: site, journal, for: moment)
                try await Self.kill(site, at: moment)
                try Self.happen(change, to: site)
                try site.configure([("shop", Self.keys)])
                let slot = Timestamp(seconds: site.clock.now.seconds + 59 * 60)
                site.clock.set(slot)
                try await site.serve { catalog in
                    let isGone = moment == .whileCopied && change == .deleted
                    let first = try await site.log.nextEnd()
                    if isGone {
                        try await Self.expectMissing(first, site, catalog)
                    } else {
                        let isNew = moment == .whileCopied && change == .replaced
                        #expect(first.contains("Proved: 1 table, \(isNew ? "2" : rows) rows"), "\(journal): \(first)")
                    }
                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    #expect(runs.map(\.state) == [isGone ? .failed : .completed, .interrupted])
                    #expect(runs.allSatisfy { $0.slot == slot })

                    site.clock.advance(seconds: 3600)
                    let second = try await site.log.nextEnd()
                    switch change {
                    case .deleted: try await Self.expectMissing(second, site, catalog)
                    case .replaced: #expect(second.contains("Proved: 1 table, 2 rows"), "\(journal): \(second)")
                    case .vacuumed: #expect(second.contains("Proved: 1 table, \(rows) rows"), "\(journal): \(second)")
                    }
                    try await Self.expectReturn(of: change, site, catalog)
                }
                let scratch = try FileManager.default.contentsOfDirectory(atPath: site.scratch)
                #expect(scratch == [])
                let dumps = site.files.filter { $0.hasSuffix(".sql.zst") }
                #expect(dumps.count == site.manifests.count, "each dump has its manifest: \(site.files)")
                let temporary = site.files.filter { $0.contains(".nightjar-") }
                #expect(temporary == [])
            }
        }
    }

    /// - Returns: How many rows it has, as people read it.
    private static func makeSource(of site: Site, _ journal: String, for moment: Moment) throws -> String {
        do {
            let database = try Database(path: site.path + "/shop.db", access: .create)
            try database.execute("PRAGMA journal_mode = \(journal)")
        }
        do {
            let other = try Database(path: site.path + "/other.db", access: .create)
            try other.execute("PRAGMA journal_mode = \(journal); CREATE TABLE t(a); INSERT INTO t VALUES (7), (8)")
        }
        guard moment == .whileCopied else {
            try site.makeSource("shop", rows: 50_000)
            return "50,000"
        }
        // Free pages are copied, too, and cost nothing later.
        let database = try Database(path: site.path + "/shop.db", access: .readWrite)
        try database.execute(
            """
            CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3); CREATE TABLE large(a);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4500)
            INSERT INTO large SELECT zeroblob(9000) FROM n;
            DROP TABLE large;
            """)
        return "3"
    }

    /// Has a process back up the slot that comes next, and kills it.
    private static func kill(_ site: Site, at moment: Moment) async throws {
        try site.configure([("shop", keys + [slow])])
        let slot = Timestamp(seconds: site.clock.now.seconds + 59 * 60)
        let catalog = try await site.catalog()
        try await catalog.register(["shop"], at: site.clock.now)
        await catalog.close()
        let program = URL(fileURLWithPath: CommandLineTool.path).deletingLastPathComponent().path + "/DaemonSubject"
        let process = try RunningCommand.start(
            [program, site.configurationPath, String(slot.seconds), "shop"], environment: Command.basicEnvironment)
        try await withEnding({
            process.send(signal: SIGKILL)
            _ = await process.finish()
        }) {
            switch moment {
            case .whileCopied: try await site.waitForCopy(of: "shop")
            case .whileExported: try await site.waitForSnapshot(of: "shop")
            }
        }
        let folder = try site.appliance().runFolder(of: "shop")
        #expect(folder.facts?.slot == slot)
        #expect(folder.hasSnapshot == (moment == .whileExported))
    }

    private static func happen(_ change: Change, to site: Site) throws {
        let path = site.path + "/shop.db"
        switch change {
        case .replaced: try #require(rename(site.path + "/other.db", path) == 0)
        case .vacuumed: try #require(SystemProgram.succeeds("sqlite3", [path, "VACUUM"]))
        case .deleted: for suffix in ["", "-wal", "-shm"] { _ = unlink(path + suffix) }
        }
    }

    private static func expectMissing(_ line: String, _ site: Site, _ catalog: Catalog) async throws {
        #expect(line.contains("not backed up: there is no source file \(site.path)/shop.db"), "\(line)")
        let status = try await site.status(catalog)
        #expect(status.state == .failing)
        #expect(status.lastFailure?.hint?.contains("sqlite:") == true)
    }

    /// A file that comes back is backed up with the slot that is next.
    private static func expectReturn(of change: Change, _ site: Site, _ catalog: Catalog) async throws {
        guard change == .deleted else { return }
        try #require(rename(site.path + "/other.db", site.path + "/shop.db") == 0)
        site.clock.advance(seconds: 3600)
        let third = try await site.log.nextEnd()
        #expect(third.contains("Proved: 1 table, 2 rows"), "\(third)")
        let status = try await site.status(catalog)
        #expect(status.state == .protected || status.state == .frozen, "what has shrunk may wait for a person")
    }
}
