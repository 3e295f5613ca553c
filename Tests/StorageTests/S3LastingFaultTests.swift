import Foundation
import Model
import Storage
import TestSupport
import Testing

/// Faults that stay: the store says so without trying in vain.
@Suite("The S3 store and faults that stay", .timeLimit(.minutes(30)))
struct S3LastingFaultTests {
    /// Every call on a store, each of which must fail.
    private func failures(of store: any ObjectStore) async -> [(any Failure)?] {
        let looking = await failure { try await store.head("dump") }
        let reading = await failure { try await store.bytes("dump") }
        let writing = await failure { try await store.create("dump", [1]) }
        let beginning = await failure { try await store.beginUpload("dump", partSize: Int64(doublePartSize)) }
        let listing = await failure { try await store.allKeys() }
        let uploads = await failure { try await store.openUploads(prefix: "") }
        let deleting = await failure { try await store.delete("dump") }
        return [looking, reading, writing, beginning, listing, uploads, deleting]
    }

    @Test("says that the secret is wrong, once, and never shows it")
    func wrongSecret() async throws {
        try await withR2Double { double in
            let secret = "this-is-not-the-secret"
            try await withStore(s3Configuration(of: double, secretAccessKey: secret)) { store in
                for error in await failures(of: store) {
                    #expect(error?.code != .missing)
                    #expect(error?.isTransient == false)
                    #expect(error?.hint != nil)
                    #expect(error.map { "\($0)".contains(secret) } == false)
                }
                #expect(double.count(.list) == 1)
                #expect(double.count(.delete) == 1)
            }
        }
    }

    @Test("says that the access key is unknown")
    func wrongAccessKey() async throws {
        try await withR2Double { double in
            try await withStore(s3Configuration(of: double, accessKeyID: "AKIDUNKNOWN")) { store in
                let error = await failure { try await store.allKeys() }
                #expect(error?.isTransient == false)
                #expect(error?.message.contains("InvalidAccessKeyId") == true || error?.hint != nil)
                #expect(double.requests.count == 1)
            }
        }
    }

    @Test("says that the bucket is missing")
    func missingBucket() async throws {
        try await withR2Double { double in
            try await withStore(s3Configuration(of: double, bucket: "nowhere")) { store in
                let creating = await failure { try await store.create("dump", [1]) }
                let listing = await failure { try await store.allKeys() }
                let beginning = await failure {
                    try await store.beginUpload("dump", partSize: Int64(doublePartSize))
                }
                for error in [creating, listing, beginning] {
                    #expect(error?.code == .unreachable)
                    #expect((error as? StoreError)?.storeCode == "NoSuchBucket")
                    #expect(error?.hint?.contains("nowhere") == true)
                    #expect(error?.isTransient == false)
                }
            }
        }
    }

    @Test("says that nobody listens")
    func nobodyListens() async throws {
        try await withClosedPort { port in
            let configuration = s3Configuration(
                endpoint: "http://127.0.0.1:\(port)", bucket: "nightly", accessKeyID: "AKID", secretAccessKey: "hidden",
                attempts: 2)
            try await withStore(configuration) { store in
                for error in await failures(of: store) {
                    #expect(error?.code == .unreachable)
                    #expect(error?.isTransient == true)
                    #expect(error.map { "\($0)".contains("hidden") } == false)
                }
            }
        }
    }

    @Test("says that the server has gone in the middle of an upload, and abort does not hang")
    func serverGone() async throws {
        try await withDoubleStore(attempts: 2) { double, store in
            let upload = try await store.beginUpload("dump", partSize: Int64(doublePartSize))
            _ = try await upload.upload(Part(number: 1, bytes: sampleBytes(doublePartSize)))
            double.inject(.goneFromNowOn, matching: .operation(.uploadPart))
            let error = await failure {
                try await upload.upload(Part(number: 2, bytes: sampleBytes(doublePartSize)))
            }
            #expect(error?.code == .unreachable)
            #expect(error?.isTransient == true)
            await upload.abort()
            #expect(double.objects.isEmpty)
        }
    }

    @Test("gives up when every connection is cut in the middle of a part")
    func alwaysCut() async throws {
        try await withDoubleStore(attempts: 3) { double, store in
            double.inject(.closeAfterRequestBytes(5000), matching: .operation(.uploadPart), times: 1000)
            let error = await failure { try await store.upload("dump", sampleBytes(9000), partSize: doublePartSize) }
            #expect(error?.code == .unreachable)
            #expect(double.count(.uploadPart) >= 3)
            #expect(double.openUploads == [])
            #expect(double.objects.isEmpty)
        }
    }

