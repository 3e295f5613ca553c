import Model

/// An upload to several stores. Where one of them fails, it is dropped, and the others go on.
struct GroupUpload: ObjectUpload {
    private let group: StoreGroup
    private let uploads: [String: any ObjectUpload]
    private let key: String

    init(_ group: StoreGroup, _ uploads: [String: any ObjectUpload], key: String) {
        self.group = group
        self.uploads = uploads
        self.key = key
    }

    var id: String { StoreTags(uploads.mapValues(\.id)).text }

    func upload(_ part: Part) async throws -> UploadedPart {
        let done = try await all(bytes: part.size) { upload, _ in try await upload.upload(part) }
        return UploadedPart(part, etag: StoreTags(done.mapValues(\.etag)).text)
    }

    func complete(_ parts: [UploadedPart]) async throws -> ObjectInfo {
        let infos = try await all { upload, name in
            let own = parts.map { part in
                UploadedPart(
                    number: part.number, size: part.size, sha256: part.sha256,
                    etag: StoreTags.tag(of: name, in: part.etag))
            }
            return try await upload.complete(own)
        }
        guard let size = infos.values.first?.size, infos.values.allSatisfy({ $0.size == size }) else {
            throw StoreError(
                .io, operation: "complete", key: key, location: group.location,
                reason: "its stores tell of different sizes")
        }
        return ObjectInfo(key: key, size: size, etag: StoreTags(infos.mapValues(\.etag)).text)
    }

    func abort() async -> Bool {
        var areGone = true
        for upload in live { areGone = await upload.abort() && areGone }
        return areGone
    }

    func suspend() async { for upload in live { await upload.suspend() } }

    /// Those that were dropped have been aborted, if their stores could be asked.
    private var live: [any ObjectUpload] { group.live.compactMap { uploads[$0.name] } }

    private func all<Result: Sendable>(
        bytes: Int64 = 0, _ work: @escaping @Sendable (any ObjectUpload, String) async throws -> Result
    ) async throws -> [String: Result] {
        let live = group.live
        let before = Set(live.map(\.name))
        // A store that knows nothing of it any more gets no half of an object.
        if live.contains(where: { uploads[$0.name] != nil }) {
            for member in live where uploads[member.name] == nil {
                try group.drop(member.name, group.missing(key, member))
            }
        }
        let results = try await group.all(group.members(named: uploads.keys), bytes: bytes) { member in
            guard let upload = uploads[member.name] else { throw group.missing(key, member) }
            return try await work(upload, member.name)
        }
        // What a store has that was dropped just now is of no use: it gets all of the backup from another one.
        for (name, upload) in uploads where results[name] == nil && before.contains(name) {
            Task.detached { await Cleanup.run { await upload.abort() } }
        }
        return results
    }
}
