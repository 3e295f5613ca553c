import Dump
import Foundation
import Model
import SQLite
import TestSupport
import Testing

@testable import Appliance

@Suite("Exports as plain files", .timeLimit(.minutes(30)))
struct PlainExportTests {
    /// Two tables of one and of two rows, and one that a virtual table keeps.
    private static let script = """
        CREATE TABLE orders(id INTEGER PRIMARY KEY, note TEXT); INSERT INTO orders VALUES (1, 'a'), (2, NULL);
        CREATE TABLE "order items"(a); INSERT INTO "order items" VALUES (x'00ff');
        CREATE VIRTUAL TABLE found USING fts5(words); INSERT INTO found VALUES ('one two');
        """

    private func makeSource(_ site: Site, _ sql: String = PlainExportTests.script) throws {
        let database = try Database(path: "\(site.path)/shop.db", access: .create)
        try database.execute(sql)
    }

    /// - Parameter folder: Below the site's.
    private func export(
        _ site: Site, _ format: DumpFormat = .csv, to folder: String = "out", tables: [String] = [], force: Bool = false
    ) async throws -> PlainExport.Outcome {
        try await PlainExport(
            appliance: site.appliance(), database: "shop",
            options: .init(directory: "\(site.path)/\(folder)", format: format, tables: tables, force: force),
            progress: RunProgress()
        ).run()
    }

