/// A store that counts what it is asked for; its readers and uploads count too.
package struct MeteredStore: ObjectStore {
    private let store: any ObjectStore
    private let meter: StoreMeter

    package init(_ store: any ObjectStore, meter: StoreMeter) {
        self.store = store
        self.meter = meter
    }

    package var location: String { store.location }

    package func head(_ key: String) async throws -> ObjectInfo? {
        try await meter.counting(.head) { try await store.head(key) }
    }

    package func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader {
        do {
            return try await store.get(key, range: range).metered(by: meter)
        } catch {
            meter.add(.get, failedWith: error)
            throw error
        }
    }

    package func create(_ key: String, _ part: Part) async throws -> ObjectInfo {
        let info = try await meter.counting(.create) { try await store.create(key, part) }
        meter.add(sent: part.size)
        return info
    }

    package func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload {
        let upload = try await meter.counting(.beginUpload) { try await store.beginUpload(key, partSize: partSize) }
        return MeteredUpload(upload, meter: meter)
    }

    package func resumeUpload(_ key: String, id: String, partSize: Int64) async throws -> (any ObjectUpload)? {
        let upload = try await meter.counting(.resumeUpload) {
            try await store.resumeUpload(key, id: id, partSize: partSize)
        }
        guard let upload else { return nil }
        return MeteredUpload(upload, meter: meter)
    }

    package func openUploads(prefix: String) async throws -> [OpenUpload] {
        try await meter.counting(.listUploads) { try await store.openUploads(prefix: prefix) }
    }

    package func list(prefix: String, after: ListPosition?, limit: Int) async throws -> ListPage {
        try await meter.counting(.list) { try await store.list(prefix: prefix, after: after, limit: limit) }
    }

    package func delete(_ key: String) async throws {
        try await meter.counting(.delete) { try await store.delete(key) }
    }

    package func shutdown() async {
        await store.shutdown()
    }
}

/// An upload whose parts and end are counted.
private struct MeteredUpload: ObjectUpload {
    private let upload: any ObjectUpload
    private let meter: StoreMeter

    init(_ upload: any ObjectUpload, meter: StoreMeter) {
        self.upload = upload
        self.meter = meter
    }

    var id: String { upload.id }

    func upload(_ part: Part) async throws -> UploadedPart {
        let uploaded = try await meter.counting(.uploadPart) { try await upload.upload(part) }
        meter.add(sent: part.size)
        return uploaded
    }

    func complete(_ parts: [UploadedPart]) async throws -> ObjectInfo {
        try await meter.counting(.complete) { try await upload.complete(parts) }
    }

    func abort() async -> Bool {
        let isGone = await upload.abort()
        meter.add(.abort)
        return isGone
    }

    /// Asks the store for nothing.
    func suspend() async {
        await upload.suspend()
    }
}
