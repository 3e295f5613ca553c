import Catalog
import Foundation
import Glibc
import Model
import TestSupport
import Testing

@Suite("A reader of the catalog") struct CatalogReadingTests {
    @Test("makes none where there is none")
    func missing() async throws {
        try await withTemporaryDirectory { folder in
            let error = await failure { _ = try await openCatalog(folder, .readOnly) }
            #expect(error?.code == .missing)
            #expect(error?.hint != nil)
            #expect(names(in: folder) == [])
        }
    }

    @Test("waits for one that is still being made")
    func unfinished() async throws {
        try await withTemporaryDirectory { folder in
            try put([], "\(folder)/catalog.db")
            let error = await failure { _ = try await openCatalog(folder, .readOnly) }
            #expect(error?.code == .busy)
            #expect(error?.isTransient == true)
        }
    }

    @Test("changes nothing")
    func writing() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            let reader = try await openCatalog(folder, .readOnly)
            let error = await failure { try await reader.register(["shop"], at: noon) }
            #expect(error?.code == .io)
            let databases = try await reader.databases()
            #expect(databases == [])
            await reader.close()
        }
    }

    @Test("sees what a writer has done, while it goes on")
    func whileWriting() async throws {
        try await withCatalog { writer, folder in
            let writing = Task {
                for number in 1...200 {
                    try await writer.add(EventRecord(at: noon, kind: .backupCompleted, text: "\(number)"))
                }
            }
            let reader = try await openCatalog(folder, .readOnly)
            var seen = 0
            for _ in 0..<50 {
                let events = try await reader.events(limit: 1000)
                #expect(events.count >= seen)
                let expected = events.indices.map { "\($0 + 1)" }
                #expect(events.map(\.text) == expected)
                seen = events.count
            }
            try await writing.value
            let events = try await reader.events(limit: 1000)
            #expect(events.count == 200)
            await reader.close()
        }
    }

    @Test(
        "needs no writable directory once the writer has closed the catalog",
        .enabled(if: ReadOnlyFolder.isAvailable, "mounting is not permitted here"))
    func readOnlyFolder() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            try await ReadOnlyFolder.run(folder) { view in
                let reader = try await openCatalog(view, .readOnly)
                let events = try await reader.events(limit: 10)
                #expect(events.map(\.text) == ["kept"])
                await reader.close()
                #expect(names(in: view) == ["catalog.db"])
            }
        }
    }

    @Test(
        "of a directory that cannot be written is told of a log that waits there",
        .enabled(if: ReadOnlyFolder.isAvailable, "mounting is not permitted here"))
    func readOnlyFolderWithLog() async throws {
        try await withCatalog { catalog, folder in
            try await catalog.register(["shop"], at: noon)
            try await withTemporaryDirectory { copy in
                for name in ["catalog.db", "catalog.db-wal"] {
                    try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(copy)/\(name)")
                }
                try await ReadOnlyFolder.run(copy) { view in
                    let error = await failure { _ = try await openCatalog(view, .readOnly) }
                    #expect(error?.code == .io)
                    #expect(error?.message.contains("write-ahead log") == true)
                    #expect(error?.hint != nil)
                }
            }
        }
    }

    @Test(
        "is all that a directory that cannot be written allows",
        .enabled(if: ReadOnlyFolder.isAvailable, "mounting is not permitted here"), arguments: [true, false])
    func writerInReadOnlyFolder(isThere: Bool) async throws {
        try await withTemporaryDirectory { folder in
            if isThere { try await makeCatalog(folder) }
            let before = names(in: folder)
            try await ReadOnlyFolder.run(folder) { view in
                let error = await failure { _ = try await openCatalog(view) }
                #expect(error?.code == .io)
                #expect(error?.message.contains(view) == true)
                #expect(error?.hint != nil)
            }
            #expect(names(in: folder) == before)
        }
    }
}

@Suite("A full disk") struct CatalogSpaceTests {
    @Test(
        "is named, sets nothing aside, and is forgotten once there is room",
        .enabled(if: SmallDisk.isAvailable, "mounting a tmpfs is not permitted here"))
    func opening() async throws {
        try await SmallDisk.run { folder in
            let filling = try SmallDisk.fill(folder)
            let error = await failure { _ = try await openCatalog(folder) }
            #expect(error?.code == .io)
            #expect(error?.message.contains("no space for the catalog") == true)
            #expect(error?.isTransient == true)
            #expect(damagedNames(in: folder) == [])

            _ = unlink(filling)
            let opened = try await Catalog.open(directory: folder, access: .readWrite, at: noon)
            #expect(opened.isNew)
            #expect(opened.setAside == nil)
            await opened.catalog.close()
        }
    }

    @Test(
        "leaves what was written, and the catalog goes on by itself once there is room",
        .enabled(if: SmallDisk.isAvailable, "mounting a tmpfs is not permitted here"))
    func writing() async throws {
        try await SmallDisk.run { folder in
            let catalog = try await openCatalog(folder)
            let filling = try SmallDisk.fill(folder)
            let text = String(repeating: "x", count: 4000)
            var count = 0
            var error: (any Failure)?
            while error == nil && count < 1000 {
                error = await failure {
                    try await catalog.add(EventRecord(at: noon, kind: .backupFailed, text: text))
                }
                if error == nil { count += 1 }
            }
            #expect(error?.code == .io)
            #expect(error?.message.contains("no space for the catalog") == true)
            let kept = try await catalog.events(limit: 2000)
            #expect(kept.count == count)

            _ = unlink(filling)
            try await catalog.add(EventRecord(at: noon, kind: .backupFailed, text: text))
            let events = try await catalog.events(limit: 2000)
            #expect(events.count == count + 1)
            await catalog.close()
        }
    }
}