    /// Hidden ones too; empty where there is no such folder.
    private func files(_ site: Site, _ folder: String = "out") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(site.path)/\(folder)")) ?? []).sorted()
    }

    private func text(_ site: Site, _ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(site.path)/\(name)")), as: UTF8.self)
    }

    private func write(_ text: String, to name: String, of site: Site) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(site.path)/\(name)"))
    }

    private func make(folder: String, of site: Site) throws {
        try FileManager.default.createDirectory(atPath: "\(site.path)/\(folder)", withIntermediateDirectories: true)
    }

    /// Waits until an export has written bytes of a file.
    /// - Parameter folder: Below the site's, as for the export, which may make it.
    private func waitForBytes(_ site: Site, in folder: String) async throws {
        let steps: [Substring] = folder.split(separator: "/") + [Substring(ExportFolder.prefix)]
        var place = ""
        // One after the other: a folder can be watched when it is there.
        for step in steps {
            let above = place
            let watch = try FolderWatch(site.path + above)
            try await watch.wait(until: "there is \(step)") { files(site, above).contains { $0.hasPrefix(step) } }
            let name = try #require(files(site, above).first { $0.hasPrefix(step) })
            place = "\(above)/\(name)"
        }
        let hidden = place
        let watch = try FolderWatch(site.path + hidden)
        try await watch.wait(until: "a file has bytes") {
            files(site, hidden).contains { (FileStatus("\(site.path)\(hidden)/\($0)")?.size ?? 0) > 0 }
        }
    }

    // MARK: What is written

    @Test(
        "hold all rows, under names that say which",
        arguments: [
            (DumpFormat.csv, ["order%20items.csv", "orders.csv", "schema.sql"]), (.json, ["schema.sql", "shop.json"]),
            (.ndjson, ["order%20items.ndjson", "orders.ndjson", "schema.sql"]), (.sql, ["shop.sql"]),
        ])
    func formats(format: DumpFormat, names: [String]) async throws {
        try await withSite { site in
            try makeSource(site)
            try site.configure([("shop", ["compression: {zstd: 9}", "format: ndjson"])])
            let outcome = try await export(site, format)
            #expect(files(site) == names)
            #expect(outcome.format == format)
            #expect(outcome.compression == "none", "what the backups are is another matter")
            #expect(outcome.files.map(\.name).sorted() == names)
            #expect(outcome.bytes == outcome.files.reduce(0) { $0 + $1.bytes })
            let schema = try text(site, format == .sql ? "out/shop.sql" : "out/schema.sql")
            #expect(schema.contains("CREATE TABLE orders(id INTEGER PRIMARY KEY, note TEXT)"))
            #expect(schema.contains("fts5") == (format == .sql), "rows alone carry no virtual table")
            #expect(outcome.notes.contains { $0.contains("found") } == (format != .sql), "\(outcome.notes)")
            if format != .sql {
                #expect(outcome.tables == 2)
                #expect(outcome.rows == 3)
            }
        }
    }

    @Test("hold the values in the format's own words")
    func values() async throws {
        try await withSite { site in
            try makeSource(site)
            try site.configure([("shop", [])])
            _ = try await export(site, .csv)
            #expect(try text(site, "out/orders.csv") == "id,note\r\n1,a\r\n2,\r\n")
            #expect(try text(site, "out/order%20items.csv") == "a\r\n\\x00FF\r\n")
            _ = try await export(site, .ndjson, force: true)
            #expect(try text(site, "out/orders.ndjson") == "{\"id\":1,\"note\":\"a\"}\n{\"id\":2,\"note\":null}\n")
            #expect(files(site).count == 5, "schema.sql is one of both: \(files(site))")
        }
    }

    @Test("tell of values at odds with their column's type", arguments: DumpFormat.allCases)
    func valuesAtOdds(_ format: DumpFormat) async throws {
        try await withSite { site in
            try makeSource(
                site,
                """
                CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, '12'), (2, 3), (3, 'word');
                PRAGMA writable_schema=ON;
                UPDATE sqlite_schema SET sql='CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER)' WHERE name='t';
                PRAGMA writable_schema=RESET;
                """)
            try site.configure([("shop", [])])
            let outcome = try await export(site, format)
            #expect(
                outcome.notes.contains { $0.hasPrefix("t: 1 row with values at odds with their column's type") },
                "which takes no digest of all rows: \(outcome.notes)")
        }
    }

    @Test("are made of a service's database, of which a table alone is read where one is named")
    func remote() async throws {
        try await withSite { site in
            try makeSource(
                site,
                """
                CREATE TABLE first(a); INSERT INTO first VALUES (1); CREATE TABLE second(a);
                CREATE VIEW both AS SELECT * FROM first, second;
                """)
            try await withRemoteDouble(.d1, database: "\(site.path)/shop.db") { double in
                try site.write(
                    """
                    state_dir: "\(site.state)"
                    scratch_dir: "\(site.scratch)"
                    stores: {disk: {type: directory, path: "\(site.store)"}}
                    databases:
                      shop:
                        d1: {account_id: \(RemoteDouble.account), database_id: \(RemoteDouble.databaseID),
                             url: "http://127.0.0.1:\(double.port)/client/v4", token: "\(double.token)"}
                        breathing: {pause: 0s}

                    """)
                let outcome = try await export(site, tables: ["First"])
                #expect(files(site) == ["first.csv", "schema.sql"])
                #expect(try text(site, "out/first.csv") == "a\r\n\\i1\r\n")
                #expect(outcome.snapshot.method == .mirror)
                #expect(double.statements.contains { $0.sql.contains("FROM \"first\"") })
                #expect(!double.statements.contains { $0.sql.contains("FROM \"second\"") })

                let error = await #expect(throws: NightjarError.self) {
                    try await export(site, to: "other", tables: ["third"])
                }
                #expect(error?.code == .missing)
                #expect(error?.hint?.contains("first, second") == true, "\(error?.hint ?? "")")
                #expect(files(site, "other") == [])
            }
        }
    }

    @Test("neither ask the store nor leave anything of theirs in the folders of the appliance")
    func storeIsNotAsked() async throws {
        try await withSite { site in
            try makeSource(site)
            try write("no folder", to: "store", of: site)
            try site.configure([("shop", [])])
            _ = try await export(site)
            #expect(files(site) == ["order%20items.csv", "orders.csv", "schema.sql"])
            #expect(files(site, "scratch") == [])
            #expect(!FileManager.default.fileExists(atPath: site.state))
        }
    }

    // MARK: What is refused

    @Test("are refused of what is no table by itself", arguments: [DumpFormat.csv, .json, .ndjson, .sql])
    func tables(_ format: DumpFormat) async throws {
        try await withSite { site in
            try makeSource(site)
            try site.configure([("shop", [])])
            let refusals: [(String, FailureCode)] = [
                ("nothing", .missing), ("found", .usage), ("found_content", .usage), ("sqlite_master", .usage),
            ]
            for (table, code) in refusals {
                let error = await #expect(throws: NightjarError.self) {
                    try await export(site, format, tables: ["orders", table])
                }
                #expect(error?.code == code, "\(table): \(String(describing: error))")
                #expect(error?.message.contains(table) == true)
                if code == .missing { #expect(error?.hint == "It has: orders, order items") }
            }
            #expect(!FileManager.default.fileExists(atPath: site.path + "/out"), "nor is the folder left")
        }
    }

    @Test("are refused before the database is looked at, where a name is known to be taken")
    func takenBefore() async throws {
        try await withSite { site in
            // Nothing is there to be read.
            try site.configure([("shop", [])])
            try make(folder: "out", of: site)
            for (format, name) in [
                (DumpFormat.csv, "schema.sql"), (.json, "shop.json"), (.ndjson, "schema.sql"), (.sql, "shop.sql"),
            ] {
                try write("mine", to: "out/\(name)", of: site)
                let error = await #expect(throws: NightjarError.self) { try await export(site, format) }
                #expect(error?.code == .exists, "\(String(describing: error))")
                #expect(error?.message.contains(name) == true)
                #expect(files(site) == [name])
                try FileManager.default.removeItem(atPath: "\(site.path)/out/\(name)")
            }
        }
    }

    @Test("are refused together where one table's name is taken, and replace it where that is asked for")
    func taken() async throws {
        try await withSite { site in
            try makeSource(site)
            try site.configure([("shop", [])])
            try make(folder: "out", of: site)
            try write("mine", to: "out/orders.csv", of: site)
            try write("mine", to: "out/customers.csv", of: site)
            let error = await #expect(throws: NightjarError.self) { try await export(site) }
            #expect(error?.code == .exists)
            #expect(files(site) == ["customers.csv", "orders.csv"])
            #expect(try text(site, "out/orders.csv") == "mine")

            _ = try await export(site, force: true)
            #expect(files(site) == ["customers.csv", "order%20items.csv", "orders.csv", "schema.sql"])
            #expect(try text(site, "out/orders.csv") == "id,note\r\n1,a\r\n2,\r\n")
            #expect(try text(site, "out/customers.csv") == "mine")
        }
    }

    @Test("are refused together where a name is taken only when all files are made")
    func takenAtTheEnd() async throws {
        try await withSite { site in
            try make(folder: "out", of: site)
            let folder = try ExportFolder(site.path + "/out", force: false)
            for name in ["a", "b", "c"] {
                try Data(name.utf8).write(to: URL(fileURLWithPath: "\(folder.workPath)/\(name)"))
            }
            try write("mine", to: "out/b", of: site)
            let error = #expect(throws: NightjarError.self) { try folder.publish(["a", "b", "c"]) }
            #expect(error?.code == .exists)
            folder.remove()
            #expect(files(site) == ["b"])
            #expect(try text(site, "out/b") == "mine")
        }
    }

    @Test("are refused where nothing can be written", arguments: [false, true])
    func unwritable(force: Bool) async throws {
        try await withSite { site in
            try makeSource(site)
            try site.configure([("shop", [])])
            try write("a file", to: "file", of: site)
            try FileManager.default.createSymbolicLink(
                atPath: site.path + "/link", withDestinationPath: site.path + "/nowhere")
            for folder in ["file", "file/out", "file/out/deeper", "link"] {
                let error = await #expect(throws: NightjarError.self) {
                    try await export(site, to: folder, force: force)
                }
                #expect(error?.code == .exists, "\(folder): \(String(describing: error))")
            }
            // Not even --force puts a file in the place of a folder or of a link.
            try make(folder: "out/orders.csv", of: site)
            var error = await #expect(throws: NightjarError.self) { try await export(site, force: force) }
            #expect(error?.code == .exists)
            try FileManager.default.removeItem(atPath: site.path + "/out/orders.csv")
            try FileManager.default.createSymbolicLink(
                atPath: site.path + "/out/orders.csv", withDestinationPath: site.path + "/file")
            error = await #expect(throws: NightjarError.self) { try await export(site, force: force) }
            #expect(error?.code == .exists)
            #expect(try text(site, "file") == "a file")
            #expect(files(site) == ["orders.csv"])
        }
    }

    @Test(
        "where the disk is full, and leave nothing there",
        .enabled(if: FaultDisk.isAvailable, "mounting a tmpfs is not permitted here"))
    func fullDisk() async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            try site.configure([("shop", [])])
            try await FaultDisk.mounted(at: site.path + "/out", size: "2m") { _ in
                let error = await #expect(throws: NightjarError.self) { try await export(site) }
                #expect(error?.code == .io)
                #expect(error?.lacksSpace == true)
                #expect(error?.message == "t.csv could not be written into \(site.path)/out: No space left on device")
                #expect(files(site) == [])
            }
            #expect(files(site, "scratch") == [])
        }
    }

    @Test("are refused of a database that is not there")
    func missing() async throws {
        try await withSite { site in
            try site.configure([("shop", []), ("blog", [])])
            let source = await #expect(throws: NightjarError.self) { try await export(site) }
            #expect(source?.code == .missing)
            let appliance = try site.appliance()
            let unknown = await #expect(throws: NightjarError.self) {
                try await PlainExport(
                    appliance: appliance, database: "shpo", options: .init(directory: site.path + "/out"),
                    progress: RunProgress()
                ).run()
            }
            #expect(unknown?.code == .missing)
            #expect(!FileManager.default.fileExists(atPath: site.path + "/out"))
        }
    }

    // MARK: What is stopped

    @Test("leave nothing when they are stopped", arguments: [DumpFormat.csv, .json, .ndjson, .sql])
    func cancelled(_ format: DumpFormat) async throws {
        try await withSite { site in
            // The first table's text fills a block in any format, and its one row ends no chunk: the first pause comes
            // behind it. Reading the second one takes longer than the work between two pauses.
            try makeSource(
                site,
                """
                PRAGMA journal_mode=WAL; CREATE TABLE first(a BLOB); INSERT INTO first VALUES (randomblob(300000));
                CREATE TABLE second(a);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
                INSERT INTO second SELECT 'row ' || i FROM n;
                """)
            try site.configure([("shop", ["breathing: {work: 10ms, pause: 5s}", "chunk_rows: 10"])])
            let work = Task { _ = try await export(site, format, to: "deep/out") }
            try await waitForBytes(site, in: "deep/out")
            #expect(files(site, "deep/out").count == 1, "it is at work in a hidden folder")
            work.cancel()
            await #expect(throws: (any Error).self) { try await work.value }
            #expect(!FileManager.default.fileExists(atPath: site.path + "/deep"))
            #expect(files(site, "scratch") == [])
        }
    }

    @Test("sweep what killed ones have left, and nothing that somebody works with")
    func sweep() async throws {
        try await withSite { site in
            try makeSource(site)
            try site.configure([("shop", [])])
            try make(folder: "out/.nightjar-export-1-1", of: site)
            try write("half", to: "out/.nightjar-export-1-1/orders.csv", of: site)
            let other = try ExportFolder(site.path + "/out", force: false)
            _ = try await export(site)
            let hidden = URL(fileURLWithPath: other.workPath).lastPathComponent
            #expect(files(site) == [hidden, "order%20items.csv", "orders.csv", "schema.sql"])
            other.remove()
            #expect(files(site) == ["order%20items.csv", "orders.csv", "schema.sql"])
        }
    }
}
