import Foundation
import Model
import Storage
import TestSupport
import Testing

/// Faults that pass: the store tries again, and what it wrote is right afterwards.
@Suite("The S3 store and faults that pass", .timeLimit(.minutes(30)))
struct S3TransientFaultTests {
    /// One fault that may hit any request, whether it was carried out or not.
    struct Trouble: Sendable, CustomTestStringConvertible {
        let fault: R2Fault
        let operations: [R2Operation]

        var testDescription: String { "\(fault)" }

        static let everywhere: [R2Operation] = [
            .createUpload, .uploadPart, .completeUpload, .putObject, .headObject, .list, .listUploads, .getObject,
            .delete,
        ]
        /// HEAD has no document that could tell the S3 code.
        static let withDocument = everywhere.filter { $0 != .headObject }
        static let writing: [R2Operation] = [.uploadPart, .completeUpload, .putObject, .delete]

        static let all = [
            Trouble(fault: .status(500, code: "InternalError"), operations: everywhere),
            Trouble(fault: .status(503, code: "SlowDown"), operations: everywhere),
            Trouble(fault: .status(503, code: "SlowDown", retryAfter: 0), operations: everywhere),
            Trouble(fault: .status(429, code: "TooManyRequests", retryAfter: 0), operations: everywhere),
            Trouble(fault: .status(400, code: "IncompleteBody"), operations: withDocument),
            Trouble(fault: .status(400, code: "ClientDisconnect"), operations: withDocument),
            Trouble(fault: .closeBeforeAnswer, operations: everywhere),
            Trouble(fault: .answerLostAfterDoing, operations: writing),
            Trouble(fault: .status(500, code: "InternalError", done: true), operations: writing),
            Trouble(fault: .closeAfterRequestBytes(5000), operations: [.uploadPart, .putObject]),
        ]
    }

    /// Uses every operation once, and checks that each did what it should.
    private func exercise(_ store: any ObjectStore) async throws {
        let dump = sampleBytes(2 * doublePartSize + 100)
        try await store.upload("shop/dump", dump, partSize: doublePartSize)
        try await store.create("shop/manifest", sampleBytes(9000, seed: 2))
        #expect(try await store.head("shop/dump")?.size == Int64(dump.count))
        #expect(try await store.allKeys(prefix: "shop/").keys == ["shop/dump", "shop/manifest"])
        #expect(try await store.openUploads(prefix: "shop/") == [])
        #expect(try await store.bytes("shop/dump") == dump)
        #expect(try await store.bytes("shop/manifest") == sampleBytes(9000, seed: 2))
        try await store.delete("shop/manifest")
        #expect(try await store.head("shop/manifest") == nil)
    }

    @Test("recovers while it has attempts left", arguments: Trouble.all)
    func recovers(_ trouble: Trouble) async throws {
        for operation in trouble.operations {
            try await withDoubleStore(attempts: 3) { double, store in
                double.inject(trouble.fault, matching: .operation(operation), times: 2)
                try await exercise(store)
                let least = trouble.operations == Trouble.writing ? 1 : 3
                #expect(double.count(operation) >= least, "\(operation)")
                #expect(Array(double.objects.keys) == ["tests/shop/dump"], "\(operation)")
                #expect(double.overwrittenKeys == [], "\(operation)")
            }
        }
    }

    @Test(
        "gives up after its attempts, and says that the store cannot be reached",
        arguments: [R2Fault.status(500, code: "InternalError"), .status(503, code: "SlowDown"), .closeBeforeAnswer])
    func givesUp(_ fault: R2Fault) async throws {
        try await withDoubleStore(attempts: 3) { double, store in
            double.put("tests/there", sampleBytes(100))
            double.inject(fault, times: 1000)
            let listing = await failure { try await store.allKeys() }
            let reading = await failure { try await store.bytes("there") }
            let writing = await failure { try await store.create("new", [1]) }
            let uploading = await failure { try await store.upload("large", [1, 2], partSize: doublePartSize) }
            for error in [listing, reading, writing, uploading] {
                #expect(error?.code == .unreachable)
                #expect(error?.isTransient == true)
            }
            #expect(double.count(.list) == 3)
            #expect(Array(double.objects.keys) == ["tests/there"])
        }
    }

    @Test("goes on by Range where a download was cut", arguments: [1, 30_000, 99_999])
    func resumesDownload(_ cut: Int) async throws {
        try await withDoubleStore { double, store in
            let bytes = sampleBytes(100_000)
            double.put("tests/dump", bytes)
            double.inject(.truncateBodyAfter(cut), matching: .operation(.getObject))
            let found = try await store.bytes("dump")
            #expect(found == bytes)
            let requests = double.requests.filter { $0.operation == .getObject }
            #expect(requests.count == 2)
            #expect(requests.last?.range?.hasPrefix("bytes=\(cut)-") == true)
        }
    }

