import Foundation
import Model
import Storage
import TestSupport
import Testing

/// Uploads that an earlier process began, in S3's own terms.
@Suite("The S3 store and uploads of an earlier process", .timeLimit(.minutes(30)))
struct S3ResumedUploadTests {
    @Test("asks nothing to go on with an upload")
    func asksNothing() async throws {
        try await withDoubleStore { double, store in
            let resumed = try await store.resumeUpload("dump", id: "some", partSize: Int64(doublePartSize))
            #expect(resumed?.id == "some")
            await resumed?.suspend()
            #expect(double.requests.isEmpty)
        }
    }

    @Test("takes no upload for complete that only has the size of its object, where ETags tell more")
    func sameSize() async throws {
        try await withR2Double(minimumPartSize: doublePartSize) { double in
            var configuration = s3Configuration(of: double)
            configuration.isR2 = true
            try await withStore(configuration) { store in
                let upload = try await store.beginUpload("dump", partSize: Int64(doublePartSize))
                let part = try await upload.upload(Part(bytes: sampleBytes(100, seed: 1)))
                await upload.suspend()
                double.put("tests/dump", sampleBytes(100, seed: 2))
                let found = try await store.resumeUpload("dump", id: upload.id, partSize: Int64(doublePartSize))
                let resumed = try #require(found)
                let error = await failure { try await resumed.complete([part]) }
                #expect(error?.code == .exists)
                await resumed.abort()
                #expect(double.objects["tests/dump"] == sampleBytes(100, seed: 2))
                #expect(double.openUploads == [])
            }
        }
    }

    @Test("settles an answer that was lost twice, to this process and to the one before")
    func lostTwice() async throws {
        try await withDoubleStore { double, store in
            let upload = try await store.beginUpload("dump", partSize: Int64(doublePartSize))
            let part = try await upload.upload(Part(bytes: sampleBytes(100)))
            await upload.suspend()
            let found = try await store.resumeUpload("dump", id: upload.id, partSize: Int64(doublePartSize))
            let resumed = try #require(found)
            double.inject(.answerLostAfterDoing, matching: .operation(.completeUpload))
            let found1 = try await resumed.complete([part]).size
            #expect(found1 == 100)
            #expect(double.objects["tests/dump"] == sampleBytes(100))
            #expect(double.overwrittenKeys == [])
        }
    }

    @Test("aborts what is gone without ado")
    func abortsWhatIsGone() async throws {
        try await withDoubleStore { double, store in
            let id = double.leaveUpload("tests/dump", begunAt: 0)
            let resumed = try await store.resumeUpload("dump", id: id, partSize: Int64(doublePartSize))
            double.forgetUploads()
            await resumed?.abort()
            #expect(double.count(.abort) == 1)
        }
    }

    @Test("lists uploads page by page, of many keys and of one")
    func pages() async throws {
        try await withDoubleStore { double, store in
            for number in 1...1100 { double.leaveUpload("tests/a/\(number)", begunAt: 0) }
            for _ in 1...1100 { double.leaveUpload("tests/b/same", begunAt: 0) }
            let all = try await store.openUploads(prefix: "")
            #expect(Set(all.map(\.id)).count == 2200)
            #expect(all.count == 2200)
            #expect(double.count(.listUploads) == 3)
            let found2 = try await store.openUploads(prefix: "b/").count
            #expect(found2 == 1100)
        }
    }

    @Test("says when an upload was begun, and lists none that is not below the prefix")
    func facts() async throws {
        try await withDoubleStore { double, store in
            let id = double.leaveUpload("tests/shop/dump", begunAt: 1_773_541_800)
            double.leaveUpload("tests2/shop/dump", begunAt: 0)
            double.leaveUpload("shop/dump", begunAt: 0)
            let expected = [OpenUpload(key: "shop/dump", id: id, begun: Timestamp("2026-03-15T02:30:00Z"))]
            let found3 = try await store.openUploads(prefix: "")
            #expect(found3 == expected)
        }
    }

    @Test(
        "takes it for no uploads where a server cannot list them",
        arguments: [
            R2Fault.status(501, code: "NotImplemented"), .status(400, code: "NotImplemented"),
            .status(404, code: "NoSuchUpload"),
        ])
    func notImplemented(_ fault: R2Fault) async throws {
        try await withDoubleStore { double, store in
            double.leaveUpload("tests/dump", begunAt: 0)
            double.inject(fault, matching: .operation(.listUploads))
            let found4 = try await store.openUploads(prefix: "")
            #expect(found4 == [])
            #expect(double.count(.listUploads) == 1)
            let found5 = try await store.openUploads(prefix: "").map(\.key)
            #expect(found5 == ["dump"])
        }
    }

    @Test("does not take a broken list for an empty one")
    func brokenList() async throws {
        try await withDoubleStore(attempts: 2) { double, store in
            double.inject(.okWithErrorBody(code: "InternalError"), matching: .operation(.listUploads), times: 2)
            let error = await failure { try await store.openUploads(prefix: "") }
            #expect(error?.code == .unreachable)
            #expect(double.count(.listUploads) == 2)
        }
    }
}
