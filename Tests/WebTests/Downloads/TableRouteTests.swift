import Catalog
import Foundation
import Model
import Testing

@testable import Appliance
@testable import Web

@Suite("One table of a dump, as a client asks for it") struct TableRouteTests {
    /// The files of the tables of `StoredTables`, which are their names in a request, too.
    private static let files = ["Customers", "order%20items", "empty"]

    /// Runs `body` beside a page whose appliance has a backup of these tables.
    private func withBackup(
        _ format: DumpFormat, _ body: (WebSite, BackupID) async throws -> Void
    ) async throws {
        try await WebSite.with(more: ["defaults: {format: \(format.rawValue), compression: zstd}"]) { site in
            let id = try await site.backUp()
            try await body(site, id)
        }
    }

    @Test("A backup's table comes alone", arguments: [DumpFormat.csv, .ndjson, .json])
    func alone(format: DumpFormat) async throws {
        try await withBackup(format) { site, id in
            for (table, file) in zip(StoredTables.tables(format), Self.files) {
                let answer = try await site.ask("GET /api/v1/backups/\(id)/download?table=\(file)", as: "export")
                #expect(answer.status == 200, "\(answer.body)")
                #expect(answer.body == table.text)
                #expect(answer.fields["content-length"] == "\(table.text.utf8.count)")
                #expect(answer.fields["content-encoding"] == nil)
                let name = "\(file).\(format.fileExtension)"
                #expect(answer.fields["content-disposition"] == "attachment; filename=\"\(name)\"")
            }
            let missing = try await site.ask("GET /api/v1/backups/\(id)/download?table=nobody", as: "export")
            #expect(missing.status == 404)
        }
    }

    @Test("A table that has an object is sent as it is stored to who asks for that")
    func raw() async throws {
        try await withBackup(.csv) { site, id in
            for file in Self.files {
                let path = "\(site.folder)/store/shop/\(id).csv/\(file).csv.zst"
                let stored = try Data(contentsOf: URL(fileURLWithPath: path))
                let answer = try await site.ask(
                    "GET /api/v1/backups/\(id)/download?raw=1&table=\(file)", as: "export")
                #expect(answer.status == 200, "\(answer.body)")
                #expect(answer.fields["content-type"] == "application/zstd")
                #expect(answer.fields["content-disposition"] == "attachment; filename=\"\(file).csv.zst\"")
                #expect(answer.fields["content-length"] == "\(stored.count)")
                // The client takes bodies for text: what is no UTF-8 is the same U+FFFD in both.
                #expect(answer.body == String(decoding: stored, as: UTF8.self))
            }
        }
    }

    @Test("A table of a backup of SQL is refused")
    func tableOfSQL() async throws {
        try await withBackup(.sql) { site, id in
            let answer = try await site.ask("GET /api/v1/backups/\(id)/download?table=Customers", as: "export")
            #expect(answer.status == 422)
            #expect(answer.body.contains("a dump of SQL comes whole"), "\(answer.body)")
        }
    }

    @Test(
        "A table of an export of SQL is refused before the export is started",
        arguments: ["table=Customers", "format=sql&table=Customers", "database=shop&table=Customers&format=sql"])
    func exportOfSQL(query: String) async throws {
        try await WebSite.with { site in
            try site.makeSource()
            let answer = try await site.ask("GET /export/dump?\(query)", as: "export")
            #expect(answer.status == 422, "\(answer.status) \(answer.body)")
            #expect(answer.body.contains("a dump of SQL comes whole"), "\(answer.body)")
            let catalog = try #require(try await site.appliance().readCatalog())
            #expect(try await catalog.exports(of: nil, limit: 10).isEmpty)
            #expect(try await catalog.runs(of: nil, limit: 10).isEmpty)
            await catalog.close()
        }
    }
}
