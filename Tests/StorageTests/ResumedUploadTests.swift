import Model
import Storage
import TestSupport
import Testing

/// What every store promises of an upload that one process begins and another one goes on with.
@Suite("Every object store, when an upload is resumed", .timeLimit(.minutes(30)))
struct ResumedUploadTests {
    /// An upload of which one part was sent before its process ended.
    private struct Beginning {
        let id: String
        let part: UploadedPart
        let bytes: [UInt8]
    }

    private func begin(
        _ key: String, in store: any ObjectStore, partSize: Int, seed: UInt8 = 1
    ) async throws -> Beginning {
        let bytes = sampleBytes(partSize, seed: seed)
        let upload = try await store.beginUpload(key, partSize: Int64(partSize))
        let part = try await upload.upload(Part(number: 1, bytes: bytes))
        await upload.suspend()
        return Beginning(id: upload.id, part: part, bytes: bytes)
    }

    private func resume(
        _ key: String, _ id: String, in store: any ObjectStore, partSize: Int
    ) async throws -> any ObjectUpload {
        let upload = try await store.resumeUpload(key, id: id, partSize: Int64(partSize))
        return try #require(upload)
    }

    @Test("joins parts that were sent before and after", arguments: StoreUnderTest.allCases)
    func joins(_ subject: StoreUnderTest) async throws {
        try await subject.runTwo { first, second in
            let size = subject.partSize
            let beginning = try await begin("shop/dump", in: first, partSize: size)
            let resumed = try await resume("shop/dump", beginning.id, in: second, partSize: size)
            #expect(resumed.id == beginning.id)
            let middle = sampleBytes(size, seed: 2)
            let last = sampleBytes(777, seed: 3)
            let parts = [
                beginning.part, try await resumed.upload(Part(number: 2, bytes: middle)),
                try await resumed.upload(Part(number: 3, bytes: last)),
            ]
            let info = try await resumed.complete(parts)
            #expect(info.size == Int64(2 * size + 777))
            #expect(try await first.bytes("shop/dump") == beginning.bytes + middle + last)
        }
    }

    @Test("goes on more than once", arguments: StoreUnderTest.allCases)
    func goesOnTwice(_ subject: StoreUnderTest) async throws {
        try await subject.runTwo { first, second in
            let size = subject.partSize
            let beginning = try await begin("dump", in: first, partSize: size)
            let again = try await resume("dump", beginning.id, in: second, partSize: size)
            let part = try await again.upload(Part(number: 2, bytes: sampleBytes(size, seed: 2)))
            await again.suspend()
            let last = try await resume("dump", beginning.id, in: first, partSize: size)
            _ = try await last.complete([beginning.part, part])
            #expect(try await second.bytes("dump") == beginning.bytes + sampleBytes(size, seed: 2))
        }
    }

    @Test("takes a part again that the earlier process had sent", arguments: StoreUnderTest.takingPartsAgain)
    func repeatedPart(_ subject: StoreUnderTest) async throws {
        try await subject.runTwo { first, second in
            let size = subject.partSize
            let beginning = try await begin("dump", in: first, partSize: size)
            let resumed = try await resume("dump", beginning.id, in: second, partSize: size)
            let part = try await resumed.upload(Part(number: 1, bytes: sampleBytes(300, seed: 2)))
            _ = try await resumed.complete([part])
            #expect(try await second.bytes("dump") == sampleBytes(300, seed: 2))
        }
    }

    @Test("leaves a suspended upload open, and its object is of no use", arguments: StoreUnderTest.allCases)
    func suspended(_ subject: StoreUnderTest) async throws {
        try await subject.runTwo { first, second in
            let size = subject.partSize
            let upload = try await first.beginUpload("shop/dump", partSize: Int64(size))
            let part = try await upload.upload(Part(number: 1, bytes: sampleBytes(10)))
            await upload.suspend()
            await failure { try await upload.upload(Part(number: 2, bytes: [1])) }
            await failure { try await upload.complete([part]) }
            await upload.abort()
            await upload.suspend()

            #expect(try await second.head("shop/dump") == nil)
            #expect(try await second.allKeys().keys == [])
            let open = try await second.openUploads(prefix: "shop/")
            #expect(open.map(\.key) == ["shop/dump"])
            #expect(open.map(\.id) == [upload.id])
            #expect(open.allSatisfy { $0.begun != nil })
            let resumed = try await resume("shop/dump", upload.id, in: second, partSize: size)
            _ = try await resumed.complete([part])
            #expect(try await first.bytes("shop/dump") == sampleBytes(10))
        }
    }

