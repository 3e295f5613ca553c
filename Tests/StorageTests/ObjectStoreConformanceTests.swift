import Model
import Storage
import TestSupport
import Testing

/// What every store promises, run against each of them.
@Suite("Every object store", .timeLimit(.minutes(30)))
struct ObjectStoreConformanceTests {
    @Test("gives back what was created, whole and with its size", arguments: StoreUnderTest.allCases)
    func createAndRead(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let bytes = sampleBytes(100_003)
            let created = try await store.create("shop/one.sql", bytes)
            #expect(created.key == "shop/one.sql")
            #expect(created.size == 100_003)
            let head = try #require(try await store.head("shop/one.sql"))
            #expect(head.size == 100_003)
            #expect(head.etag == created.etag)
            #expect(try await store.get("shop/one.sql", range: nil).size == 100_003)
            #expect(try await store.bytes("shop/one.sql") == bytes)
        }
    }

    @Test("keeps an empty object", arguments: StoreUnderTest.allCases)
    func emptyObject(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            try await store.create("empty", [])
            #expect(try await store.head("empty")?.size == 0)
            #expect(try await store.bytes("empty") == [])
        }
    }

    @Test("refuses to create what exists, and leaves it as it is", arguments: StoreUnderTest.allCases)
    func createOnly(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            try await store.create("owner.json", Array("first".utf8))
            let error = await failure { try await store.create("owner.json", Array("second".utf8)) }
            #expect(error?.code == .exists)
            #expect(try await store.bytes("owner.json") == Array("first".utf8))
        }
    }

    @Test("lets exactly one of several simultaneous creations win", arguments: StoreUnderTest.atomicallyCreating)
    func simultaneousCreation(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let outcomes = await withTaskGroup(of: (UInt8, FailureCode?).self) { group in
                for seed in UInt8(1)...6 {
                    group.addTask {
                        do {
                            try await store.create("contested", sampleBytes(5000, seed: seed))
                            return (seed, nil)
                        } catch {
                            return (seed, (error as? any Failure)?.code ?? .internal)
                        }
                    }
                }
                var outcomes: [(UInt8, FailureCode?)] = []
                for await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            let winners = outcomes.filter { $0.1 == nil }
            #expect(winners.count == 1)
            #expect(outcomes.allSatisfy { $0.1 == nil || $0.1 == .exists })
            let winner = try #require(winners.first)
            #expect(try await store.bytes("contested") == sampleBytes(5000, seed: winner.0))
        }
    }

    @Test(
        "joins parts in their order, whatever the last one's length", arguments: StoreUnderTest.allCases,
        [-1, 0, 1])
    func partBorders(_ subject: StoreUnderTest, _ difference: Int) async throws {
        try await subject.run { store in
            for parts in 1...2 {
                let bytes = sampleBytes(parts * subject.partSize + difference)
                let info = try await store.upload("dump-\(parts)", bytes, partSize: subject.partSize)
                #expect(info.size == Int64(bytes.count))
                let head = try #require(try await store.head("dump-\(parts)"))
                #expect(head.size == Int64(bytes.count))
                if subject.keepsMultipartETags { #expect(head.etag == info.etag) }
                #expect(try await store.bytes("dump-\(parts)") == bytes)
            }
        }
    }

    @Test("takes parts at the same time and out of order", arguments: StoreUnderTest.allCases)
    func simultaneousParts(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let size = subject.partSize
            let pieces = (1...3).map { sampleBytes($0 == 3 ? 777 : size, seed: UInt8($0)) }
            let upload = try await store.beginUpload("dump", partSize: Int64(size))
            let parts = try await withThrowingTaskGroup(of: UploadedPart.self) { group in
                for number in [3, 1, 2] {
                    group.addTask { try await upload.upload(Part(number: number, bytes: pieces[number - 1])) }
                }
                var parts: [UploadedPart] = []
                for try await part in group { parts.append(part) }
                return parts.sorted { $0.number < $1.number }
            }
            #expect(try await upload.complete(parts).size == Int64(2 * size + 777))
            #expect(try await store.bytes("dump") == pieces.flatMap { $0 })
        }
    }

    @Test("takes a part again, and the last one sent counts", arguments: StoreUnderTest.takingPartsAgain)
    func repeatedPart(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let upload = try await store.beginUpload("dump", partSize: Int64(subject.partSize))
            _ = try await upload.upload(Part(number: 1, bytes: sampleBytes(300, seed: 1)))
            let part = try await upload.upload(Part(number: 1, bytes: sampleBytes(400, seed: 2)))
            _ = try await upload.complete([part])
            #expect(try await store.bytes("dump") == sampleBytes(400, seed: 2))
        }
    }

    @Test("shows nothing of an upload before it is complete", arguments: StoreUnderTest.allCases)
    func invisibleUntilComplete(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let upload = try await store.beginUpload("dump", partSize: Int64(subject.partSize))
            _ = try await upload.upload(Part(number: 1, bytes: sampleBytes(100)))
            #expect(try await store.head("dump") == nil)
            #expect(try await store.allKeys().keys == [])
            await upload.abort()
        }
    }

    @Test("leaves nothing behind when an upload is aborted", arguments: StoreUnderTest.allCases)
    func abortLeavesNothing(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let upload = try await store.beginUpload("shop/dump", partSize: Int64(subject.partSize))
            _ = try await upload.upload(Part(number: 1, bytes: sampleBytes(subject.partSize)))
            await upload.abort()
            await upload.abort()
            #expect(try await store.head("shop/dump") == nil)
            #expect(try await store.allKeys().keys == [])
            try await store.upload("shop/dump", sampleBytes(10), partSize: subject.partSize)
            #expect(try await store.bytes("shop/dump") == sampleBytes(10))
        }
    }

    @Test("refuses to complete an upload over what exists", arguments: StoreUnderTest.allCases)
    func completeOverExisting(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let upload = try await store.beginUpload("dump", partSize: Int64(subject.partSize))
            let part = try await upload.upload(Part(number: 1, bytes: sampleBytes(100, seed: 2)))
            try await store.create("dump", sampleBytes(50, seed: 1))
            let error = await failure { try await upload.complete([part]) }
            #expect(error?.code == .exists)
            await upload.abort()
            #expect(try await store.bytes("dump") == sampleBytes(50, seed: 1))
        }
    }

    @Test("gives ranges exactly", arguments: StoreUnderTest.allCases)
    func ranges(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let bytes = sampleBytes(70_000)
            try await store.create("ranges", bytes)
            for range in [0..<1, 0..<70_000, 1..<2, 12_345..<65_537, 69_999..<70_000] {
                let wanted = Int64(range.lowerBound)..<Int64(range.upperBound)
                #expect(try await store.bytes("ranges", range: wanted) == Array(bytes[range]), "\(range)")
            }
        }
    }

    @Test("refuses a range that lies beyond the end", arguments: StoreUnderTest.allCases)
    func rangeBeyondTheEnd(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            try await store.create("ranges", sampleBytes(100))
            await failure { try await store.bytes("ranges", range: 100..<101) }
            await failure { try await store.bytes("ranges", range: 5000..<6000) }
        }
    }

    @Test("lists in the order of the keys' bytes, a page at a time", arguments: StoreUnderTest.allCases)
    func paging(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let keys = ["a.b", "a/1", "a/2", "a/b/1", "a/b/2", "a0", "b/1"]
            for key in keys.reversed() { try await store.create(key, Array(key.utf8)) }
            #expect(try await store.allKeys().keys == keys)
            let paged = try await store.allKeys(limit: 2)
            // SeaweedFS pages through its folders; what counts is that every object comes once.
            #expect(subject.listsInKeyOrder ? paged.keys == keys : paged.keys.sorted() == keys.sorted())
            #expect(paged.pages >= 4)
            #expect(try await store.allKeys(prefix: "a/", limit: 3).keys == ["a/1", "a/2", "a/b/1", "a/b/2"])
            #expect(try await store.allKeys(prefix: "a/b").keys == ["a/b/1", "a/b/2"])
            #expect(try await store.allKeys(prefix: "none").keys == [])
            let rest = try await store.list(prefix: "a/", after: ListPosition(key: "a/2"), limit: 10)
            #expect(rest.objects.map(\.key) == ["a/b/1", "a/b/2"])
            #expect(rest.objects.map(\.size) == [5, 5])
            #expect(rest.next == nil)
        }
    }

    @Test("carries keys with unusual characters", arguments: StoreUnderTest.allCases)
    func unusualKeys(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let keys = [
                "with space", "plus+and%25percent", "%41", "\u{E9}t\u{E9}", "tilde~dash-dot._", "q'uo\"tes", "amp&<lt>",
                "equals=,;:@$!*()", "日本語/表.sql", "question?hash#",
            ]
            for key in keys { try await store.create(key, Array(key.utf8)) }
            for key in keys {
                #expect(try await store.head(key)?.size == Int64(key.utf8.count), "\(key)")
                #expect(try await store.bytes(key) == Array(key.utf8), "\(key)")
            }
            let listed = try await store.allKeys(limit: 3).keys
            #expect(listed == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            for key in keys { try await store.delete(key) }
            #expect(try await store.allKeys().keys == [])
        }
    }

    @Test("carries unusual characters through an upload in parts", arguments: StoreUnderTest.allCases)
    func unusualUploadKey(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let key = "csv/a b+c%é~'\"&.zst"
            try await store.upload(key, sampleBytes(subject.partSize + 9), partSize: subject.partSize)
            #expect(try await store.bytes(key) == sampleBytes(subject.partSize + 9))
        }
    }

    @Test("deletes, and does not mind what is absent", arguments: StoreUnderTest.allCases)
    func deleting(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            try await store.create("shop/a", [1])
            try await store.create("shop/b", [2])
            try await store.delete("shop/a")
            try await store.delete("shop/a")
            try await store.delete("never/was")
            #expect(try await store.head("shop/a") == nil)
            #expect(try await store.allKeys().keys == ["shop/b"])
            try await store.create("shop/a", [3])
            #expect(try await store.bytes("shop/a") == [3])
        }
    }

    @Test("says that an absent object is absent", arguments: StoreUnderTest.allCases)
    func absentObjects(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let found = try await store.head("absent")
            #expect(found == nil)
            let second = try await store.head("folder/absent")
            #expect(second == nil)
            let error = await failure { try await store.bytes("absent") }
            #expect(error?.code == .missing)
            let ranged = await failure { try await store.bytes("absent", range: 0..<10) }
            #expect(ranged?.code == .missing)
            let listed = try await store.list(prefix: "", after: nil, limit: 10).objects
            #expect(listed.isEmpty)
        }
    }

    @Test("refuses keys that are no plain path", arguments: StoreUnderTest.allCases)
    func badKeys(_ subject: StoreUnderTest) async throws {
        try await subject.run { store in
            let keys = ["", "..", "../x", "a/../b", "a/..", "/etc/x", "a//b", "a/", ".", "a/./b", "nul\u{0}byte"]
            for key in keys {
                await failure { try await store.create(key, [1]) }
                await failure { try await store.bytes(key) }
                await failure { try await store.head(key) }
                await failure { try await store.delete(key) }
                await failure { try await store.beginUpload(key, partSize: Int64(subject.partSize)) }
            }
            let found = try await store.allKeys().keys
            #expect(found == [])
        }
    }
}
