import HTTPClient
import Model
import Synchronization

extension S3Store {
    package func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload {
        try check(key, "create")
        var request = S3Request("POST", "start the upload of", key: key)
        request.query = [(name: "uploads", value: "")]
        request.headers = [(name: "content-type", value: "application/octet-stream")]
        let post = request
        let id: String = try await retry.run { _ in
            if try await self.headOnce(key, for: "create") != nil { throw self.taken(post) }
            let answer = try await self.connection.send(post)
            guard let id = S3XML.parse(answer.body)?["UploadId"]?.text, !id.isEmpty else {
                throw self.connection.unreadable(post)
            }
            return id
        }
        return S3Upload(store: self, key: key, id: id, partSize: partSize)
    }
}

/// A multipart upload. R2 wants all parts but the last to have the same size, and the last to be no larger.
package final class S3Upload: ObjectUpload {
    private let store: S3Store
    private let key: String
    /// The store's name for the upload.
    package let id: String
    private let partSize: Int64
    /// Begun by an earlier process.
    private let isResumed: Bool
    /// Completed or suspended: there is nothing more to send, and nothing to abort.
    private let hasEnded = Mutex(false)

    private var connection: S3Connection { store.connection }

    init(store: S3Store, key: String, id: String, partSize: Int64, isResumed: Bool = false) {
        self.store = store
        self.key = key
        self.id = id
        self.partSize = partSize
        self.isResumed = isResumed
    }

    package func upload(_ part: Part) async throws -> UploadedPart {
        var request = S3Request("PUT", "upload part \(part.number) of", key: key)
        request.query = [(name: "partNumber", value: String(part.number)), (name: "uploadId", value: id)]
        request.setBody(part)
        let put = request
        guard (1...10_000).contains(part.number), part.size <= partSize else {
            throw connection.failure(
                .internal, put, reason: "\(part.size) bytes do not fit 10,000 parts of \(partSize)")
        }
        try checkOpen(put)
        let answer = try await store.retry.run { _ in try await self.connection.send(put) }
        let answered = answer.headers["etag"].map { S3ETag.bare($0) }
        guard let etag = answered, S3ETag.equal(etag, part.md5Hex) else {
            throw connection.failure(
                .io, put, reason: "the server answered ETag \(answered ?? "none"), expected \(part.md5Hex)",
                hint: S3ETag.hint)
        }
        return UploadedPart(part, etag: etag)
    }

    package func complete(_ parts: [UploadedPart]) async throws -> ObjectInfo {
        var request = S3Request("POST", "complete", key: key)
        request.query = [(name: "uploadId", value: id)]
        request.setBody(Self.document(parts), type: "application/xml")
        // A server joins the parts before it answers.
        request.patience = 5
        let post = request
        if let complaint = parts.complaint(partSize: partSize) {
            throw connection.failure(.internal, post, reason: complaint)
        }
        try checkOpen(post)
        // Once a reply was lost, an object of these parts may be our own. What an earlier process heard, nobody knows.
        var mayHaveArrived = isResumed
        do {
            return try await store.retry.run { _ in
                if let there = try await self.store.headOnce(self.key, for: "complete") {
                    guard mayHaveArrived, self.matches(there, parts) else { throw self.store.taken(post) }
                    return try self.settled(there, parts, post)
                }
                do {
                    return try await self.completeOnce(post, parts)
                } catch let error as StoreError where error.retry != .never {
                    mayHaveArrived = true
                    throw error
                }
            }
        } catch let error as StoreError where mayHaveArrived && error.retry != .never {
            // The last attempt may have arrived, too.
            guard let there = try? await store.headOnce(key, for: "complete") else { throw error }
            guard matches(there, parts) else { throw store.taken(post) }
            return try settled(there, parts, post)
        }
    }

    private func completeOnce(_ request: S3Request, _ parts: [UploadedPart]) async throws -> ObjectInfo {
        do {
            let answer = try await connection.send(request)
            let document = S3XML.parse(answer.body)
            if let etag = document?["ETag"].map({ S3ETag.bare($0.text) }), S3ETag.isMultipart(etag) {
                let info = ObjectInfo(key: key, size: parts.totalSize, etag: etag)
                guard S3ETag.equal(etag, parts.multipartETag) else {
                    // What was stored under this name is not what was sent.
                    _ = try? await store.delete(key)
                    throw differs(info, parts, request)
                }
                hasEnded.withLock { $0 = true }
                return info
            }
            // No ETag that could be compared: the object itself must say its size.
            guard let there = try await store.headOnce(key, for: "complete") else {
                throw connection.failure(
                    .unreachable, request, reason: "the server agreed, but the object is not there", retry: .always)
            }
            return try settled(there, parts, request)
        } catch let error as StoreError where error.status == 412 || error.storeCode == "NoSuchUpload" {
            // The upload is gone: completed by an earlier request whose reply was lost, aborted, or expired.
            guard let there = try await store.headOnce(key, for: "complete") else { throw error }
            guard matches(there, parts) else { throw store.taken(request) }
            return try settled(there, parts, request)
        }
    }

    package func abort() async -> Bool {
        if hasEnded.withLock({ $0 }) { return true }
        var request = S3Request("DELETE", "abort the upload of", key: key)
        request.query = [(name: "uploadId", value: id)]
        let delete = request
        // What cannot be aborted expires in the store (after 7 days in R2).
        let store = store
        return await Cleanup.run {
            _ = try await store.retry.run { _ in try await store.connection.send(delete, accepting: [404]) }
        }
    }

    package func suspend() async {
        hasEnded.withLock { $0 = true }
    }

    // MARK: - Helpers

    private func checkOpen(_ request: S3Request) throws {
        guard hasEnded.withLock({ $0 }) else { return }
        throw connection.failure(.internal, request, reason: "the upload has ended already")
    }

    /// The object that was found after an unclear answer, if it is the one made of `parts`.
    private func settled(_ there: ObjectInfo, _ parts: [UploadedPart], _ request: S3Request) throws -> ObjectInfo {
        guard matches(there, parts) else { throw differs(there, parts, request) }
        hasEnded.withLock { $0 = true }
        return there
    }

    /// R2 always makes ETags of MD5s. Other servers need not, but one that has S3's form must be the right one.
    private func matches(_ there: ObjectInfo, _ parts: [UploadedPart]) -> Bool {
        guard there.size == parts.totalSize else { return false }
        guard let etag = there.etag, S3ETag.isMultipart(etag) else { return !connection.configuration.isR2 }
        return S3ETag.equal(etag, parts.multipartETag)
    }

    private func differs(_ there: ObjectInfo, _ parts: [UploadedPart], _ request: S3Request) -> StoreError {
        connection.failure(
            .io, request,
            reason: "the server answered ETag \(there.etag ?? "none") and \(there.size) bytes, "
                + "expected \(parts.multipartETag) and \(parts.totalSize) bytes",
            hint: S3ETag.hint)
    }

    private static func document(_ parts: [UploadedPart]) -> String {
        var text = #"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#
        for part in parts {
            text += "<Part><PartNumber>\(part.number)</PartNumber>"
            text += "<ETag>\(S3XML.escape("\"" + (part.etag ?? "") + "\""))</ETag></Part>"
        }
        return text + "</CompleteMultipartUpload>"
    }
}