    @Test("lists the uploads that are open, below a prefix, and no others", arguments: StoreUnderTest.allCases)
    func listing(_ subject: StoreUnderTest) async throws {
        try await subject.runTwo { first, second in
            let size = subject.partSize
            #expect(try await second.openUploads(prefix: "") == [])
            let unusual = "shop/a b+c%é~'\"&<.zst"
            let keys = ["blog/dump", unusual, "shop/dump", "shop/tables.csv/t.csv", "shop2/dump"]
            var ids: [String: String] = [:]
            for key in keys { ids[key] = try await begin(key, in: first, partSize: size).id }
            try await first.create("shop/object", [1])

            let all = try await second.openUploads(prefix: "")
            #expect(all.map(\.key) == keys)
            #expect(all.allSatisfy { ids[$0.key] == $0.id })
            let shop = try await second.openUploads(prefix: "shop/")
            #expect(shop.map(\.key) == [unusual, "shop/dump", "shop/tables.csv/t.csv"])
            #expect(try await second.openUploads(prefix: "shop/d").map(\.key) == ["shop/dump"])
            #expect(try await second.openUploads(prefix: "none/") == [])

            for upload in all {
                let resumed = try await resume(upload.key, upload.id, in: second, partSize: size)
                await resumed.abort()
            }
            #expect(try await first.openUploads(prefix: "") == [])
            #expect(try await first.allKeys().keys == ["shop/object"])
        }
    }

    @Test("lists an upload no more once it is complete or aborted", arguments: StoreUnderTest.allCases)
    func ended(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let size = subject.partSize
            let completed = try await store.beginUpload("completed", partSize: Int64(size))
            let aborted = try await store.beginUpload("aborted", partSize: Int64(size))
            let part = try await completed.upload(Part(number: 1, bytes: sampleBytes(10)))
            #expect(try await store.openUploads(prefix: "").map(\.key) == ["aborted", "completed"])
            _ = try await completed.complete([part])
            #expect(try await store.openUploads(prefix: "").map(\.key) == ["aborted"])
            await aborted.abort()
            #expect(try await store.openUploads(prefix: "") == [])
        }
    }

    @Test(
        "completes again what an earlier process completed without hearing of it", arguments: StoreUnderTest.allCases)
    func completesAgain(_ subject: StoreUnderTest) async throws {
        try await subject.runTwo { first, second in
            let size = subject.partSize
            let bytes = sampleBytes(size + 9)
            let upload = try await first.beginUpload("shop/dump", partSize: Int64(size))
            let parts = [
                try await upload.upload(Part(number: 1, bytes: Array(bytes[..<size]))),
                try await upload.upload(Part(number: 2, bytes: Array(bytes[size...]))),
            ]
            let info = try await upload.complete(parts)
            let resumed = try await resume("shop/dump", upload.id, in: second, partSize: size)
            let again = try await resumed.complete(parts)
            #expect(again.key == info.key)
            #expect(again.size == info.size)
            await resumed.abort()
            #expect(try await second.bytes("shop/dump") == bytes)
            #expect(try await second.openUploads(prefix: "") == [])
        }
    }

    @Test("does not take another's object for its own", arguments: StoreUnderTest.allCases)
    func foreignObject(_ subject: StoreUnderTest) async throws {
        try await subject.runTwo { first, second in
            let size = subject.partSize
            let beginning = try await begin("dump", in: first, partSize: size)
            try await second.create("dump", sampleBytes(50, seed: 9))
            let resumed = try await resume("dump", beginning.id, in: second, partSize: size)
            let error = await failure { try await resumed.complete([beginning.part]) }
            #expect(error?.code == .exists)
            await resumed.abort()
            #expect(try await first.bytes("dump") == sampleBytes(50, seed: 9))
            #expect(try await first.openUploads(prefix: "") == [])
        }
    }

    @Test("says that an aborted upload must start anew", arguments: StoreUnderTest.knowingGoneUploads)
    func gone(_ subject: StoreUnderTest) async throws {
        try await subject.runTwo { first, second in
            let size = subject.partSize
            let beginning = try await begin("dump", in: first, partSize: size)
            let last = try await resume("dump", beginning.id, in: first, partSize: size)
            await last.abort()
            // A folder knows at once.
            if let resumed = try await second.resumeUpload("dump", id: beginning.id, partSize: Int64(size)) {
                let sending = await failure { try await resumed.upload(Part(number: 2, bytes: [1])) }
                #expect((sending as? StoreError)?.mustStartAnew == true)
                let completing = await failure { try await resumed.complete([beginning.part]) }
                #expect((completing as? StoreError)?.mustStartAnew == true)
                await resumed.abort()
            }
            #expect(try await second.head("dump") == nil)
            try await second.upload("dump", sampleBytes(20), partSize: size)
            #expect(try await first.bytes("dump") == sampleBytes(20))
        }
    }

    @Test("resumes nothing without a name, and refuses keys that are no plain path", arguments: StoreUnderTest.allCases)
    func nonsense(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let nothing = try await store.resumeUpload("dump", id: "", partSize: 1000)
            #expect(nothing?.id == nil)
            for key in ["", "../x", "/etc/x", "a//b", "nul\u{0}byte"] {
                await failure { try await store.resumeUpload(key, id: "some", partSize: 1000) }
            }
        }
    }
}
