import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@testable import Catalog

/// 2026-03-15T12:00:00Z.
let noon = Timestamp(seconds: 1_773_576_000)

func later(_ seconds: Int64) -> Timestamp { Timestamp(seconds: noon.seconds + seconds) }

/// Runs `body` with a new catalog and its folder.
func withCatalog(_ body: (Catalog, String) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
        let catalog = try await openCatalog(folder)
        try await body(catalog, folder)
        await catalog.close()
    }
}

/// The same with one that an earlier nightjar made, which knew one backup, and that is opened now.
func withCatalog(ofVersion version: Int, _ body: (Catalog) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
        let database = try Database(path: "\(folder)/catalog.db", access: .create)
        try Migrations.run(on: database, at: noon, steps: Array(Migrations.steps.prefix(version)))
        try database.execute(
            """
            INSERT INTO backups (
                database, id, store, created_at, rows, dump_bytes, stored_bytes, state, is_locked
            ) VALUES ('shop', 'dump_20260315-120010', 'disk', \(later(10).seconds), 10, 100, 20, 'unproved', 0);
            """)
        let opened = try await Catalog.open(directory: folder, access: .readWrite, at: later(60))
        #expect(!opened.isNew)
        #expect(opened.setAside == nil)
        try await body(opened.catalog)
        await opened.catalog.close()
    }
}

func openCatalog(_ folder: String, _ access: CatalogAccess = .readWrite) async throws -> Catalog {
    try await Catalog.open(directory: folder, access: access, at: noon).catalog
}

/// Makes a catalog with one event, and closes it.
func makeCatalog(_ folder: String) async throws {
    let catalog = try await openCatalog(folder)
    try await catalog.add(EventRecord(at: noon, kind: .applianceStarted, text: "kept"))
    await catalog.close()
}

/// What `body` is refused with; nil where it is not, or not with what a person could use.
func failure(_ body: () async throws -> Void) async -> (any Failure)? {
    do {
        try await body()
        return nil
    } catch {
        return error as? any Failure
    }
}

func backup(
    _ number: Int64, of database: String = "shop", in store: String = "disk", _ proof: BackupProof = .unproved
) -> BackupRecord {
    BackupRecord(
        id: BackupID(time: later(number)), database: database, store: store, createdAt: later(number),
        rows: number, dumpBytes: 10 * number, storedBytes: 2 * number, proof: proof)
}

func export(
    _ number: Int64, of database: String = "shop", callback: String? = nil, state: ExportState = .queued
) -> ExportRecord {
    ExportRecord(
        id: BackupID(time: later(number)), database: database, store: "disk", format: .sql, includesSchema: true,
        chunkRows: 1000, verify: .checksum, requester: "reports", callbackURL: callback, state: state,
        createdAt: later(number))
}

/// A message about the end of an export.
func delivery(_ number: Int64, at time: Timestamp? = nil) -> DeliveryRecord {
    DeliveryRecord(
        channel: "callback", subject: BackupID(time: later(number)).description, url: "https://example.org/done",
        body: #"{"status":"completed"}"#, createdAt: later(number), nextAt: time)
}

/// A whole file; not to be used while a connection of this process has it open.
func contents(_ path: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
}

func put(_ bytes: [UInt8], _ path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
}

/// Damaged catalogs that were set aside, in order.
func damagedNames(in folder: String) -> [String] {
    names(in: folder).filter { $0.contains("corrupt") }
}

/// A file system of 1 MiB in memory, mounted for one test.
enum SmallDisk {
    /// Whether this process may mount one; found out once, by doing it.
    static let isAvailable: Bool = {
        guard geteuid() == 0 else { return false }
        return
            (try? withTemporaryDirectory { path in
                guard mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", path) else { return false }
                return unmount(path)
            }) ?? false
    }()

    static func run(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            guard mount("-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", path) else { throw CommandError("mount") }
            defer { _ = unmount(path) }
            try await body(path)
        }
    }

    /// Leaves no room at all.
    /// - Returns: the file that takes it.
    static func fill(_ folder: String) throws -> String {
        let path = "\(folder)/filling"
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CommandError("open \(path)") }
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4096)
        while write(file, block, block.count) > 0 {}
        return path
    }
}

/// A folder that cannot be written to, whoever asks.
enum ReadOnlyFolder {
    static let isAvailable: Bool = geteuid() != 0 || SmallDisk.isAvailable

    /// Runs `body` with a path by which `folder` can only be read.
    static func run(_ folder: String, _ body: (String) async throws -> Void) async throws {
        if geteuid() != 0 {
            _ = chmod(folder, 0o500)
            defer { _ = chmod(folder, 0o700) }
            return try await body(folder)
        }
        try await withTemporaryDirectory { view in
            guard mount("--bind", folder, view) else { throw CommandError("mount --bind") }
            defer { _ = unmount(view) }
            guard mount("-o", "remount,bind,ro", view) else { throw CommandError("mount -o remount") }
            try await body(view)
        }
    }
}

private func mount(_ arguments: String...) -> Bool { SystemProgram.succeeds("mount", arguments) }

private func unmount(_ path: String) -> Bool { SystemProgram.succeeds("umount", ["-l", path]) }
