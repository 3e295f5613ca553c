import Foundation
import Glibc
import Model
import Storage
import TestSupport
import Testing

/// A directory store on disks and folders that do not do what they should.
@Suite("The directory store when things go wrong", .timeLimit(.minutes(30)))
struct DirectoryStoreFaultTests {
    /// The permission bits of a file or folder, without following a link.
    private func mode(_ path: String) throws -> mode_t {
        var status = stat()
        let result = lstat(path, &status)
        try #require(result == 0, "lstat \(path)")
        return status.st_mode & 0o777
    }

    /// Every path below a folder, hidden ones included.
    private func everything(below path: String) -> [String] {
        (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
    }

    @Test("makes folders 0700 and files 0600, whatever the umask says")
    func modes() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(.directory(path: "\(path)/backups/web"), prefix: "one/two") { store in
                try await store.create("shop/dump", [1, 2, 3])
                try await store.upload("shop/large", sampleBytes(3000), partSize: 1000)
                for folder in ["backups", "backups/web", "backups/web/one/two", "backups/web/one/two/shop"] {
                    #expect(try mode("\(path)/\(folder)") == 0o700, "\(folder)")
                }
                #expect(try mode("\(path)/backups/web/one/two/shop/dump") == 0o600)
                #expect(try mode("\(path)/backups/web/one/two/shop/large") == 0o600)
            }
        }
    }

    @Test("takes a dump's own folder away with its last object, and no folder of a database")
    func emptyFolders() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(.directory(path: path)) { store in
                try await store.create("shop/dump.csv/a", [1])
                try await store.create("shop/dump.csv/b", [1])
                let upload = try await store.beginUpload("shop/dump.csv/c", partSize: 1000)
                for key in ["shop/dump.csv/a", "shop/dump.csv/b"] { try await store.delete(key) }
                #expect(FileManager.default.fileExists(atPath: "\(path)/shop/dump.csv"), "an upload is under way there")
                await upload.abort()
                try await store.delete("shop/dump.csv/b")
                #expect(everything(below: path) == ["shop"])
                try await store.create("shop/one", [1])
                try await store.delete("shop/one")
                #expect(everything(below: path) == ["shop"])
            }
        }
    }

    @Test("sweeps the temporary files of processes that were killed, and no others")
    func sweep() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(.directory(path: path)) { store in
                try await store.create("shop/first", [1])
                let left = "\(path)/shop/.nightjar-5eed.tmp"
                let foreign = "\(path)/shop/.other.tmp"
                for file in [left, foreign] { try Data([1, 2, 3]).write(to: URL(fileURLWithPath: file)) }

                let upload = try await store.beginUpload("shop/dump", partSize: 1000)
                let part = try await upload.upload(Part(number: 1, bytes: sampleBytes(10)))
                #expect(!FileManager.default.fileExists(atPath: left))
                // The upload under way is held, so another writer's sweep leaves it alone.
                try await store.create("shop/second", [2])
                _ = try await upload.complete([part])
                #expect(try await store.bytes("shop/dump") == sampleBytes(10))
                #expect(everything(below: "\(path)/shop") == [".other.tmp", "dump", "first", "second"])
            }
        }
    }

    @Test("shows no temporary files, and lets nobody name one")
    func temporaryFilesAreHidden() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(.directory(path: path)) { store in
                try await store.create("shop/first", [1])
                try Data([1]).write(to: URL(fileURLWithPath: "\(path)/shop/.nightjar-5eed.tmp"))
                #expect(try await store.allKeys().keys == ["shop/first"])
                await failure { try await store.create("shop/.nightjar-5eed.tmp", [1]) }
                await failure { try await store.bytes("shop/.nightjar-5eed.tmp") }
            }
        }
    }

    @Test("follows no symbolic link out of the store")
    func symbolicLinks() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(.directory(path: "\(path)/store")) { store in
                try await store.create("real", [1])
                try Data([9]).write(to: URL(fileURLWithPath: "\(path)/outside"))
                try FileManager.default.createSymbolicLink(
                    atPath: "\(path)/store/link", withDestinationPath: "\(path)/outside")
                try FileManager.default.createSymbolicLink(
                    atPath: "\(path)/store/folder", withDestinationPath: path)
                #expect(try await store.head("link") == nil)
                await failure { try await store.bytes("link") }
                await failure { try await store.bytes("folder/outside") }
                await failure { try await store.create("folder/new", [2]) }
                #expect(try await store.allKeys().keys == ["real"])
                #expect(!FileManager.default.fileExists(atPath: "\(path)/new"))
            }
        }
    }

    @Test("tells when a file has shrunk while it was read")
    func shrunkenFile() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(.directory(path: path)) { store in
                try await store.create("dump", sampleBytes(600_000))
                let reader = try await store.get("dump", range: nil)
                try #require(Glibc.truncate("\(path)/dump", 1000) == 0)
                let error = await failure {
                    for try await _ in reader {}
                }
                #expect(error?.code == .io)
            }
        }
    }

    @Test("leaves nothing of an upload that lacks a part")
    func missingPart() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(.directory(path: path)) { store in
                let upload = try await store.beginUpload("dump", partSize: 1000)
                let second = try await upload.upload(Part(number: 2, bytes: sampleBytes(1000)))
                await failure { try await upload.complete([second]) }
                await failure { try await upload.complete([]) }
                await upload.abort()
                #expect(everything(below: path) == [])
            }
        }
    }

    @Test(
        "names the folder it may not write to, and what to check",
        .enabled(if: geteuid() != 0, "root may write everywhere"))
    func noPermission() async throws {
        try await withTemporaryDirectory { path in
            try #require(chmod(path, 0o500) == 0)
            try await withStore(.directory(path: path)) { store in
                let error = await failure { try await store.create("dump", [1]) }
                #expect(error?.code == .io)
                #expect(error?.hint != nil)
                #expect(error?.message.contains(path) == true)
                #expect(everything(below: path) == [])
            }
        }
    }

    @Test("tells that the path is a file, and leaves it alone")
    func rootIsAFile() async throws {
        try await withTemporaryDirectory { path in
            try Data([7]).write(to: URL(fileURLWithPath: "\(path)/file"))
            await failure {
                try await withStore(.directory(path: "\(path)/file")) { store in try await store.create("dump", [1]) }
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(path)/file")) == Data([7]))
        }
    }

    @Test(
        "leaves nothing half-written on a full disk, and works again once there is room",
        .enabled(if: FaultDisk.isAvailable, "mounting a tmpfs is not permitted here"))
    func fullDisk() async throws {
        try await withTemporaryDirectory { path in
            try await FaultDisk.mounted(at: path, size: "64k") { _ in
                try await withStore(.directory(path: path)) { store in
                    try await store.create("shop/kept", sampleBytes(8000))
                    let error = await failure { try await store.create("shop/large", sampleBytes(200_000)) }
                    #expect(error?.code == .io)
                    #expect(error?.hint != nil)

                    let upload = try await store.beginUpload("shop/dump", partSize: 16_384)
                    let partError = await failure {
                        for number in 1...10 {
                            _ = try await upload.upload(Part(number: number, bytes: sampleBytes(16_384)))
                        }
                    }
                    #expect(partError?.code == .io)
                    await upload.abort()

                    #expect(everything(below: path) == ["shop", "shop/kept"])
                    #expect(try await store.bytes("shop/kept") == sampleBytes(8000))
                    try await store.create("shop/large", sampleBytes(20_000))
                    #expect(try await store.bytes("shop/large") == sampleBytes(20_000))
                }
            }
        }
    }
}
