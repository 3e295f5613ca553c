import Model
import Pipeline
import Storage

/// Sends a dump's parts to the store as they come, a few at a time.
struct PartUploader {
    let store: any ObjectStore
    let key: String
    let partSize: Int64
    /// How many parts may be under way at once.
    let concurrency: Int
    let progress: RunProgress

    /// A dump of one part is one PUT; a larger one is a multipart upload, aborted where it cannot be completed.
    func run(_ parts: BoundedQueue<[UInt8]>) async throws -> Manifest.StoredObject {
        let feed = PartFeed(parts)
        if try await feed.holdsOne(), let whole = try await feed.next() { return try await createWhole(whole) }
        let upload = try await store.beginUpload(key, partSize: partSize)
        do {
            let uploaded = try await send(feed, to: upload)
            let info = try await upload.complete(uploaded)
            return object(info, uploaded)
        } catch {
            await upload.abort()
            throw error
        }
    }

    private func createWhole(_ bytes: [UInt8]) async throws -> Manifest.StoredObject {
        let part = Part(bytes: bytes)
        let info = try await store.create(key, part)
        progress.add(stored: part.size)
        return object(info, [UploadedPart(part, etag: info.etag)])
    }

    private func send(_ feed: PartFeed, to upload: any ObjectUpload) async throws -> [UploadedPart] {
        try await withThrowingTaskGroup(of: UploadedPart.self) { group in
            var uploaded: [UploadedPart] = []
            var number = 0
            while let bytes = try await feed.next() {
                if number - uploaded.count >= concurrency, let done = try await group.next() { uploaded.append(done) }
                number += 1
                group.addTask { [number] in
                    let done = try await upload.upload(Part(number: number, bytes: bytes))
                    progress.add(stored: done.size)
                    return done
                }
            }
            for try await done in group { uploaded.append(done) }
            return uploaded.sorted { $0.number < $1.number }
        }
    }

    private func object(_ info: ObjectInfo, _ parts: [UploadedPart]) -> Manifest.StoredObject {
        Manifest.StoredObject(
            key: key, size: info.size, uncompressedSize: 0, etag: info.etag,
            parts: parts.map { .init(number: $0.number, size: $0.size, sha256: $0.sha256, etag: $0.etag) })
    }
}

/// Parts as they come, with a look at the second before the first is given out; keeps none that it gave.
private final class PartFeed {
    private let queue: BoundedQueue<[UInt8]>
    private var ahead: [[UInt8]] = []

    init(_ queue: BoundedQueue<[UInt8]>) {
        self.queue = queue
    }

    /// Whether there is one part and no second.
    func holdsOne() async throws -> Bool {
        while ahead.count < 2 {
            guard let part = try await queue.next() else { return ahead.count == 1 }
            ahead.append(part)
        }
        return false
    }

    func next() async throws -> [UInt8]? {
        ahead.isEmpty ? try await queue.next() : ahead.removeFirst()
    }
}
