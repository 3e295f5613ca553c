import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("A group of stores", .timeLimit(.minutes(5))) struct StoreGroupTests {
    private static let partSize = 16 * 1024

    /// Two folders as one group.
    private static func withGroup(
        _ second: (any ObjectStore) -> any ObjectStore = { $0 }, patience: Duration = .seconds(300),
        _ body: (StoreGroup, [any ObjectStore]) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let stores = try ["a", "b"].map { try openStore(.directory(path: "\(path)/\($0)"), prefix: "") }
            let group = StoreGroup(
                [.init(name: "a", store: stores[0]), .init(name: "b", store: second(stores[1]))], patience: patience)
            try await withEnding({ for store in stores { await store.shutdown() } }) { try await body(group, stores) }
        }
    }

    @Test("writes the same objects to all of them")
    func all() async throws {
        try await Self.withGroup { group, stores in
            let small = sampleBytes(1000), large = sampleBytes(3 * Self.partSize + 5, seed: 2)
            try await group.create("small", small)
            let info = try await group.upload("large", large, partSize: Self.partSize)
            #expect(info.size == Int64(large.count))
            for store in stores {
                #expect(try await store.bytes("small") == small)
                #expect(try await store.bytes("large") == large)
            }
            #expect(group.dropped.isEmpty)
            #expect(try await group.bytes("large", range: 5..<10) == Array(large[5..<10]))
            try await group.delete("small")
            for store in stores { #expect(try await store.head("small") == nil) }
        }
    }

    @Test("goes on with an upload in all of them")
    func resumed() async throws {
        try await Self.withGroup { group, stores in
            let bytes = sampleBytes(2 * Self.partSize)
            let begun = try await group.beginUpload("x", partSize: Int64(Self.partSize))
            let first = try await begun.upload(Part(number: 1, bytes: Array(bytes[..<Self.partSize])))
            await begun.suspend()
            let upload = try #require(try await group.resumeUpload("x", id: begun.id, partSize: Int64(Self.partSize)))
            let second = try await upload.upload(Part(number: 2, bytes: Array(bytes[Self.partSize...])))
            _ = try await upload.complete([first, second])
            for store in stores { #expect(try await store.bytes("x") == bytes) }
        }
    }

    @Test("loses none of its stores where what is left of uploads is ended")
    func ending() async throws {
        try await Self.withGroup { group, stores in
            let begun = try await group.beginUpload("x", partSize: Int64(Self.partSize))
            _ = try await begun.upload(Part(number: 1, bytes: sampleBytes(Self.partSize)))
            await begun.suspend()
            for open in try await group.openUploads(prefix: "") {
                try await group.resumeUpload(open.key, id: open.id, partSize: 1)?.abort()
            }
            #expect(group.live.map(\.name) == ["a", "b"])
            for store in stores { #expect(try await store.openUploads(prefix: "").isEmpty) }
            let bytes = sampleBytes(2 * Self.partSize)
            _ = try await group.upload("x", bytes, partSize: Self.partSize)
            for store in stores { #expect(try await store.bytes("x") == bytes) }
        }
    }

    @Test("goes on without a store that has lost the upload")
    func forgotten() async throws {
        try await Self.withGroup { group, stores in
            let bytes = sampleBytes(2 * Self.partSize)
            let begun = try await group.beginUpload("x", partSize: Int64(Self.partSize))
            let first = try await begun.upload(Part(number: 1, bytes: Array(bytes[..<Self.partSize])))
            await begun.suspend()
            for open in try await stores[1].openUploads(prefix: "") {
                try await stores[1].resumeUpload(open.key, id: open.id, partSize: 1)?.abort()
            }
            let upload = try #require(try await group.resumeUpload("x", id: begun.id, partSize: Int64(Self.partSize)))
            let second = try await upload.upload(Part(number: 2, bytes: Array(bytes[Self.partSize...])))
            _ = try await upload.complete([first, second])
            #expect(group.live.map(\.name) == ["a"])
            #expect(try await stores[0].bytes("x") == bytes)
            #expect(try await stores[1].head("x") == nil)
        }
    }

    @Test("drops one that fails, and goes on in the other", arguments: [0, 1, 2, 3])
    func dropping(failingAt: Int) async throws {
        try await Self.withGroup({ FlakyStore($0, failingAt: failingAt) }) { group, stores in
            let bytes = sampleBytes(2 * Self.partSize + 1)
            let info = try await group.upload("x", bytes, partSize: Self.partSize)
            #expect(info.size == Int64(bytes.count))
            #expect(try await stores[0].bytes("x") == bytes)
            #expect(group.live.map(\.name) == ["a"])
            #expect(group.dropped.keys.sorted() == ["b"])
            #expect(try await stores[1].head("x") == nil)
            // It is asked for nothing any more.
            try await group.create("y", bytes)
            #expect(try await stores[1].head("y") == nil)
        }
    }

    @Test("fails where all of them do, and drops none")
    func allFail() async throws {
        try await Self.withGroup { group, _ in
            try await group.create("x", [1])
            let error = await #expect(throws: StoreError.self) { try await group.create("x", [2]) }
            #expect(error?.code == .exists)
            #expect(group.dropped.isEmpty)
        }
    }

    @Test("waits no longer than its patience for one that does not answer")
    func silence() async throws {
        let (gate, opening) = AsyncStream<Void>.makeStream()
        defer { opening.finish() }
        try await Self.withGroup({ SilentStore(store: $0, gate: gate) }, patience: .milliseconds(10)) { group, stores in
            try await group.create("x", [1, 2, 3])
            #expect(group.live.map(\.name) == ["a"])
            #expect((group.dropped["b"] as? StoreError)?.code == .unreachable)
            #expect(try await stores[0].bytes("x") == [1, 2, 3])
        }
    }
}

/// Fails from one of its requests on.
private final class FlakyStore: ForwardingStore {
    let store: any ObjectStore
    private let failingAt: Int
    private let asked = Mutex(0)

    init(_ store: any ObjectStore, failingAt: Int) {
        self.store = store
        self.failingAt = failingAt
    }

    fileprivate func ask() throws {
        let number = asked.withLock { count in
            defer { count += 1 }
            return count
        }
        guard number < failingAt else {
            throw StoreError(
                .unreachable, operation: "write to", key: "", location: location, reason: "the store is away",
                isTransient: true)
        }
    }

    func create(_ key: String, _ part: Part) async throws -> ObjectInfo {
        try ask()
        return try await store.create(key, part)
    }

    func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload {
        try ask()
        return FlakyUpload(store: self, upload: try await store.beginUpload(key, partSize: partSize))
    }
}

private struct FlakyUpload: ObjectUpload {
    let store: FlakyStore
    let upload: any ObjectUpload

    var id: String { upload.id }

    func upload(_ part: Part) async throws -> UploadedPart {
        try store.ask()
        return try await upload.upload(part)
    }

    func complete(_ parts: [UploadedPart]) async throws -> ObjectInfo { try await upload.complete(parts) }
    func abort() async -> Bool { await upload.abort() }
    func suspend() async { await upload.suspend() }
}

/// Does not answer before its gate is opened.
private struct SilentStore: ForwardingStore {
    let store: any ObjectStore
    let gate: AsyncStream<Void>

    func create(_ key: String, _ part: Part) async throws -> ObjectInfo {
        // Deaf to cancellation, as a disk is that hangs.
        await Task.detached { for await _ in gate {} }.value
        return try await store.create(key, part)
    }
}