    @Test("does not take fewer or more bytes than a range has", arguments: [100, -100])
    func lyingLength(_ difference: Int) async throws {
        try await withDoubleStore(attempts: 2) { double, store in
            double.put("tests/dump", sampleBytes(100_000))
            double.inject(.lyingContentLength(difference: difference), matching: .operation(.getObject), times: 1000)
            await failure { try await store.bytes("dump", range: 1000..<90_000) }
        }
    }

    @Test("does not take an object that is shorter than the server said")
    func shorterThanSaid() async throws {
        try await withDoubleStore(attempts: 2) { double, store in
            double.put("tests/dump", sampleBytes(100_000))
            double.inject(.lyingContentLength(difference: 100), matching: .operation(.getObject))
            let error = await failure { try await store.bytes("dump") }
            #expect(error?.code == .io)
        }
    }

    @Test("does not take a listing that is not whole")
    func lyingListing() async throws {
        try await withDoubleStore(attempts: 2) { double, store in
            for number in 1...20 { double.put("tests/\(number)", [1]) }
            double.inject(.lyingContentLength(difference: -300), matching: .operation(.list), times: 1000)
            await failure { try await store.allKeys() }
        }
    }

    @Test("does not take an object for written whose ETag differs", arguments: [R2Operation.putObject, .uploadPart])
    func wrongETag(_ operation: R2Operation) async throws {
        try await withDoubleStore(attempts: 2) { double, store in
            double.inject(.wrongETag, times: 1000)
            if operation == .putObject {
                await failure { try await store.create("dump", sampleBytes(9000)) }
            } else {
                await failure { try await store.upload("dump", sampleBytes(9000), partSize: doublePartSize) }
                #expect(double.openUploads == [])
            }
            #expect(double.objects.isEmpty)
        }
    }

    @Test("does not take 200 with an error in it for success", arguments: [R2Operation.putObject, .completeUpload])
    func okWithError(_ operation: R2Operation) async throws {
        try await withDoubleStore(attempts: 2) { double, store in
            double.inject(.okWithErrorBody(code: "InternalError"), matching: .operation(operation), times: 1000)
            let error = await failure { () async throws -> ObjectInfo in
                if operation == .putObject { return try await store.create("dump", sampleBytes(9000)) }
                return try await store.upload("dump", sampleBytes(9000), partSize: doublePartSize)
            }
            #expect(error?.code == .unreachable || error?.code == .io)
            #expect(double.objects.isEmpty)
            #expect(double.openUploads == [])
        }
    }

    @Test("passes on a bucket lock's refusal to delete, without trying again")
    func bucketLock() async throws {
        try await withDoubleStore { double, store in
            double.put("tests/dump", [1])
            double.setBucketLock(true)
            let error = await failure { try await store.delete("dump") }
            #expect(error?.isTransient == false)
            #expect((error as? StoreError)?.storeCode == "ObjectLockedByBucketPolicy")
            #expect(double.count(.delete) == 1)
            #expect(double.objects["tests/dump"] == [1])
        }
    }

    @Test("passes on a server's words without what steers a terminal, ends a line or turns text round")
    func hostileWords() async throws {
        try await withDoubleStore(attempts: 1) { double, store in
            double.inject(
                .status(403, code: "Access\u{1B}[31m\u{7}\u{202E}\u{2028}\nDenied"), matching: .operation(.delete))
            let error = await failure { try await store.delete("dump") }
            let words = "403 Access\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}Denied"
            #expect(error?.message.contains(words) == true, "\(error as Any)")
        }
    }

    @Test("is refused parts of unequal size by the store or before, and leaves nothing behind")
    func unequalParts() async throws {
        try await withDoubleStore { double, store in
            let upload = try await store.beginUpload("dump", partSize: Int64(2 * doublePartSize))
            var parts: [UploadedPart] = []
            for (index, size) in [2 * doublePartSize, doublePartSize, 10].enumerated() {
                parts.append(try await upload.upload(Part(number: index + 1, bytes: sampleBytes(size))))
            }
            await failure { try await upload.complete(parts) }
            await upload.abort()
            #expect(double.objects.isEmpty)
            #expect(double.openUploads == [])
        }
    }
}
