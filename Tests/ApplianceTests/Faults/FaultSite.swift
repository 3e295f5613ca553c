import Catalog
import Dump
import Foundation
import Model
import SQLite
import Settings
import Storage
import TestSupport

@testable import Appliance

/// A database whose backups go to a bucket, to a folder or to both, brought back to where it was before each errand.
struct FaultSite: Sendable {
    /// Of which a dump of the source has three. A configuration asks for at least 5 MiB.
    static let partSize: Int64 = 64 << 10
    static let rows: Int64 = 40
    /// Things that lie about where an errand is to sweep them.
    static let strays = 3
    static let prefix = "web-1/"

    let errand: Errand
    let site: Site
    let double: R2Double

    /// How everything is before an errand.
    struct Start: Sendable {
        let contents: R2Contents
        /// What the stores hold, by their names; keys without prefix.
        let objects: [String: [String: [UInt8]]]
        /// All of them proved, the newest first.
        let records: [BackupRecord]
    }

    // MARK: The appliance

    /// Runs `body` with an appliance as a command has it, and ends it.
    func withAppliance<Value: Sendable>(
        attempts: Int = 1, _ body: (Appliance, Catalog) async throws -> Value
    ) async throws -> Value {
        var configuration = try Configuration.load(path: site.configurationPath, environment: [:])
        for index in configuration.stores.indices {
            guard case .s3(var settings) = configuration.stores[index].kind else { continue }
            settings.partSize = Self.partSize
            settings.attempts = attempts
            configuration.stores[index].kind = .s3(settings)
        }
        let appliance = Appliance(configuration)
        let catalog = try await appliance.openCatalog { _ in }
        return try await withEnding({
            await catalog.close()
            await appliance.stores.shutdown()
        }) {
            try await body(appliance, catalog)
        }
    }

    func configure(_ stores: [String]) throws {
        try site.write(
            """
            state_dir: "\(site.state)"
            scratch_dir: "\(site.scratch)"
            stores:
              bucket: {type: r2, endpoint: "\(double.endpoint)", bucket: \(double.bucket), prefix: web-1,
                access_key_id: \(double.accessKeyID), secret_access_key: \(double.secretAccessKey),
                upload_concurrency: 1}
              disk: {type: directory, path: "\(site.store)"}
            databases:
              shop:
                sqlite: "\(site.path)/shop.db"
                store: [\(stores.joined(separator: ", "))]
                compression: none
                retention: {keep_last: \(errand.kept)}

            """)
    }

    // MARK: Before an errand

    /// Makes all that an errand finds, and keeps it for `reset`.
    func prepare() async throws -> Start {
        let source = try Database(path: "\(site.path)/shop.db", access: .create)
        try source.execute(
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a BLOB);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.rows))
            INSERT INTO t(a) SELECT randomblob(2000) FROM n;
            """)
        try configure(errand == .backupToBoth ? ["disk", "bucket"] : ["bucket"])
        let backups = errand == .firstBackup ? 0 : errand == .retention ? 2 : 1
        for _ in 0..<backups { try await makeBackup() }
        if errand == .copyToDisk || errand == .copyToBucket { try configure(["bucket", "disk"]) }
        if errand == .copyToBucket { try await moveToDisk() }
        if errand == .sweep { leaveStrays() }
        let records = try await withAppliance { _, catalog in
            // A catalog that knows all backups deletes, and takes up those that it does not know.
            try await catalog.setTime(.now, of: .rebuiltAt)
            return try await catalog.backups(of: "shop")
        }
        let manager = FileManager.default
        for name in ["state", "store"] where manager.fileExists(atPath: "\(site.path)/\(name)") {
            try manager.copyItem(atPath: "\(site.path)/\(name)", toPath: "\(site.path)/before-\(name)")
        }
        try await Self.waitForNextSecond()
        return Start(contents: double.contents, objects: objects(), records: records)
    }

    /// A report has its second in its name: another one of the same second asks the store once more.
    private static func waitForNextSecond() async throws {
        let second = Timestamp.now
        while Timestamp.now == second { try await Task.sleep(for: .milliseconds(10)) }
    }

    private func makeBackup() async throws {
        try await withAppliance { appliance, catalog in
            try await appliance.backUp(catalog)
        }
    }

    /// The backup lies in the folder then, in the parts that the bucket had.
    private func moveToDisk() async throws {
        try await withAppliance { appliance, catalog in
            for record in try await catalog.backups(of: "shop") {
                _ = try await RecordedCopy(
                    appliance: appliance, catalog: catalog, keys: BackupKeys(database: "shop", id: record.id),
                    from: ["bucket"], to: "disk", progress: RunProgress()
                ).run()
                try await catalog.remove(record.id, database: "shop", store: "bucket")
            }
        }
        for key in double.objects.keys where key.hasPrefix("\(Self.prefix)shop/") { double.remove(key) }
    }

    /// What runs have left that were killed two days ago.
    private func leaveStrays() {
        let day = Timestamp.now.seconds - 2 * 86_400
        let ids = (Int64(0)..<3).map { BackupID(time: Timestamp(seconds: day + $0)) }
        double.put("\(Self.prefix)shop/\(ids[0]).sql", Array("SELECT 1;".utf8))
        double.put("\(Self.prefix)shop/\(ids[1]).csv/t.csv.zst", Array("1".utf8))
        double.leaveUpload("\(Self.prefix)shop/\(ids[2]).sql", begunAt: day)
    }

    /// Brings everything back to where it was.
    func reset(to start: Start) throws {
        let manager = FileManager.default
        for name in ["state", "store", "scratch"] {
            let path = "\(site.path)/\(name)"
            if manager.fileExists(atPath: path) { try manager.removeItem(atPath: path) }
            let before = "\(site.path)/before-\(name)"
            if manager.fileExists(atPath: before) { try manager.copyItem(atPath: before, toPath: path) }
        }
        for name in restoredFiles { try manager.removeItem(atPath: "\(site.path)/\(name)") }
        double.restore(start.contents)
    }

    // MARK: What there is

    /// What the stores hold, by their names; keys without prefix.
    func objects() -> [String: [String: [UInt8]]] {
        var bucket: [String: [UInt8]] = [:]
        for (key, bytes) in double.objects {
            bucket[key.hasPrefix(Self.prefix) ? String(key.dropFirst(Self.prefix.count)) : "outside/\(key)"] = bytes
        }
        var disk: [String: [UInt8]] = [:]
        for name in FileManager.default.enumerator(atPath: site.store)?.compactMap({ $0 as? String }) ?? [] {
            var isFolder: ObjCBool = false
            let path = "\(site.store)/\(name)"
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            disk[name] = FileManager.default.contents(atPath: path).map { Array($0) }
        }
        return ["bucket": bucket, "disk": disk]
    }

    /// What a restore has made, whole or not.
    var restoredFiles: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: site.path)) ?? []
        return names.filter { $0.contains("restored") }.sorted()
    }
}
