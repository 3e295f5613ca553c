import HTTPClient
import Model

/// Reads an object and, when the connection breaks, goes on from the byte reached; for one reader.
actor ResumingReader {
    /// After this many bytes a new break counts as the first.
    private static let progress: Int64 = 1 << 20

    private let store: S3Store
    private let key: String
    private let etag: String?
    private let end: Int64
    private var position: Int64
    private var stream: HTTPBodyStream?
    private var failures = 0
    private var sinceFailure: Int64 = 0

    init(_ opened: OpenedBody, key: String, store: S3Store) {
        self.store = store
        self.key = key
        etag = opened.etag
        position = opened.range.lowerBound
        end = opened.range.upperBound
        stream = opened.stream
    }

    /// The next bytes, or nil after the last.
    func next() async throws -> [UInt8]? {
        while true {
            do {
                return try await readOn()
            } catch let error as StoreError {
                stream = nil
                if sinceFailure >= Self.progress { failures = 0 }
                sinceFailure = 0
                failures += 1
                guard error.retry != .never, failures < store.retry.attempts else { throw error }
                try await store.retry.pause(after: failures, error)
            }
        }
    }

    private func readOn() async throws -> [UInt8]? {
        if position == end && stream == nil { return nil }
        let request = S3Request("GET", "read", key: key)
        let current: HTTPBodyStream
        if let stream {
            current = stream
        } else {
            let opened = try await store.openOnce(key, position..<end, etag: etag)
            // Some servers pass over If-Match.
            if let etag, let other = opened.etag, other != etag {
                throw store.connection.replacedMeanwhile(request)
            }
            current = opened.stream
            stream = current
        }
        let arrived: [UInt8]?
        do {
            arrived = try await current.read()
        } catch {
            throw store.connection.failure(error, request)
        }
        guard let chunk = arrived else {
            stream = nil
            if position == end { return nil }
            throw store.connection.failure(
                .unreachable, request, reason: "the bytes ended \(end - position) too early", retry: .always)
        }
        position += Int64(chunk.count)
        sinceFailure += Int64(chunk.count)
        guard position <= end else {
            throw store.connection.failure(.io, request, reason: "the server sent more bytes than announced")
        }
        return chunk
    }
}
