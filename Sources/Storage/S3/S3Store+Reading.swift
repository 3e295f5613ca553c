import HTTPClient
import Model

/// A body that has started to arrive, and what its head said.
struct OpenedBody: Sendable {
    let stream: HTTPBodyStream
    /// The object's bytes that the body holds.
    let range: Range<Int64>
    let etag: String?
}

extension S3Store {
    package func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader {
        try check(key, "read")
        if let range, range.isEmpty { return try await emptyReader(key, range) }
        let opened = try await retry.run { _ in try await self.openOnce(key, range, etag: nil) }
        let reader = ResumingReader(opened, key: key, store: self)
        return ObjectReader(key: key, location: location, size: Int64(opened.range.count)) {
            try await reader.next()
        }
    }

    /// HTTP has no empty ranges.
    private func emptyReader(_ key: String, _ range: Range<Int64>) async throws -> ObjectReader {
        let request = S3Request("HEAD", "read", key: key)
        guard let info = try await head(key) else {
            throw connection.failure(.missing, request, reason: "there is no such object")
        }
        guard range.lowerBound >= 0, range.upperBound <= info.size else {
            throw connection.failure(
                .io, request, reason: "it has \(info.size) bytes, but byte \(range.lowerBound) was asked for")
        }
        return ObjectReader(key: key, location: location, size: 0) { nil }
    }

    /// One GET, of all bytes or of `range`; with `etag` only of the object that has it.
    func openOnce(_ key: String, _ range: Range<Int64>?, etag: String?) async throws -> OpenedBody {
        var request = S3Request("GET", "read", key: key)
        if let range {
            request.headers.append((name: "range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
        }
        if let etag { request.headers.append((name: "if-match", value: "\"\(etag)\"")) }
        let stream: HTTPBodyStream
        do {
            stream = try await connection.open(request)
        } catch let error as StoreError where error.status == 416 {
            throw connection.failure(
                .io, request, reason: "it is shorter than the range that was asked for", status: 416)
        } catch let error as StoreError where error.status == 412 {
            throw connection.replacedMeanwhile(request)
        }
        let given = try answeredRange(stream.head, asked: range, request)
        return OpenedBody(
            stream: stream, range: given, etag: stream.head.headers["etag"].map { S3ETag.bare($0) })
    }

    /// The range that the body holds, which must be the one that was asked for.
    private func answeredRange(
        _ head: HTTPResponseHead, asked: Range<Int64>?, _ request: S3Request
    ) throws -> Range<Int64> {
        let length = head.headers["content-length"].flatMap { Int64($0) }
        // rclone answers 200 to a range, and says in the header which it is.
        let status = head.status == 200 && head.headers["content-range"] != nil ? 206 : head.status
        switch (status, asked) {
        case (200, nil):
            guard let length, length >= 0 else {
                throw connection.failure(.io, request, reason: "the server did not say how long it is")
            }
            return 0..<length
        case (200, .some(let asked)):
            guard asked.lowerBound == 0, length == Int64(asked.count) else {
                throw connection.failure(.io, request, reason: "the server ignored the range that was asked for")
            }
            return asked
        case (206, .some(let asked)):
            let said = head.headers["content-range"] ?? "no Content-Range"
            guard Self.contentRange(said) == asked, length == nil || length == Int64(asked.count) else {
                throw connection.failure(
                    .io, request,
                    reason: "bytes \(asked.lowerBound)-\(asked.upperBound - 1) were asked for, "
                        + "but the server answered \(said)")
            }
            return asked
        default:
            throw connection.failure(.io, request, reason: "the server answered \(head.status) to a read")
        }
    }

    /// The range in `bytes 0-9/443` (RFC 9110, 14.4), or nil.
    static func contentRange(_ header: String) -> Range<Int64>? {
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes", let range = words[1].split(separator: "/").first
        else { return nil }
        let ends = range.split(separator: "-").map { Int64($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first >= 0, last >= first, last < .max
        else { return nil }
        return first..<last + 1
    }
}
