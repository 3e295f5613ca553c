import Model
import Storage
import Synchronization

/// A store that is lost once: at one of its objects, before it is there or, every other time, when it is.
final class FailingStore: ObjectStore {
    private let store: any ObjectStore
    private let failure: Int?
    private let created = Mutex(0)

    /// - Parameter failure: How many objects are created before; nil for one that is never lost.
    init(_ store: any ObjectStore, failingAt failure: Int?) {
        self.store = store
        self.failure = failure
    }

    func create(_ key: String, _ part: Part) async throws -> ObjectInfo {
        let number = created.withLock { count in
            defer { count += 1 }
            return count
        }
        guard number == failure else { return try await store.create(key, part) }
        if number % 2 == 1 { _ = try await store.create(key, part) }
        throw StoreError(
            .unreachable, operation: "create", key: key, location: location, reason: "the store is away",
            isTransient: true)
    }

    var location: String { store.location }
    func head(_ key: String) async throws -> ObjectInfo? { try await store.head(key) }
    func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader {
        try await store.get(key, range: range)
    }
    func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload {
        try await store.beginUpload(key, partSize: partSize)
    }
    func resumeUpload(_ key: String, id: String, partSize: Int64) async throws -> (any ObjectUpload)? {
        try await store.resumeUpload(key, id: id, partSize: partSize)
    }
    func openUploads(prefix: String) async throws -> [OpenUpload] { try await store.openUploads(prefix: prefix) }
    func list(prefix: String, after: ListPosition?, limit: Int) async throws -> ListPage {
        try await store.list(prefix: prefix, after: after, limit: limit)
    }
    func delete(_ key: String) async throws { try await store.delete(key) }
    func shutdown() async { await store.shutdown() }
}
