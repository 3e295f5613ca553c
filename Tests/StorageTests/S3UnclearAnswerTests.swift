import Foundation
import Model
import Storage
import TestSupport
import Testing

/// Answers that leave open whether the object was written: HEAD settles them, and nothing is overwritten.
@Suite("The S3 store and unclear answers", .timeLimit(.minutes(30)))
struct S3UnclearAnswerTests {
    @Test(
        "takes its own object for written when the answer to PUT said otherwise",
        arguments: [
            R2Fault.answerLostAfterDoing, .status(412, code: "PreconditionFailed", done: true),
            .status(500, code: "InternalError", done: true), .lyingContentLength(difference: 50),
        ])
    func putSettled(_ fault: R2Fault) async throws {
        try await withDoubleStore { double, store in
            let bytes = sampleBytes(9000)
            double.inject(fault, matching: .operation(.putObject))
            let info = try await store.create("dump", bytes)
            #expect(info.size == 9000)
            #expect(double.objects == ["tests/dump": bytes])
            #expect(double.overwrittenKeys == [])
        }
    }

    @Test(
        "does not take another's object for its own after an unclear answer to PUT",
        arguments: [R2Fault.closeBeforeAnswer, .status(412, code: "PreconditionFailed")])
    func putByAnother(_ fault: R2Fault) async throws {
        try await withDoubleStore { double, store in
            double.inject(.stall, matching: .operation(.putObject))
            double.inject(fault, matching: .operation(.putObject))
            let task = Task { try await store.create("dump", sampleBytes(9000, seed: 1)) }
            await double.wait { $0.contains { $0.operation == .putObject } }
            // Another writer is quicker while the first attempt hangs.
            double.put("tests/dump", sampleBytes(9000, seed: 2))
            let outcome = await task.result
            let error = await failure { try outcome.get() }
            #expect(error?.code == .exists)
            #expect(double.objects["tests/dump"] == sampleBytes(9000, seed: 2))
            #expect(double.overwrittenKeys == [])
        }
    }

    @Test(
        "takes its own upload for complete when the answer to Complete said otherwise",
        arguments: [
            R2Fault.answerLostAfterDoing, .status(404, code: "NoSuchUpload", done: true),
            .status(500, code: "InternalError", done: true), .lyingContentLength(difference: 50),
            .truncateBodyAfter(20), .okWithErrorBody(code: "InternalError"),
        ])
    func completeSettled(_ fault: R2Fault) async throws {
        try await withDoubleStore { double, store in
            let bytes = sampleBytes(doublePartSize + 5)
            double.inject(fault, matching: .operation(.completeUpload))
            let info = try await store.upload("dump", bytes, partSize: doublePartSize)
            #expect(info.size == Int64(bytes.count))
            #expect(double.objects == ["tests/dump": bytes])
            #expect(double.openUploads == [])
            #expect(double.overwrittenKeys == [])
        }
    }

    @Test("says that an upload must start anew when the store has forgotten it")
    func forgottenUpload() async throws {
        try await withDoubleStore { double, store in
            let upload = try await store.beginUpload("dump", partSize: Int64(doublePartSize))
            let part = try await upload.upload(Part(number: 1, bytes: sampleBytes(100)))
            double.forgetUploads()
            let partError = await failure { try await upload.upload(Part(number: 2, bytes: sampleBytes(50))) }
            #expect((partError as? StoreError)?.mustStartAnew == true)
            let completeError = await failure { try await upload.complete([part]) }
            #expect((completeError as? StoreError)?.mustStartAnew == true)
            await upload.abort()
            #expect(double.objects.isEmpty)
        }
    }

    @Test("looks before it writes, and writes nothing over what is there")
    func looksFirst() async throws {
        try await withDoubleStore { double, store in
            double.put("tests/dump", [7])
            let creating = await failure { try await store.create("dump", [8]) }
            #expect(creating?.code == .exists)
            let uploading = await failure { try await store.upload("dump", [9], partSize: doublePartSize) }
            #expect(uploading?.code == .exists)
            #expect(double.objects == ["tests/dump": [7]])
            #expect(double.openUploads == [])
        }
    }

    @Test("sends what R2 checks: create-only, digests, lengths, and nothing that R2 does not implement")
    func requestHeaders() async throws {
        try await withDoubleStore { double, store in
            try await store.create("small", sampleBytes(100))
            try await store.upload("large", sampleBytes(doublePartSize + 1), partSize: doublePartSize)
            let puts = double.requests.filter { $0.operation == .putObject }
            let put = try #require(puts.first)
            #expect(put.headers["if-none-match"] == "*")
            #expect(put.headers["content-md5"] != nil)
            let parts = double.requests.filter { $0.operation == .uploadPart }
            let sizes = parts.map { $0.bytes }
            #expect(sizes == [doublePartSize, 1])
            #expect(parts.allSatisfy { $0.headers["content-md5"] != nil })
            for request in double.requests {
                #expect(request.headers["expect"] == nil)
                #expect(request.headers["transfer-encoding"] == nil)
                #expect(request.headers["x-amz-content-sha256"]?.count == 64)
            }
            #expect(double.count(.list) == 0)
        }
    }
}
