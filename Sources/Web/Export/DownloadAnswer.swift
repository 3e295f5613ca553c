import Appliance
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model
import NIOCore
import Restore

/// A dump as an answer: decompressed unless the client takes the stored coding, whole or in part, one piece after the
/// other as fast as the client reads.
struct DownloadAnswer: Sendable {
    let download: Download
    /// The stored bytes as a file of their own.
    var isRaw = false
    /// Whether another request can get the rest of it: parts and conditions make no sense else.
    var isResumable = true
    /// The connection's; nil where there is none.
    var eventLoop: (any EventLoop)?

    /// - Throws: where the store cannot be asked; what fails later cuts the connection, so that nobody takes a part of a
    ///   dump for the whole, and is told in the server's log.
    func response(to request: Request) async throws -> Response {
        let form = Representation(download, isRaw: isRaw, accepting: request.headers[.acceptEncoding])
        // Before conditions and HEAD: both are about what GET would answer (RFC 9110, 9.3.2 and 13.2.1).
        try await download.file.open()
        var headers = form.headers
        if isResumable {
            // No Last-Modified is sent: If-Unmodified-Since has nothing that it could be compared with.
            guard form.tag.isMeant(by: request.headers[.ifMatch]) else {
                throw WebError(
                    .preconditionFailed, "the dump is not, or not in this coding, the one that If-Match names",
                    hint: "Download it from its beginning.", headers: [.eTag: form.tag.text])
            }
            if form.tag.isNamed(by: request.headers[.ifNoneMatch]) {
                return Response(status: .notModified, headers: headers.filtered(to: [.eTag, .vary]))
            }
            headers[.acceptRanges] = "bytes"
        }
        var status = HTTPResponse.Status.ok
        var range = 0..<form.size
        // RFC 9110, 14.2: for GET only.
        if isResumable, request.method == .get, form.tag.allowsRange(ifRange: request.headers[.ifRange]) {
            switch ByteRange(request.headers[.range], size: form.size) {
            case .whole:
                break
            case .part(let part):
                status = .partialContent
                range = part
                headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(form.size)"
            case .unsatisfiable:
                throw WebError(
                    .rangeNotSatisfiable, "the range lies beyond the end: there are \(form.size) bytes",
                    headers: [.contentRange: "bytes */\(form.size)"])
            }
        }
        headers[.contentLength] = "\(range.count)"
        guard request.method != .head else { return Response(status: status, headers: headers) }
        return Response(status: status, headers: headers, body: body(range, isStored: form.isStored))
    }

    private func body(_ range: Range<Int64>, isStored: Bool) -> ResponseBody {
        // The whole of it: it keeps the store open.
        let download = download
        let eventLoop = eventLoop
        return ResponseBody(contentLength: range.count) { writer in
            let pieces = PieceWriter(writer, eventLoop)
            do {
                try await Self.send(download.file, range, isStored: isStored, to: pieces)
            } catch let error as ClientLeft {
                throw error.cause
            } catch let error as CancellationError {
                throw error
            } catch {
                throw CutDownload(id: download.id, cause: error)
            }
            try await pieces.finish()
        }
    }

    private static func send(
        _ file: DumpFile, _ range: Range<Int64>, isStored: Bool, to pieces: PieceWriter
    ) async throws {
        if isStored {
            try await file.readStored(range) { piece in try await pieces.write(piece) }
        } else {
            try await file.read(range) { piece in try await pieces.write(piece) }
        }
        guard pieces.sent == range.count else {
            throw NightjarError(.difference, "the dump ended after \(pieces.sent) of \(range.count) bytes")
        }
    }
}

/// Passes pieces on to the channel. One task uses it, one call after the other, which allows the `@unchecked`:
/// Hummingbird does not ask its writers to be Sendable.
private final class PieceWriter: @unchecked Sendable {
    /// Bytes for the channel at once.
    private static let size = 16 << 10

    private var writer: any ResponseBodyWriter
    private let eventLoop: (any EventLoop)?
    /// Bytes.
    private(set) var sent = 0

