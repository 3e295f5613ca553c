import Model
import Storage
import TestSupport
import Testing

/// That what is counted is what has happened.
@Suite("What a store is asked for is counted", .timeLimit(.minutes(30)))
struct MeteredStoreTests {
    /// `get ok`, and how often.
    private func counts(_ meter: StoreMeter) -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: meter.counts.map { ("\($0.operation) \($0.outcome)", $0.count) })
    }

    private func withMeteredDirectory(_ body: (any ObjectStore, StoreMeter) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            let meter = StoreMeter(store: "disk")
            let store = MeteredStore(try openStore(.directory(path: path)), meter: meter)
            try await body(store, meter)
            await store.shutdown()
        }
    }

    @Test("each operation by its name, and the bytes both ways")
    func everyOperation() async throws {
        try await withMeteredDirectory { store, meter in
            try await store.create("small", sampleBytes(1000))
            try await store.upload("large", sampleBytes(25_000), partSize: 10_000)
            let begun = try await store.beginUpload("other", partSize: 10_000)
            await begun.suspend()
            let resumed = try #require(try await store.resumeUpload("other", id: begun.id, partSize: 10_000))
            _ = try await store.openUploads(prefix: "")
            await resumed.abort()
            _ = try await store.head("small")
            _ = try await store.head("absent")
            _ = try await store.bytes("large", range: 5..<305)
            _ = try await store.allKeys()
            try await store.delete("small")
            let expected: [String: Int64] = [
                "create ok": 1, "begin_upload ok": 2, "upload_part ok": 3, "complete ok": 1, "resume_upload ok": 1,
                "list_uploads ok": 1, "abort ok": 1, "head ok": 2, "get ok": 1, "list ok": 1, "delete ok": 1,
            ]
            #expect(counts(meter) == expected)
            #expect(meter.bytesSent == 26_000)
            #expect(meter.bytesReceived == 300)
            #expect(meter.retries == 0)
            #expect(meter.counts.allSatisfy { $0.store == "disk" })
        }
    }

    @Test("failures by their code, and their bytes not at all")
    func failures() async throws {
        try await withMeteredDirectory { store, meter in
            try await store.create("taken", sampleBytes(10))
            await failure { try await store.create("taken", sampleBytes(999)) }
            await failure { try await store.bytes("absent") }
            await failure { try await store.head("../outside") }
            let upload = try await store.beginUpload("dump", partSize: 100)
            await failure { try await upload.upload(Part(number: 1, bytes: sampleBytes(101))) }
            await failure { try await upload.complete([]) }
            await upload.abort()
            let expected: [String: Int64] = [
                "create ok": 1, "create exists": 1, "get missing": 1, "head io": 1, "begin_upload ok": 1,
                "upload_part internal": 1, "complete internal": 1, "abort ok": 1,
            ]
            #expect(counts(meter) == expected)
            #expect(meter.bytesSent == 10)
            #expect(meter.bytesReceived == 0)
        }
    }

    @Test("a read once, when it has ended or nobody wants the rest")
    func reading() async throws {
        try await withMeteredDirectory { store, meter in
            try await store.create("object", sampleBytes(700_000))
            do {
                let reader = try await store.get("object", range: nil)
                #expect(counts(meter)["get ok"] == nil)
                var iterator = reader.makeAsyncIterator()
                let first = try #require(try await iterator.next())
                #expect(meter.bytesReceived == Int64(first.count))
                while try await iterator.next() != nil {}
                #expect(counts(meter)["get ok"] == 1)
                #expect(try await iterator.next() == nil)
            }
            #expect(counts(meter)["get ok"] == 1)
            #expect(meter.bytesReceived == 700_000)
            // Of which only the size is wanted.
            #expect(try await size(of: "object", in: store) == 700_000)
            #expect(counts(meter)["get ok"] == 2)
            #expect(meter.bytesReceived == 700_000)
        }
    }

    private func size(of key: String, in store: any ObjectStore) async throws -> Int64 {
        try await store.get(key, range: nil).size
    }

    @Test("a read that breaks off by the code of what broke it")
    func brokenRead() async throws {
        let meter = StoreMeter(store: "broken")
        let store = MeteredStore(BreakingStore(), meter: meter)
        let error = await failure { try await store.bytes("object") }
        #expect(error?.code == .unreachable)
        #expect(counts(meter)["get unreachable"] == 1)
        #expect(counts(meter).count == 1)
        #expect(meter.bytesReceived == 3)
    }

    @Test("an operation that was tried again counts once, and so does each new try")
    func retries() async throws {
        try await withR2Double(minimumPartSize: doublePartSize) { double in
            let meter = StoreMeter(store: "r2")
            var configuration = s3Configuration(of: double, attempts: 4)
            configuration.onRetry = { meter.addRetry() }
            let store = MeteredStore(try openStore(.s3(configuration)), meter: meter)
            double.inject(.status(503, code: "SlowDown"), matching: .operation(.headObject), times: 2)
            _ = try await store.head("object")
            #expect(counts(meter)["head ok"] == 1)
            #expect(meter.retries == 2)

            double.inject(.status(500, code: "InternalError"), matching: .operation(.list), times: 100)
            await failure { try await store.allKeys() }
            #expect(counts(meter)["list unreachable"] == 1)
            #expect(meter.retries == 5)

            double.put("object", sampleBytes(50_000))
            double.inject(.truncateBodyAfter(20_000), matching: .operation(.getObject))
            #expect(try await store.bytes("object") == sampleBytes(50_000))
            #expect(counts(meter)["get ok"] == 1)
            #expect(meter.bytesReceived == 50_000)
            #expect(meter.retries == 6)
            await store.shutdown()
        }
    }

    @Test("meters are one for each name, whoever asks")
    func meters() {
        let meters = StoreMeters()
        let first = meters.meter(for: "r2")
        #expect(meters.meter(for: "r2") === first)
        #expect(meters.meter(for: "disk") !== first)
        #expect(meters.all.map(\.store) == ["disk", "r2"])
    }
}

/// A store whose only object breaks off after three of its bytes.
private struct BreakingStore: ObjectStore {
    var location: String { "nowhere" }

    func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader {
        let pieces = Pieces()
        return ObjectReader(key: key, location: location, size: 10) { try await pieces.next() }
    }

    private actor Pieces {
        private var isBroken = false

        func next() throws -> [UInt8]? {
            if isBroken { throw BreakingStore.failure }
            isBroken = true
            return [1, 2, 3]
        }
    }

    static let failure = StoreError(
        .unreachable, operation: "read", key: "object", location: "nowhere", reason: "the line broke")

    func head(_ key: String) async throws -> ObjectInfo? { throw Self.failure }
    func create(_ key: String, _ part: Part) async throws -> ObjectInfo { throw Self.failure }
    func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload { throw Self.failure }
    func resumeUpload(_ key: String, id: String, partSize: Int64) async throws -> (any ObjectUpload)? {
        throw Self.failure
    }
    func openUploads(prefix: String) async throws -> [OpenUpload] { throw Self.failure }
    func list(prefix: String, after: ListPosition?, limit: Int) async throws -> ListPage { throw Self.failure }
    func delete(_ key: String) async throws { throw Self.failure }
    func shutdown() async {}
}
