import Catalog
import Dump
import Foundation
import Logging
import Model
import SQLite
import TestSupport
import Testing

@testable import Appliance

extension LogStream {
    /// How the next run ends, in the daemon's words: why there is no backup, or which one there is (`backup=dump_…`).
    func nextEnd() async throws -> String {
        while true {
            let line = try await wait(for: "database=")
            if line.contains("not backed up: ") || line.contains(" backup=dump_") { return line }
        }
    }

    /// Waits for a line that may have been passed over already, of whichever daemon.
    func waitOnce(for words: String) async throws {
        if !all.contains(where: { $0.contains(words) }) { try await wait(for: words) }
    }
}

/// What tests of faults need of a site.
extension Site {
    var scratch: String { path + "/scratch" }

    /// Everything below the store but the folders of databases, temporary files included.
    var files: [String] {
        let all = FileManager.default.enumerator(atPath: store)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.contains("/") || $0.contains(".") }.sorted()
    }

    /// What a daemon logs of a run that is tried again so many seconds from now.
    func promise(_ seconds: Int64) -> String {
        "trying again at \(Timestamp(seconds: clock.now.seconds + seconds).text)"
    }

    // MARK: What there is to back up

    /// Databases that go to a bucket, in place of a folder.
    /// - Parameters:
    ///   - storeKeys: Further keys of the store's entry.
    ///   - databases: Names, and further keys of their entries.
    func configure(
        _ double: R2Double, storeKeys: [String], _ databases: [(name: String, keys: [String])]
    ) throws {
        let settings =
            [
                "type: r2", "endpoint: \"\(double.endpoint)\"", "bucket: \(double.bucket)",
                "access_key_id: \(double.accessKeyID)", "secret_access_key: \(double.secretAccessKey)",
            ] + storeKeys
        var lines = ["state_dir: \"\(state)\"", "scratch_dir: \"\(scratch)\"", "stores:", "  bucket:"]
        lines += settings.map { "    \($0)" }
        lines.append("databases:")
        for database in databases {
            lines.append("  \(database.name):")
            lines.append("    sqlite: \"\(path)/\(database.name).db\"")
            lines += database.keys.map { "    \($0)" }
        }
        try write(lines.joined(separator: "\n") + "\n")
    }

    /// A source of 6 MiB, whose dump without compression has 12: in parts of 5 MiB three, in parts of 8 MiB two.
    func makeLargeSource(_ name: String) throws {
        let database = try Database(path: "\(path)/\(name).db", access: .create)
        try database.execute(
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a BLOB);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
            INSERT INTO t(a) SELECT randomblob(9000) FROM n;
            """)
    }

    // MARK: A daemon

    /// Runs `body` beside a daemon that is started as `nightjar serve` starts it: it holds the lock of the state
    /// directory, and what is wrong with the catalog is logged.
    func serve(_ body: (Catalog) async throws -> Void) async throws {
        let lock = try DaemonLock(stateDirectory: state)
        let logger = log.logger
        let catalog = try await appliance().openCatalog { logger.error("\($0)") }
        try await withDaemon(on: catalog) { _, catalog in try await body(catalog) }
        withExtendedLifetime(lock) {}
    }

    /// Waits until a run could be gone on with: its snapshot is on the disk, and its journal says so.
    func waitForSnapshot(of database: String) async throws {
        let folder = try await waitForRun(of: database)
        let watch = try FolderWatch(folder)
        try await watch.wait(until: "the snapshot is taken") { RunFiles.holdSnapshot(in: folder) }
    }

    /// Waits until a part of the snapshot is copied.
    func waitForCopy(of database: String) async throws {
        let folder = try await waitForRun(of: database)
        let watch = try FolderWatch(folder)
        try await watch.wait(until: "the copy has begun") {
            (FileStatus("\(folder)/snapshot.db")?.size ?? 0) > 1 << 20
        }
    }

    /// - Returns: The folder of the run, which is there.
    private func waitForRun(of database: String) async throws -> String {
        let run = try appliance().runFolder(of: database).path
        var folder = path
        // One after the other: a folder can be watched when it is there.
        for name in run.dropFirst(path.count).split(separator: "/") {
            let watch = try FolderWatch(folder)
            let next = "\(folder)/\(name)"
            try await watch.wait(until: "there is \(next)") { FileManager.default.fileExists(atPath: next) }
            folder = next
        }
        return folder
    }

    /// Waits until the first daemon of a site has done what it does once a day, and asks the store no more.
    func waitForUpkeep(_ catalog: Catalog) async throws {
        var end = try await catalog.time(of: .lastPrune)
        while end == nil {
            try Task.checkCancellation()
            await Task.yield()
            end = try await catalog.time(of: .lastPrune)
        }
    }

    /// Has a manifest of the database `shop` say something else, which its checksum shows.
    func replace(_ old: String, with new: String, inManifestOf id: BackupID) throws {
        let path = "\(store)/shop/\(id).manifest.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old))
        try FileManager.default.removeItem(atPath: path)
        try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: URL(fileURLWithPath: path))
    }

    // MARK: What became of it

    func status(_ catalog: Catalog) async throws -> StatusReport.Database {
        let configuration = try appliance().configuration
        let report = try await StatusReport.make(configuration, catalog, now: clock.now)
        return try #require(report.databases.first)
    }

    /// What SQLite says of the catalog's file, which nobody has open.
    func catalogIntegrity() throws -> String? {
        try Database(path: state + "/catalog.db", access: .readOnly).text("PRAGMA integrity_check")
    }
}
