import Foundation
import Model
import Storage
import TestSupport
import Testing

/// Bytes that differ from place to place and from seed to seed.
func sampleBytes(_ count: Int, seed: UInt8 = 1) -> [UInt8] {
    var value = UInt32(seed) &* 2_654_435_761
    return [UInt8](unsafeUninitializedCapacity: count) { storage, initialized in
        for index in 0..<count {
            value = value &* 1_664_525 &+ 1_013_904_223
            storage[index] = UInt8(truncatingIfNeeded: value >> 24)
        }
        initialized = count
    }
}

/// Runs `body` with a store, which is shut down afterwards.
func withStore<Value>(
    _ configuration: StoreConfiguration, prefix: String = "", _ body: (any ObjectStore) async throws -> Value
) async throws -> Value {
    let store = try openStore(configuration, prefix: prefix)
    return try await withEnding({ await store.shutdown() }) { try await body(store) }
}

extension ObjectStore {
    /// All bytes of an object or of a range of it.
    func bytes(_ key: String, range: Range<Int64>? = nil) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in try await get(key, range: range) { bytes += chunk }
        return bytes
    }

    /// Creates an object from bytes.
    @discardableResult
    func create(_ key: String, _ bytes: [UInt8]) async throws -> ObjectInfo {
        try await create(key, Part(number: 1, bytes: bytes))
    }

    /// Uploads bytes as parts of `partSize`, one after the other.
    @discardableResult
    func upload(_ key: String, _ bytes: [UInt8], partSize: Int) async throws -> ObjectInfo {
        let upload = try await beginUpload(key, partSize: Int64(partSize))
        do {
            var parts: [UploadedPart] = []
            for start in stride(from: 0, to: max(1, bytes.count), by: partSize) {
                let slice = Array(bytes[start..<min(bytes.count, start + partSize)])
                parts.append(try await upload.upload(Part(number: parts.count + 1, bytes: slice)))
            }
            return try await upload.complete(parts)
        } catch {
            await upload.abort()
            throw error
        }
    }

    /// Every key under a prefix, page by page.
    func allKeys(prefix: String = "", limit: Int = 1000) async throws -> (keys: [String], pages: Int) {
        var keys: [String] = []
        var pages = 0
        var after: ListPosition?
        repeat {
            let page = try await list(prefix: prefix, after: after, limit: limit)
            keys += page.objects.map(\.key)
            pages += 1
            after = page.next
        } while after != nil
        return (keys, pages)
    }
}

/// The failure that `body` throws; records an issue when it throws nothing, or an error of another shape.
@discardableResult
func failure<Value>(
    at location: SourceLocation = #_sourceLocation, _ body: () async throws -> Value
) async -> (any Failure)? {
    do {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: location)
    } catch let error as any Failure {
        return error
    } catch {
        Issue.record("not of the shape of failures: \(error)", sourceLocation: location)
    }
    return nil
}
