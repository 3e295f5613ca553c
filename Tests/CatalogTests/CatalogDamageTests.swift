import Catalog
import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

/// Ways in which a file is no catalog.
enum Damage: String, Sendable, CaseIterable {
    case garbage
    case zeros
    case aFewBytes
    case cutInTheMiddle
    case cutInTheFirstPage
    case oneByteMissingFromAPage
    case anotherApplication
    case noApplication
    case impossibleVersion
    case missingTable
    case missingOutbox
    case missingColumn
    case missingIndex

    func apply(to path: String) throws {
        let whole = try contents(path)
        switch self {
        case .garbage: try put((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }, path)
        case .zeros: try put([UInt8](repeating: 0, count: 8192), path)
        case .aFewBytes: try put(Array("hello\n".utf8), path)
        case .cutInTheMiddle: try put(Array(whole.prefix(whole.count / 8192 * 4096)), path)
        case .cutInTheFirstPage: try put(Array(whole.prefix(100)), path)
        case .oneByteMissingFromAPage: try put(Array(whole.prefix(4095)), path)
        case .anotherApplication: try change(path, "PRAGMA application_id=1")
        case .noApplication:
            _ = unlink(path)
            let database = try Database(path: path, access: .create)
            try database.execute("CREATE TABLE customers(name); INSERT INTO customers VALUES ('theirs')")
        case .impossibleVersion: try change(path, "PRAGMA user_version=-5")
        case .missingTable: try change(path, "DROP TABLE alarms")
        case .missingOutbox: try change(path, "DROP TABLE deliveries")
        case .missingColumn: try change(path, "ALTER TABLE events RENAME COLUMN text TO test")
        case .missingIndex: try change(path, "DROP INDEX runs_active")
        }
    }

    private func change(_ path: String, _ sql: String) throws {
        try Database(path: path, access: .readWrite).execute(sql)
    }
}

@Suite("A damaged catalog") struct CatalogDamageTests {
    @Test("is set aside as it was, and a new one takes its place", arguments: Damage.allCases)
    func setAside(damage: Damage) async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/catalog.db"
            try await makeCatalog(folder)
            try damage.apply(to: path)
            let damaged = try contents(path)

            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(opened.setAside == "\(path).corrupt-20260315-120000")
            #expect(opened.setAsideReason?.isEmpty == false)
            #expect(opened.isNew)
            let kept = try contents("\(path).corrupt-20260315-120000")
            #expect(kept == damaged)

            try await opened.catalog.register(["shop"], at: noon)
            let events = try await opened.catalog.events(limit: 10)
            #expect(events == [])
            await opened.catalog.close()

            let again = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(again.setAside == nil)
            #expect(!again.isNew)
            await again.catalog.close()
        }
    }

    @Test("is named to a reader, and stays where it is", arguments: Damage.allCases)
    func reading(damage: Damage) async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/catalog.db"
            try await makeCatalog(folder)
            try damage.apply(to: path)
            let error = await failure {
                let catalog = try await openCatalog(folder, .readOnly)
                _ = try await catalog.events(limit: 10)
            }
            #expect(error?.code == .io)
            #expect(error?.message.contains(path) == true)
            #expect(error?.hint != nil)
            #expect(damagedNames(in: folder) == [])
        }
    }

    @Test("gets a number where its name is taken")
    func numbers() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/catalog.db"
            var places: [String?] = []
            for _ in 0..<3 {
                try put(Array("no database".utf8), path)
                let opened = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
                places.append(opened.setAside)
                await opened.catalog.close()
            }
            let first = "\(path).corrupt-20260315-120000"
            #expect(places == [first, "\(first)-2", "\(first)-3"])
        }
    }

    @Test("leaves nothing to its successor")
    func companions() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/catalog.db"
            try put(Array("no database".utf8), path)
            try put(Array("no log".utf8), "\(path)-wal")
            try put(Array("no memory".utf8), "\(path)-shm")
            try put(Array("no journal".utf8), "\(path)-journal")
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(opened.setAside != nil)
            try await opened.catalog.register(["shop"], at: noon)
            await opened.catalog.close()

            let again = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(again.setAside == nil)
            let databases = try await again.catalog.databases()
            #expect(databases.map(\.name) == ["shop"])
            await again.catalog.close()
            let own = names(in: folder).filter { !$0.contains("corrupt") }
            #expect(own == ["catalog.db"])
        }
    }

    @Test("is not what a stale log makes of a good one")
    func staleLog() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            try put([UInt8](repeating: 0x5A, count: 10_000), "\(folder)/catalog.db-wal")
            try put([UInt8](repeating: 0xA5, count: 32_768), "\(folder)/catalog.db-shm")
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(opened.setAside == nil)
            let events = try await opened.catalog.events(limit: 10)
            #expect(events.map(\.text) == ["kept"])
            await opened.catalog.close()
        }
    }

    @Test("is noticed by one wrong byte at the head of any page")
    func pages() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/catalog.db"
            try await makeCatalog(folder)
            let whole = try contents(path)
            try #require(whole.count > 40_960)
            for page in 0..<whole.count / 4096 {
                var bytes = whole
                bytes[page == 0 ? 100 : page * 4096] ^= 0xFF
                try put(bytes, path)
                let opened = try await Catalog.open(directory: folder, access: .readWrite, at: later(Int64(page)))
                #expect(opened.setAside != nil, "page \(page + 1)")
                #expect(opened.isNew)
                await opened.catalog.close()
            }
        }
    }

    @Test("with any one byte of the file's header wrong works, is set aside, or is named")
    func header() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/catalog.db"
            try await makeCatalog(folder)
            let whole = try contents(path)
            for place in 0..<100 {
                var bytes = whole
                bytes[place] ^= 0x10
                try put(bytes, path)
                do {
                    let opened = try await Catalog.open(directory: folder, access: .readWrite, at: later(Int64(place)))
                    try await opened.catalog.register(["shop"], at: noon)
                    let run = try await opened.catalog.begin(
                        RunStart(database: "shop", trigger: .schedule, at: noon))
                    try await opened.catalog.finish(run.id, RunEnd(.completed, at: noon))
                    await opened.catalog.close()
                } catch let error as NightjarError {
                    #expect(error.code == .configuration, "byte \(place): \(error)")
                }
            }
        }
    }
}