    @Test("goes on by Range within a range, several times")
    func resumesRange() async throws {
        try await withDoubleStore(attempts: 4) { double, store in
            let bytes = sampleBytes(100_000)
            double.put("tests/dump", bytes)
            double.inject(.truncateBodyAfter(20_000), matching: .operation(.getObject), times: 2)
            let found = try await store.bytes("dump", range: 10_000..<90_000)
            #expect(found == Array(bytes[10_000..<90_000]))
            let ranges = double.requests.filter { $0.operation == .getObject }.map(\.range)
            #expect(ranges == ["bytes=10000-89999", "bytes=30000-89999", "bytes=50000-89999"])
        }
    }

    @Test("does not join the halves of two different objects")
    func changedWhileReading() async throws {
        try await withDoubleStore { double, store in
            double.put("tests/dump", sampleBytes(600_000, seed: 1))
            double.inject(.stallBodyAfter(300_000), matching: .operation(.getObject))
            let task = Task { try await store.bytes("dump") }
            await double.wait { ($0.first { $0.operation == .getObject }?.bytesSent ?? 0) >= 300_000 }
            double.put("tests/dump", sampleBytes(600_000, seed: 2))
            let outcome = await task.result
            #expect(throws: (any Error).self) { try outcome.get() }
        }
    }

    @Test("does not join them either where the server passes over If-Match")
    func changedWhileReadingUnconditionally() async throws {
        try await withDoubleStore { double, store in
            double.put("tests/dump", sampleBytes(100_000))
            // On a busy machine the first request may stall, and is then made anew.
            double.inject(
                .truncateBodyAfter(30_000), matching: .init(operation: .getObject, isConditional: false), times: 9)
            double.inject(.wrongETag, matching: .init(operation: .getObject, isConditional: true), times: 9)
            let error = await failure { try await store.bytes("dump") }
            #expect(error?.code == .io)
            #expect(error?.message.contains("it was replaced while it was being read") == true)
            #expect(double.requests.last?.headers["if-match"] != nil)
        }
    }

    @Test("goes on where a download stalled")
    func stalledDownload() async throws {
        try await withDoubleStore { double, store in
            let bytes = sampleBytes(100_000)
            double.put("tests/dump", bytes)
            double.inject(.stallBodyAfter(40_000), matching: .operation(.getObject))
            let found = try await store.bytes("dump")
            #expect(found == bytes)
        }
    }

    @Test(
        "tries again when a request is never answered",
        arguments: [R2Operation.putObject, .uploadPart, .completeUpload, .list])
    func stalledRequest(_ operation: R2Operation) async throws {
        try await withDoubleStore { double, store in
            double.inject(.stall, matching: .operation(operation))
            try await exercise(store)
            // The double learns of it a moment after the client has gone on.
            await double.wait { $0.contains { $0.operation == operation && $0.ending == .clientLeft } }
        }
    }

    @Test("gives up on a server that never answers")
    func neverAnswers() async throws {
        try await withDoubleStore(attempts: 2) { double, store in
            double.inject(.stall, times: 1000)
            let error = await failure { try await store.head("dump") }
            #expect(error?.code == .unreachable)
            #expect(double.requests.count == 2)
        }
    }

    @Test("is patient with a server that is slow but steady")
    func slowServer() async throws {
        try await withDoubleStore { double, store in
            let bytes = sampleBytes(400_000)
            double.put("tests/dump", bytes)
            double.inject(.slow(bytesPerChunk: 1000), matching: .operation(.getObject))
            let found = try await store.bytes("dump")
            #expect(found == bytes)
            #expect(double.count(.getObject) == 1)
        }
    }

    @Test("ends at once when its task is cancelled, and does not try again")
    func cancellation() async throws {
        try await withDoubleStore(stallTimeout: .seconds(600)) { double, store in
            double.inject(.stall, times: 1000)
            let task = Task { try await store.create("dump", [1, 2, 3]) }
            await double.wait { !$0.isEmpty }
            task.cancel()
            let outcome = await task.result
            #expect(throws: (any Error).self) { try outcome.get() }
            await double.wait { $0.first?.ending == .clientLeft }
            #expect(double.requests.count == 1)
        }
    }

    @Test("aborts an upload in a task that has been cancelled")
    func abortAfterCancellation() async throws {
        try await withDoubleStore { double, store in
            let upload = try await store.beginUpload("dump", partSize: Int64(doublePartSize))
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                await upload.abort()
            }
            task.cancel()
            await task.value
            #expect(double.openUploads == [])
        }
    }
}
