import Foundation
import Glibc
import Model
import Storage
import TestSupport
import Testing

/// The files that uploads into a folder leave between two processes.
@Suite("Uploads into a folder", .timeLimit(.minutes(30)))
struct DirectoryUploadTests {
    private static let partSize = 1000

    /// A folder with two stores in it, as two processes have them.
    private struct Bench {
        let path: String
        let first: any ObjectStore
        let second: any ObjectStore

        /// The names below the database's folder, hidden ones included.
        var names: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: path + "/shop")) ?? []).sorted()
        }

        func file(_ name: String) -> String { "\(path)/shop/\(name)" }

        func write(_ bytes: [UInt8], to name: String) throws {
            try FileManager.default.createDirectory(atPath: path + "/shop", withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
        }

        /// Makes a file look as if it was last written to so long ago.
        func age(_ name: String, hours: Int) throws {
            let then = timespec(tv_sec: time(nil) - hours * 3600, tv_nsec: 0)
            let result = utimensat(AT_FDCWD, file(name), [then, then], 0)
            try #require(result == 0, "utimensat \(name)")
        }

        func begin(_ key: String) async throws -> any ObjectUpload {
            try await first.beginUpload(key, partSize: Int64(DirectoryUploadTests.partSize))
        }

        func resume(_ key: String, _ id: String) async throws -> (any ObjectUpload)? {
            try await second.resumeUpload(key, id: id, partSize: Int64(DirectoryUploadTests.partSize))
        }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            let bench = Bench(
                path: path, first: try openStore(.directory(path: path)), second: try openStore(.directory(path: path)))
            try await withEnding({
                await bench.first.shutdown()
                await bench.second.shutdown()
            }) {
                try await body(bench)
            }
        }
    }

    @Test("The file is named after its object, and for its owner only")
    func name() async throws {
        try await withBench { bench in
            let upload = try await bench.begin("shop/dump.sql.zst")
            #expect(upload.id == ".nightjar-upload-dump.sql.zst.tmp")
            #expect(bench.names == [upload.id])
            #expect(FileStatus(bench.file(upload.id))?.mode == 0o600)
            await upload.abort()
            #expect(bench.names == [])
        }
    }

    @Test("A name without room has a hash in its place, and is resumed all the same", arguments: [234, 235, 255])
    func longName(_ length: Int) async throws {
        try await withBench { bench in
            let key = "shop/" + String(repeating: "n", count: length)
            let upload = try await bench.begin(key)
            #expect(upload.id.utf8.count <= 255)
            let part = try await upload.upload(Part(bytes: sampleBytes(10)))
            await upload.suspend()
            #expect(bench.names == [upload.id])
            #expect(try await bench.second.openUploads(prefix: "").map(\.key) == (length == 234 ? [key] : []))
            let resumed = try #require(try await bench.resume(key, upload.id))
            _ = try await resumed.complete([part])
            #expect(try await bench.first.bytes(key) == sampleBytes(10))
            #expect(bench.names == [String(key.dropFirst(5))])
        }
    }

    @Test("While one holds an upload, others are told that it is busy")
    func busy() async throws {
        try await withBench { bench in
            let upload = try await bench.begin("shop/dump")
            let part = try await upload.upload(Part(bytes: sampleBytes(10)))
            for error in [
                await failure { try await bench.second.beginUpload("shop/dump", partSize: 1000) },
                await failure { try await bench.resume("shop/dump", upload.id) },
            ] {
                #expect(error?.code == .busy)
                #expect(error?.isTransient == true)
                #expect(error?.hint != nil)
                #expect(error?.message.contains("shop/dump") == true)
            }
            #expect(try await bench.second.openUploads(prefix: "").map(\.id) == [upload.id])
            _ = try await upload.complete([part])
            #expect(try await bench.second.bytes("shop/dump") == sampleBytes(10))
        }
    }

    @Test("An upload that is begun again holds nothing of what was left")
    func beginsAnew() async throws {
        try await withBench { bench in
            try bench.write(sampleBytes(5000, seed: 9), to: ".nightjar-upload-dump.tmp")
            let upload = try await bench.begin("shop/dump")
            let part = try await upload.upload(Part(bytes: sampleBytes(10)))
            #expect(FileStatus(bench.file(upload.id))?.size == 10)
            _ = try await upload.complete([part])
            #expect(try await bench.second.bytes("shop/dump") == sampleBytes(10))
        }
    }

    @Test("Beginning again does no harm to an object that has a leftover for its second name")
    func leftoverIsAnObject() async throws {
        try await withBench { bench in
            try await bench.first.create("shop/kept", sampleBytes(500))
            try FileManager.default.linkItem(
                atPath: bench.file("kept"), toPath: bench.file(".nightjar-upload-dump.tmp"))
            let upload = try await bench.begin("shop/dump")
            _ = try await upload.upload(Part(bytes: sampleBytes(10, seed: 2)))
            await upload.abort()
            #expect(try await bench.second.bytes("shop/kept") == sampleBytes(500))
            #expect(bench.names == ["kept"])
        }
    }

    @Test("A process killed between an object's two names has completed its upload")
    func killedWhileCompleting() async throws {
        try await withBench { bench in
            let upload = try await bench.begin("shop/dump")
            let part = try await upload.upload(Part(bytes: sampleBytes(700)))
            await upload.suspend()
            try FileManager.default.linkItem(atPath: bench.file(upload.id), toPath: bench.file("dump"))

            let resumed = try #require(try await bench.resume("shop/dump", upload.id))
            let error = await failure { try await resumed.upload(Part(bytes: sampleBytes(700, seed: 2))) }
            #expect((error as? StoreError)?.mustStartAnew == true)
            #expect(try await resumed.complete([part]).size == 700)
            #expect(try await bench.first.bytes("shop/dump") == sampleBytes(700))
            #expect(bench.names == ["dump"])
        }
    }

    @Test("A file that has lost bytes must start anew")
    func shrunkenFile() async throws {
        try await withBench { bench in
            let upload = try await bench.begin("shop/dump")
            let part = try await upload.upload(Part(bytes: sampleBytes(700)))
            await upload.suspend()
            try #require(Glibc.truncate(bench.file(upload.id), 699) == 0)
            let resumed = try #require(try await bench.resume("shop/dump", upload.id))
            let error = await failure { try await resumed.complete([part]) }
            #expect((error as? StoreError)?.mustStartAnew == true)
            await resumed.abort()
            #expect(bench.names == [])
        }
    }

    @Test("Of a file of another name, or of one that is not there, nothing is resumed")
    func unknown() async throws {
        try await withBench { bench in
            let upload = try await bench.begin("shop/dump")
            for (key, id) in [
                ("shop/dump", "upload-1"), ("shop/other", upload.id), ("shop/other", ".nightjar-upload-other.tmp"),
                ("elsewhere/dump", upload.id),
            ] {
                let resumed = try await bench.resume(key, id)
                #expect(resumed?.id == nil, "\(key) \(id)")
            }
            await upload.abort()
        }
    }

    @Test("A failed completion can be tried again, in this process or the next")
    func completionFails() async throws {
        try await withBench { bench in
            let upload = try await bench.begin("shop/dump")
            let part = try await upload.upload(Part(bytes: sampleBytes(10)))
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await upload.complete([part])
            }
            task.cancel()
            let outcome = await task.result
            let error = await failure { try outcome.get() }
            #expect(error?.code == .cancelled)
            await upload.suspend()
            let resumed = try #require(try await bench.resume("shop/dump", upload.id))
            _ = try await resumed.complete([part])
            #expect(try await bench.first.bytes("shop/dump") == sampleBytes(10))
        }
    }

    @Test("The sweep leaves a suspended upload a day, and one that is held for ever")
    func sweep() async throws {
        try await withBench { bench in
            let upload = try await bench.begin("shop/suspended")
            let part = try await upload.upload(Part(bytes: sampleBytes(10)))
            await upload.suspend()
            let held = try await bench.begin("shop/held")
            try bench.write([1, 2, 3], to: ".nightjar-5eed.tmp")
            try bench.age(upload.id, hours: 23)
            try bench.age(held.id, hours: 50)

            try await bench.second.create("shop/first", [1])
            #expect(bench.names == [held.id, upload.id, "first"])
            let again = try #require(try await bench.resume("shop/suspended", upload.id))
            await again.suspend()
            #expect(bench.names == [held.id, upload.id, "first"])

            try bench.age(upload.id, hours: 25)
            try await bench.second.create("shop/second", [2])
            #expect(bench.names == [held.id, "first", "second"])
            let gone = try await bench.resume("shop/suspended", upload.id)
            #expect(gone?.id == nil)
            await held.abort()
            #expect(part.size == 10)
        }
    }

    @Test("An upload is listed with the time at which it was last written to")
    func begun() async throws {
        try await withBench { bench in
            let upload = try await bench.begin("shop/dump")
            try bench.age(upload.id, hours: 30)
            let modified = try #require(FileStatus(bench.file(upload.id))?.modified.first)
            #expect(
                try await bench.second.openUploads(prefix: "shop/")
                    == [OpenUpload(key: "shop/dump", id: upload.id, begun: Timestamp(seconds: Int64(modified)))])
            await upload.abort()
        }
    }
}
