import Appliance
import Catalog
import Foundation
import Model
import Restore
import SQLite
import Settings
import Storage
import Testing

@Suite("Exports that people ask for", .timeLimit(.minutes(30)))
struct ExportRequestTests {
    @Test("are kept apart from the backups, can be downloaded, and expire")
    func life() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["schedule: every 6h"])], top: ["http: {listen: off, export_keep: 2h}"])
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                let asked = try await console.startExport(ExportRequest(requester: "reader"))
                let id = try #require(BackupID(asked.id))
                let done = try await console.waitForExport(id, until: 60)
                #expect(done.state == .completed)
                #expect(done.totalRows == 3)
                #expect(done.rows == 3)
                #expect(site.manifests == ["shop/exports/\(id).manifest.json"])
                #expect(try await catalog.backups(of: "shop").isEmpty, "it is no backup")
                #expect(try await catalog.lastSuccess(of: "shop") == nil)
                let text = try await Self.text(try await console.download(id))
                #expect(text.contains("INSERT INTO \"t\"") || text.contains("INSERT INTO t"))
                #expect(text.contains("CREATE TABLE"))
                site.clock.advance(seconds: 4 * 3600)
                try await site.log.wait(for: "an export has expired")
                #expect(try await console.export(id).state == .expired)
                await #expect(throws: NightjarError.self) { try await console.download(id) }
            }
            #expect(site.manifests.filter { $0.contains("exports") } == [])
        }
    }

    @Test("expire with all of their objects, and with the folder of these", arguments: [DumpFormat.csv, .ndjson])
    func lifeOfTables(_ format: DumpFormat) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            let source = try Database(path: "\(site.path)/shop.db", access: .create)
            try source.execute("CREATE TABLE \"order items\"(a INTEGER)")
            try site.configure([("shop", ["schedule: every 6h"])], top: ["http: {listen: off, export_keep: 2h}"])
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                let asked = try await console.startExport(ExportRequest(format: format, requester: "reader"))
                let id = try #require(BackupID(asked.id))
                let done = try await console.waitForExport(id, until: 60)
                #expect(done.state == .completed)
                #expect(done.format == format)
                #expect(done.rows == 3)
                #expect(site.manifests == ["shop/exports/\(id).manifest.json"])
                let folder = "\(site.store)/shop/exports/\(id).\(format.fileExtension)"
                let objects = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                #expect(objects == ["order%20items", "t"].map { "\($0).\(format.fileExtension).zst" })
                let table = try await Self.text(try await console.download(id, table: "order items"))
                #expect(table == (format == .csv ? "a\r\n" : ""))
                let archive = try await Self.bytes(try await console.download(id))
                #expect(archive.starts(with: [0x50, 0x4B, 3, 4]))
                site.clock.advance(seconds: 4 * 3600)
                try await site.log.wait(for: "an export has expired")
                #expect(try await console.export(id).state == .expired)
                await #expect(throws: NightjarError.self) { try await console.download(id, table: "t") }
                #expect(!FileManager.default.fileExists(atPath: folder))
                #expect(site.files.filter { $0.contains("\(id)") } == [])
            }
        }
    }

    @Test("hold rows alone where that is asked for")
    func rowsAlone() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                let asked = try await console.startExport(
                    ExportRequest(database: "shop", chunkRows: 1, includesSchema: false, requester: "reader"))
                let id = try #require(BackupID(asked.id))
                #expect(try await console.waitForExport(id, until: 60).state == .completed)
                let text = try await Self.text(try await console.download(id))
                #expect(!text.contains("CREATE"))
                let database = try Database(path: "\(site.path)/new.db", access: .create)
                try database.execute("CREATE TABLE t(a)")
                try database.execute(text)
                #expect(try database.integer("SELECT count(*) FROM t") == 3)
            }
        }
    }

    @Test("tell whoever asked, in the same transaction as their end")
    func callback() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure(
                [("shop", []), ("gone", [])],
                top: [
                    "http: {listen: off, public_url: \"https://backups.example.org\", callback_hosts: [\"127.0.0.1:1\"]}"
                ]
            )
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                for name in ["shop", "gone"] {
                    let asked = try await console.startExport(
                        ExportRequest(database: name, callbackURL: "http://127.0.0.1:1/x", requester: "reader"))
                    let id = try #require(BackupID(asked.id))
                    let done = try await console.waitForExport(id, until: 60)
                    let delivery = try #require(try await catalog.deliveries(limit: 10).first)
                    #expect(delivery.subject == "\(id)")
                    if name == "shop" {
                        #expect(done.state == .completed)
                        #expect(
                            delivery.body.contains(
                                "\"downloadUrl\":\"https://backups.example.org/export/dump/download/\(id).sql\""))
                    } else {
                        #expect(done.state == .failed)
                        #expect(delivery.body.contains("\"status\":\"failed\""))
                    }
                }
                try await site.log.wait(for: "the message was not taken")
            }
        }
    }

    @Test(
        "are made by the next daemon where one was stopped on the way, in the format that was asked for",
        arguments: DumpFormat.allCases)
    func interrupted(_ format: DumpFormat) async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            let slow = ["breathing: {work: 10ms, pause: 5s}", "compression: none", "chunk_rows: 10"]
            try site.configure([("shop", slow)])
            var id: BackupID?
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                id = BackupID(
                    try await console.startExport(ExportRequest(format: format, requester: "reader")).id)
                _ = try await site.waitForRun(in: catalog)
            }
            #expect(site.manifests == [])
            try site.configure([("shop", ["compression: none"])])
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                let export = try #require(id)
                let done = try await console.waitForExport(export, until: 60)
                #expect(done.state == .completed)
                #expect(done.format == format)
                #expect(done.rows == 700)
                #expect(try await catalog.runs(of: "shop", limit: 5).map(\.state) == [.completed, .interrupted])
                #expect(try await console.download(export).file.kind == .dump(format))
                let object = BackupKeys(exportOf: "shop", id: export).dump(format, .none).object(
                    ofTable: "t", number: 0)
                #expect(site.files.contains(object), "\(site.files)")
            }
            #expect(site.manifests.count == 1)
        }
    }

    @Test("that nobody knows any more leave nothing in the store for longer than a day")
    func sweep() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])], top: ["http: {listen: off, export_keep: 3d}"])
            var kept: BackupID?
            try await site.withDaemon { daemon, catalog in
                let console = Console(daemon: daemon, catalog: catalog)
                let asked = try await console.startExport(ExportRequest(requester: "reader"))
                let id = try #require(BackupID(asked.id))
                _ = try await console.waitForExport(id, until: 60)
                kept = id
            }
            let folder = "\(site.store)/shop/exports"
            let old = ["dump_20260101-000000.manifest.json", "dump_20260101-000000.sql.zst"]
            // Of one that has an object for each table.
            let tables = "\(folder)/dump_20260101-000000.csv"
            try FileManager.default.createDirectory(atPath: tables, withIntermediateDirectories: false)
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(tables)/t.csv.zst"))
            for name in old + ["notes.txt"] { try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
            site.clock.advance(seconds: 25 * 3600)
            try await site.withDaemon { _, _ in
                // In the order of their names.
                try await site.log.wait(for: "t.csv.zst")
                try await site.log.wait(for: "dump_20260101-000000.sql.zst")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            let id = try #require(kept)
            #expect(left.sorted() == ["\(id).manifest.json", "\(id).sql.zst", "notes.txt"])
        }
    }

    private static func bytes(_ download: Download) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await download.file.read(0..<download.file.size) { bytes += $0 }
        return bytes
    }

    private static func text(_ download: Download) async throws -> String {
        String(decoding: try await bytes(download), as: UTF8.self)
    }
}
