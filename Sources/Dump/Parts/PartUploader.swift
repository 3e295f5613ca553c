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
        guard let first = try await parts.next() else {
            throw NightjarError(.internal, "the dump \(key) has no bytes")
        }
        guard let second = try await parts.next() else { return try await createWhole(first) }
        let upload = try await store.beginUpload(key, partSize: partSize)
        do {
            let uploaded = try await send([first, second], then: parts, to: upload)
            let info = try await upload.complete(uploaded)
            return object(info, uploaded)
        } catch {
            await upload.abort()
            throw error
        }
    }

    private func createWhole(_ bytes: [UInt8]) async throws -> Manifest.StoredObject {
        let part = await Self.part(1, bytes)
        let info = try await store.create(key, part)
        progress.add(stored: part.size)
        return object(info, [UploadedPart(part, etag: info.etag)])
    }

    private func send(
        _ first: [[UInt8]], then parts: BoundedQueue<[UInt8]>, to upload: any ObjectUpload
    ) async throws -> [UploadedPart] {
        try await withThrowingTaskGroup(of: UploadedPart.self) { group in
            var waiting = first[...]
            var uploaded: [UploadedPart] = []
            var number = 0
            while let bytes = waiting.isEmpty ? try await parts.next() : waiting.removeFirst() {
                if number - uploaded.count >= concurrency, let done = try await group.next() { uploaded.append(done) }
                number += 1
                group.addTask { [number] in
                    let done = try await upload.upload(Self.part(number, bytes))
                    progress.add(stored: done.size)
                    return done
                }
            }
            for try await done in group { uploaded.append(done) }
            return uploaded.sorted { $0.number < $1.number }
        }
    }

    /// Hashes off the actor that waits for it.
    @concurrent
    private static func part(_ number: Int, _ bytes: [UInt8]) async -> Part {
        Part(number: number, bytes: bytes)
    }

    private func object(_ info: ObjectInfo, _ parts: [UploadedPart]) -> Manifest.StoredObject {
        Manifest.StoredObject(
            key: key, size: info.size, uncompressedSize: 0, etag: info.etag,
            parts: parts.map { .init(number: $0.number, size: $0.size, sha256: $0.sha256, etag: $0.etag) })
    }
}
