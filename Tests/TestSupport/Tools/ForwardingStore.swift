import Storage

/// A store that stands in front of another one and hands on what it does not do otherwise.
package protocol ForwardingStore: ObjectStore {
    var store: any ObjectStore { get }
}

extension ForwardingStore {
    package var location: String { store.location }
    package func head(_ key: String) async throws -> ObjectInfo? { try await store.head(key) }
    package func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader {
        try await store.get(key, range: range)
    }
    package func create(_ key: String, _ part: Part) async throws -> ObjectInfo { try await store.create(key, part) }
    package func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload {
        try await store.beginUpload(key, partSize: partSize)
    }
    package func resumeUpload(_ key: String, id: String, partSize: Int64) async throws -> (any ObjectUpload)? {
        try await store.resumeUpload(key, id: id, partSize: partSize)
    }
    package func openUploads(prefix: String) async throws -> [OpenUpload] {
        try await store.openUploads(prefix: prefix)
    }
    package func list(prefix: String, after: ListPosition?, limit: Int) async throws -> ListPage {
        try await store.list(prefix: prefix, after: after, limit: limit)
    }
    package func delete(_ key: String) async throws { try await store.delete(key) }
    package func shutdown() async { await store.shutdown() }
}
