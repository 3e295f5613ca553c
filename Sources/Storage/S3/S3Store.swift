import HTTPClient
import Model

/// A store in a bucket, with path-style URLs. Requests are signed here and tried again where that may help.
package final class S3Store: ObjectStore {
    let connection: S3Connection
    let retry: Retry

    package var location: String { connection.location }

    /// - Throws: `StoreError` with code `configuration` when the endpoint is not a URL.
    package convenience init(_ configuration: S3Configuration, prefix: String = "") throws {
        try self.init(
            configuration, prefix: prefix,
            retry: Retry(
                attempts: configuration.attempts, scale: configuration.retryDelayScale, onRetry: configuration.onRetry))
    }

    package init(_ configuration: S3Configuration, prefix: String, retry: Retry) throws {
        connection = try S3Connection(configuration, prefix: prefix)
        self.retry = retry
    }

    package func head(_ key: String) async throws -> ObjectInfo? {
        try check(key, "look up")
        return try await retry.run { _ in try await self.headOnce(key, for: "look up") }
    }

    package func create(_ key: String, _ part: Part) async throws -> ObjectInfo {
        try check(key, "create")
        var request = S3Request("PUT", "create", key: key)
        request.setBody(part)
        request.headers.append((name: "if-none-match", value: "*"))
        let put = request
        // Once a reply was lost, an object with these bytes may be our own.
        var mayHaveArrived = false
        do {
            return try await retry.run { _ in
                // Some servers ignore If-None-Match.
                if let there = try await self.headOnce(key, for: "create") {
                    if mayHaveArrived && there.isMade(of: part) { return there }
                    throw self.taken(put)
                }
                do {
                    return try await self.createOnce(put, key, part)
                } catch let error as StoreError where error.retry != .never {
                    mayHaveArrived = true
                    throw error
                }
            }
        } catch let error as StoreError where mayHaveArrived && error.retry != .never {
            // The last attempt may have arrived, too.
            if let there = try? await headOnce(key, for: "create"), there.isMade(of: part) { return there }
            throw error
        }
    }

    private func createOnce(_ request: S3Request, _ key: String, _ part: Part) async throws -> ObjectInfo {
        let answer = try await connection.send(request, accepting: [412])
        if answer.status == 412 {
            // libcurl itself sends a request again when a kept connection dies under it.
            if let there = try await headOnce(key, for: "create"), there.isMade(of: part) { return there }
            throw taken(request)
        }
        let answered = answer.headers["etag"].map { S3ETag.bare($0) }
        guard let etag = answered, S3ETag.equal(etag, part.md5Hex) else {
            // What was stored under this name is not what was sent.
            _ = try? await delete(key)
            throw connection.failure(
                .io, request,
                reason: "the server answered ETag \(answered ?? "none"), expected \(part.md5Hex)",
                hint: S3ETag.hint)
        }
        return ObjectInfo(key: key, size: part.size, etag: etag)
    }

    package func delete(_ key: String) async throws {
        try check(key, "delete")
        let request = S3Request("DELETE", "delete", key: key)
        do {
            _ = try await retry.run { _ in try await self.connection.send(request) }
        } catch let error as StoreError where error.code == .missing {
            return
        }
    }

    package func shutdown() async {
        connection.shutdown()
    }

    // MARK: - Helpers

    /// One HEAD. Its 404 has no body: a missing bucket looks like a missing object.
    func headOnce(_ key: String, for operation: String) async throws -> ObjectInfo? {
        let request = S3Request("HEAD", operation, key: key)
        let answer = try await connection.send(request, accepting: [404])
        if answer.status == 404 { return nil }
        guard let size = answer.headers["content-length"].flatMap({ Int64($0) }) else {
            throw connection.failure(.unreachable, request, reason: "the server did not say how large it is")
        }
        return ObjectInfo(key: key, size: size, etag: answer.headers["etag"].map { S3ETag.bare($0) })
    }

    func taken(_ request: S3Request) -> StoreError {
        connection.failure(
            .exists, request, reason: "it exists already, and nothing in a store is overwritten", status: 412)
    }

    func check(_ key: String, _ operation: String) throws {
        let whole = connection.endpoint.prefix + key
        guard let complaint = ObjectKey.complaint(key) ?? ObjectKey.complaint(whole) else { return }
        throw connection.failure(.io, S3Request("", operation, key: key), reason: complaint)
    }
}

/// The little there is to know of ETags (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
enum S3ETag {
    static let hint = "the bytes changed on the way, or the server does not make ETags of MD5s as S3 and R2 do"

    /// Without quotes and without the mark of a weak one.
    static func bare(_ header: String) -> String {
        var text = header[...]
        if text.hasPrefix("W/") { text = text.dropFirst(2) }
        return String(decoding: text.utf8.filter { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    static func equal(_ left: String, _ right: String) -> Bool {
        left.lowercased() == right.lowercased()
    }

    /// Whether it has the form of a multipart upload's: 32 hexadecimal digits, a hyphen, a number.
    static func isMultipart(_ etag: String) -> Bool {
        let pieces = etag.split(separator: "-", omittingEmptySubsequences: false)
        return pieces.count == 2 && pieces[0].count == 32 && Hex.decode(String(pieces[0])) != nil
            && Int(pieces[1]) != nil
    }
}

extension ObjectInfo {
    /// Whether this is the object that a PUT of `part` makes.
    fileprivate func isMade(of part: Part) -> Bool {
        guard let etag else { return false }
        return size == part.size && S3ETag.equal(etag, part.md5Hex)
    }
}
