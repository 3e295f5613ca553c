import Catalog
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("Opening a catalog") struct CatalogOpeningTests {
    @Test("A new one is for its owner alone, and is found again")
    func new() async throws {
        try await withTemporaryDirectory { folder in
            let first = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(first.isNew)
            #expect(first.setAside == nil)
            #expect(first.catalog.path == "\(folder)/catalog.db")
            try await first.catalog.add(EventRecord(at: noon, kind: .applianceStarted, text: "started"))
            for name in ["catalog.db", "catalog.db-wal", "catalog.db-shm"] {
                #expect(FileStatus("\(folder)/\(name)")?.mode == 0o600, "\(name)")
            }
            let made = try await first.catalog.time(of: .createdAt)
            #expect(made == noon)
            await first.catalog.close()

            let second = try await Catalog.open(directory: folder, access: .readWrite, at: later(60))
            #expect(!second.isNew)
            let events = try await second.catalog.events(limit: 10)
            #expect(events.map(\.text) == ["started"])
            let stillMade = try await second.catalog.time(of: .createdAt)
            #expect(stillMade == noon)
            await second.catalog.close()
            #expect(names(in: folder) == ["catalog.db"])
        }
    }

    @Test("Rights that others have to it are taken away")
    func rights() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            _ = chmod("\(folder)/catalog.db", 0o666)
            let catalog = try await openCatalog(folder)
            try await catalog.add(EventRecord(at: noon, kind: .applianceStarted, text: "again"))
            for name in ["catalog.db", "catalog.db-wal", "catalog.db-shm"] {
                #expect(FileStatus("\(folder)/\(name)")?.mode == 0o600, "\(name)")
            }
            await catalog.close()
        }
    }

    @Test("What was not closed is found again")
    func unclosed() async throws {
        try await withTemporaryDirectory { folder in
            let left = try await openCatalog(folder)
            try await left.add(EventRecord(at: noon, kind: .applianceStarted, text: "left"))
            let second = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(!second.isNew)
            let events = try await second.catalog.events(limit: 10)
            #expect(events.map(\.text) == ["left"])
            await second.catalog.close()
            await left.close()
        }
    }

    @Test("A closed one says so")
    func closed() async throws {
        try await withCatalog { catalog, _ in
            await catalog.close()
            let error = await failure { _ = try await catalog.databases() }
            #expect(error?.code == .internal)
            #expect(error?.message.contains("closed") == true)
        }
    }

    @Test("A newer nightjar's is refused, and stays as it is", arguments: [CatalogAccess.readWrite, .readOnly])
    func newer(access: CatalogAccess) async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/catalog.db"
            try await makeCatalog(folder)
            try Database(path: path, access: .readWrite).execute("PRAGMA user_version=4711; CREATE TABLE novelty(a)")
            let before = try contents(path)
            let error = await failure { _ = try await openCatalog(folder, access) }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("written by a newer nightjar") == true)
            #expect(error?.hint != nil)
            let after = try contents(path)
            #expect(before == after)
            #expect(damagedNames(in: folder) == [])
        }
    }

    @Test("An empty file is a new catalog")
    func empty() async throws {
        try await withTemporaryDirectory { folder in
            try put([], "\(folder)/catalog.db")
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(opened.isNew)
            #expect(opened.setAside == nil)
            try await opened.catalog.register(["shop"], at: noon)
            await opened.catalog.close()
        }
    }

    @Test("What is no file is named, and stays", arguments: ["directory", "pipe"])
    func notAFile(kind: String) async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/catalog.db"
            if kind == "pipe" { _ = mkfifo(path, 0o600) } else { _ = mkdir(path, 0o700) }
            for access in [CatalogAccess.readWrite, .readOnly] {
                let error = await failure { _ = try await openCatalog(folder, access) }
                #expect(error?.code == .io)
                #expect(error?.message.contains(path) == true)
                #expect(error?.hint != nil)
            }
            #expect(names(in: folder) == ["catalog.db"])
        }
    }

    @Test("A missing directory is not made")
    func missingDirectory() async throws {
        try await withTemporaryDirectory { folder in
            let error = await failure { _ = try await openCatalog("\(folder)/state") }
            #expect(error?.code == .io)
            #expect(error?.message.contains("\(folder)/state") == true)
            #expect(error?.hint != nil)
            #expect(names(in: folder) == [])
        }
    }

    @Test("A file that is deleted or replaced is noticed")
    func inPlace() async throws {
        try await withCatalog { catalog, folder in
            let before = await catalog.isInPlace()
            #expect(before)
            _ = unlink("\(folder)/catalog.db")
            let deleted = await catalog.isInPlace()
            #expect(!deleted)
            try put([], "\(folder)/other")
            _ = rename("\(folder)/other", "\(folder)/catalog.db")
            let replaced = await catalog.isInPlace()
            #expect(!replaced)
        }
    }
}