    init(_ writer: any ResponseBodyWriter, _ eventLoop: (any EventLoop)?) {
        self.writer = writer
        self.eventLoop = eventLoop
    }

    /// Waits until the channel has taken the piece: the next one is not made before.
    @concurrent func write(_ piece: ArraySlice<UInt8>) async throws {
        sent += piece.count
        var rest = piece
        do {
            while !rest.isEmpty {
                // A copy: what waits for a slow client is two of these, and would keep all of the piece as a slice of it.
                let next = ByteBuffer(bytes: rest.prefix(Self.size))
                rest = rest.dropFirst(Self.size)
                try await writer.write(next)
                // The writer takes all there is until the connection has said that it can take no more, and it says so
                // only when it comes to its turn: up to there megabytes would gather.
                try await eventLoop?.submit {}.get()
            }
        } catch {
            throw ClientLeft(cause: error)
        }
    }

    @concurrent func finish() async throws {
        let last = writer
        try await last.finish(nil)
    }
}

/// Not a fault of ours.
private struct ClientLeft: Error {
    let cause: any Error
}

/// What could not be read to its end: not every path names the dump.
private struct CutDownload: Error, CustomStringConvertible {
    let id: String
    let cause: any Error

    var description: String { "\(id): \((cause as? any Failure)?.message ?? "\(cause)")" }
}

extension DownloadAnswer {
    /// Which of its forms a dump is sent in.
    private struct Representation {
        /// The stored bytes, not the dump that they stand for.
        let isStored: Bool
        let size: Int64
        let tag: EntityTag
        let headers: HTTPFields

        init(_ download: Download, isRaw: Bool, accepting header: String?) {
            let file = download.file
            let compression = download.compression
            let hasObject = file.storedSize != nil
            // Below the encryption nobody can undo one.
            let coding = compression == "none" || !hasObject || file.isEncrypted ? nil : compression
            let isEncoded = !isRaw && coding.map { ContentCoding(header).takes($0) } ?? false
            let isFile = isRaw && hasObject && (coding != nil || file.isEncrypted)
            isStored = isFile || isEncoded
            size = isStored ? file.storedSize ?? file.size : file.size
            // A strong tag stands for one form alone; the name of a table has no semicolon.
            let suffix = isStored ? (isRaw ? ";raw" : ";\(compression)") : ""
            tag = EntityTag(download.etag + suffix)
            var headers = HTTPFields()
            headers[.eTag] = tag.text
            headers[.contentType] = file.kind.mediaType
            var name = file.name
            if isFile {
                headers[.contentType] = file.isEncrypted ? "application/octet-stream" : "application/\(compression)"
                name += Self.ending(compression, isEncrypted: file.isEncrypted)
            } else if let coding {
                headers[.vary] = "Accept-Encoding"
                if isEncoded { headers[.contentEncoding] = coding }
            }
            headers[.contentDisposition] = "attachment; filename=\"\(name)\""
            self.headers = headers
        }

        /// With which an object's key ends, behind that of its format.
        private static func ending(_ compression: String, isEncrypted: Bool) -> String {
            let endings = ["gzip": ".gz", "zstd": ".zst"]
            return (endings[compression] ?? "") + (isEncrypted ? ".age" : "")
        }
    }
}

extension DumpFile.Kind {
    /// RFC 6922 for SQL, RFC 7111 for CSV, RFC 8259 for JSON.
    fileprivate var mediaType: String {
        switch self {
        case .dump(.sql): "application/sql"
        case .dump(.csv): "text/csv; charset=utf-8; header=present"
        case .dump(.json): "application/json"
        case .dump(.ndjson): "application/x-ndjson"
        case .archive: "application/zip"
        }
    }
}

extension HTTPFields {
    fileprivate func filtered(to names: [HTTPField.Name]) -> HTTPFields {
        var fields = HTTPFields()
        for field in self where names.contains(field.name) { fields.append(field) }
        return fields
    }
}
