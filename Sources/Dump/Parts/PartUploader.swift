import Model
import Pipeline
import Storage

/// Sends a dump's parts to the store as they come, a few at a time, object by object.
struct PartUploader {
    let store: any ObjectStore
    let journal: ExportJournal
    let resumption: Resumption?
    /// How many parts may be under way at once.
    let concurrency: Int
    let progress: RunProgress

    /// An object of one part is one PUT; a larger one is a multipart upload. On an error it stays open, for whoever goes on
    /// or cleans up.
    /// - Parameter stored: Gets the objects that are whole, until there are no more parts.
    func run(_ parts: BoundedQueue<PartSpool.Piece>, to stored: BoundedQueue<Manifest.StoredObject>) async throws {
        // What is taken up is the first one of this process.
        var open = resumption?.object == nil ? nil : resumption
        while let first = try await parts.next() {
            let upload = ObjectParts(uploader: self, key: first.object, resumption: open.take())
            // Whoever sends it takes it out: held here it would stay in memory until the last one is sent.
            var first: PartSpool.Piece? = first
            try await stored.put(upload.run(&first, parts))
        }
        stored.finish()
    }
}

/// The parts of one object.
private struct ObjectParts {
    let uploader: PartUploader
    let key: String
    /// nil where no earlier process has begun it.
    let resumption: Resumption?

    private var store: any ObjectStore { uploader.store }
    private var journal: ExportJournal { uploader.journal }
    private var progress: RunProgress { uploader.progress }
    private var partSize: Int64 { journal.partSize }

    func run(
        _ first: inout PartSpool.Piece?, _ parts: BoundedQueue<PartSpool.Piece>
    ) async throws -> Manifest.StoredObject {
        if case .begun(let id) = resumption?.upload {
            guard let upload = try await store.resumeUpload(key, id: id, partSize: partSize) else {
                throw StoreError(
                    .io, operation: "go on with the upload of", key: key, location: store.location,
                    reason: "the store does not know it any more", hint: "The next attempt sends all of it anew.",
                    isTransient: true, mustStartAnew: true)
            }
            return try await send(&first, parts, to: upload)
        }
        if let first, first.isLast { return try await createWhole(first.bytes) }
        if case .asked = resumption?.upload { await DumpLeftovers(of: key, in: store).abortUploads() }
        try journal.uploadIsAsked()
        let upload = try await store.beginUpload(key, partSize: partSize)
        try journal.uploadBegun(upload.id)
        return try await send(&first, parts, to: upload)
    }

    private func createWhole(_ bytes: [UInt8]) async throws -> Manifest.StoredObject {
        let part = Part(bytes: bytes)
        let info: ObjectInfo
        do {
            info = try await store.create(key, part)
        } catch let error as StoreError where error.code == .exists && uploader.resumption != nil {
            // The process before this one has written it, and died before it could say so.
            guard let there = try await object(of: part) else { throw error }
            info = there
        }
        progress.add(stored: part.size)
        return stored(info, [UploadedPart(part, etag: info.etag)])
    }

    /// - Returns: nil where what the store has under this key is not `part`.
    private func object(of part: Part) async throws -> ObjectInfo? {
        guard let info = try await store.head(key), info.size == part.size else { return nil }
        let bytes = try await store.get(key, range: nil).collect(limit: part.bytes.count)
        return bytes == part.bytes ? info : nil
    }

    private func send(
        _ first: inout PartSpool.Piece?, _ parts: BoundedQueue<PartSpool.Piece>, to upload: any ObjectUpload
    ) async throws -> Manifest.StoredObject {
        do {
            let uploaded = try await sendAll(&first, parts, to: upload)
            return stored(try await upload.complete(uploaded), uploaded)
        } catch {
            await upload.suspend()
            throw error
        }
    }

    private func sendAll(
        _ next: inout PartSpool.Piece?, _ parts: BoundedQueue<PartSpool.Piece>, to upload: any ObjectUpload
    ) async throws -> [UploadedPart] {
        let known = resumption?.uploaded ?? [:]
        // Behind the checkpoint counts only what is read again.
        let covered = known.filter { $0.key < resumption?.openPartNumber ?? 1 }
        for part in covered.values { progress.add(stored: part.size) }
        return try await withThrowingTaskGroup(of: UploadedPart.self) { group in
            var uploaded = covered
            var underWay = 0
            while true {
                // One that waited here for its turn would be held beside those that are under way.
                if underWay >= uploader.concurrency, let done = try await group.next() {
                    uploaded[done.number] = done
                    underWay -= 1
                }
                if next == nil { next = try await parts.next() }
                guard let piece = next.take() else {
                    throw NightjarError(.internal, "the parts of \(key) ended before the last one")
                }
                let isLast = piece.isLast
                underWay += 1
                group.addTask { try await send(piece, known[piece.number], to: upload) }
                if isLast { break }
            }
            for try await done in group { uploaded[done.number] = done }
            return uploaded.values.sorted { $0.number < $1.number }
        }
    }

    private func send(
        _ piece: PartSpool.Piece, _ known: UploadedPart?, to upload: any ObjectUpload
    ) async throws -> UploadedPart {
        let part = Part(number: piece.number, bytes: piece.bytes)
        // An earlier process had read on behind its last checkpoint, and sent what it read.
        if let known, known.size == part.size, known.sha256 == part.sha256Hex {
            progress.add(stored: known.size)
            return known
        }
        let done = try await upload.upload(part)
        try journal.partUploaded(done)
        progress.add(stored: done.size)
        return done
    }

    private func stored(_ info: ObjectInfo, _ parts: [UploadedPart]) -> Manifest.StoredObject {
        Manifest.StoredObject(
            key: key, size: info.size, uncompressedSize: 0, etag: info.etag,
            parts: parts.map { .init(number: $0.number, size: $0.size, sha256: $0.sha256, etag: $0.etag) })
    }
}
