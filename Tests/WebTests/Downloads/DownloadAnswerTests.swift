import Dump
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model
import NIOCore
import Restore
import Storage
import TestSupport
import Testing

@testable import Appliance
@testable import Web

@Suite("A dump as an answer") struct DownloadAnswerTests {
    private static let id = "dump_20240315-123456"
    /// Larger than a few pieces.
    private static let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    /// As they lie in the store: a zstd dump of one frame ends with its seek table.
    private static func stored(_ compression: String) -> [UInt8] {
        guard compression == "zstd" else { return bytes }
        let size = seekTable(frame: 0).count
        return Array(bytes.dropLast(size)) + seekTable(frame: bytes.count - size)
    }

    /// Of one frame, of so many bytes.
    private static func seekTable(frame size: Int) -> [UInt8] {
        var table = SeekTable()
        table.append(compressed: Int64(size), decompressed: Int64(3 * bytes.count))
        return table.encoded
    }

    private static func tag(_ suffix: String = "") -> String { "\"shop-\(id)\(suffix)\"" }

    /// - Parameter compression: what the dump says of itself; its bytes are the same.
    private func withDump(
        _ compression: String = "none", _ body: (DownloadAnswer, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let store = try openStore(.directory(path: path))
            let key = "shop/\(Self.id).sql"
            _ = try await store.create(key, Part(bytes: Self.stored(compression)))
            let size = Int64(Self.bytes.count)
            let time = Timestamp(seconds: 1_710_506_096)
            let object = Manifest.StoredObject(
                key: key, size: size, uncompressedSize: compression == "none" ? size : 3 * size, etag: nil, parts: [])
            let manifest = Manifest(
                id: Self.id, database: "shop", appliance: "test", tool: "test", startedAt: time, finishedAt: time,
                source: Manifest.SourceFacts(
                    kind: "sqlite", pageSize: 4096, pageCount: 1, encoding: "UTF-8", journalMode: "wal", autoVacuum: 0,
                    userVersion: 0, applicationID: 0, sqliteVersion: "3.40.1"),
                snapshot: Manifest.SnapshotFacts(method: .copy, consistent: true, begunAt: time, takenAt: time),
                options: Manifest.Options(
                    format: .sql, compression: compression, compressionLevel: nil, chunkRows: 1000, partSize: 8 << 20),
                objects: [object], tables: [], schema: [], excluded: [], foreignCollations: [], notes: [])
            let file = try DumpFile(of: manifest, in: store, cache: FrameCache())
            let use = Stores([], meters: StoreMeters()).use()
            let download = Download(manifest, file, use: use)
            try await body(DownloadAnswer(download: download), path + "/" + key)
            await store.shutdown()
        }
    }

    private func request(_ method: HTTPTypes.HTTPRequest.Method = .get, _ headers: HTTPFields = [:]) -> Request {
        Request(
            head: HTTPTypes.HTTPRequest(
                method: method, scheme: nil, authority: "nightjar.test", path: "/", headerFields: headers),
            body: RequestBody(buffer: ByteBuffer()))
    }

    @Test("is the whole file, in pieces, with its name and its length")
    func whole() async throws {
        try await withDump { answer, _ in
            let response = try await answer.response(to: request())
            #expect(response.status == .ok)
            #expect(response.headers[.contentLength] == "1000003")
            #expect(response.headers[.contentType] == "application/sql")
            #expect(response.headers[.contentDisposition] == "attachment; filename=\"\(Self.id).sql\"")
            #expect(response.headers[.acceptRanges] == "bytes")
            #expect(response.headers[.eTag] == Self.tag())
            #expect(response.headers[.contentEncoding] == nil)
            #expect(response.headers[.vary] == nil)
            let sink = try await Sink.taking(response)
            #expect(sink.bytes == Self.bytes)
            #expect(sink.largest <= DumpReader.pieceSize)
            #expect(sink.isFinished)
        }
    }

    @Test(
        "is a part of it, where one is asked for",
        arguments: [
            ("bytes=0-9", 0..<10), ("bytes=262140-262150", 262_140..<262_151),
            ("bytes=1000000-", 1_000_000..<1_000_003), ("bytes=-3", 1_000_000..<1_000_003),
            ("bytes=300000-900000", 300_000..<900_001),
        ] as [(String, Range<Int>)])
    func part(header: String, range: Range<Int>) async throws {
        try await withDump { answer, _ in
            let response = try await answer.response(to: request(.get, [.range: header]))
            #expect(response.status == .partialContent)
            let field = "bytes \(range.lowerBound)-\(range.upperBound - 1)/1000003"
            #expect(response.headers[.contentRange] == field)
            #expect(response.headers[.contentLength] == "\(range.count)")
            #expect(try await Sink.taking(response).bytes == Array(Self.bytes[range]))
        }
    }

    @Test("can be gone on with while it is the same, and begins anew where it is not")
    func ifRange() async throws {
        try await withDump { answer, _ in
            let same = try await answer.response(
                to: request(.get, [.range: "bytes=10-19", .ifRange: Self.tag()]))
            #expect(same.status == .partialContent)
            let other = try await answer.response(
                to: request(.get, [.range: "bytes=10-19", .ifRange: "\"shop-2\""]))
            #expect(other.status == .ok)
            #expect(other.headers[.contentLength] == "1000003")
        }
    }

    @Test("has no part beyond its end")
    func unsatisfiable() async throws {
        try await withDump { answer, _ in
            let error = await #expect(throws: WebError.self) {
                try await answer.response(to: request(.get, [.range: "bytes=1000003-"]))
            }
            #expect(error?.status == .rangeNotSatisfiable)
            #expect(error?.headers[.contentRange] == "bytes */1000003")
        }
    }

    @Test("is not sent to who has it")
    func notModified() async throws {
        try await withDump { answer, _ in
            for method in [HTTPTypes.HTTPRequest.Method.get, .head] {
                let response = try await answer.response(to: request(method, [.ifNoneMatch: "W/\(Self.tag())"]))
                #expect(response.status == .notModified)
                #expect(response.headers[.eTag] == Self.tag())
                #expect(try await Sink.taking(response).bytes.isEmpty)
            }
        }
    }

    @Test("is sent to who means it, and to nobody who means another one")
    func ifMatch() async throws {
        try await withDump("gzip") { answer, _ in
            for method in [HTTPTypes.HTTPRequest.Method.get, .head] {
                let meant = try await answer.response(
                    to: request(method, [.ifMatch: "\"other\", \(Self.tag())", .ifNoneMatch: "\"other\""]))
                #expect(meant.status == .ok)
                for value in ["\"other\"", "W/\(Self.tag())", Self.tag(";gzip")] {
                    let error = await #expect(throws: WebError.self) {
                        try await answer.response(to: request(method, [.ifMatch: value, .ifNoneMatch: "*"]))
                    }
                    #expect(error?.status == .preconditionFailed)
                    #expect(error?.headers[.eTag] == Self.tag())
                }
            }
            let coded = try await answer.response(
                to: request(.get, [.ifMatch: Self.tag(";gzip"), .acceptEncoding: "gzip"]))
            #expect(coded.status == .ok)
            let dated = try await answer.response(
                to: request(.get, [.ifUnmodifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"]))
            #expect(dated.status == .ok)
        }
    }

    @Test("has the same header fields without it, and no parts then")
    func head() async throws {
        try await withDump { answer, _ in
            let response = try await answer.response(to: request(.head, [.range: "bytes=0-9"]))
            #expect(response.status == .ok)
            #expect(response.headers[.contentLength] == "1000003")
            #expect(response.headers[.acceptRanges] == "bytes")
            #expect(try await Sink.taking(response).bytes.isEmpty)
        }
    }

    @Test("is sent as it is stored to who takes that coding, and parts of it are parts of that")
    func coding() async throws {
        try await withDump("gzip") { answer, _ in
            let whole = try await answer.response(to: request(.get, [.acceptEncoding: "zstd, gzip"]))
            #expect(whole.headers[.contentEncoding] == "gzip")
            #expect(whole.headers[.contentType] == "application/sql")
            #expect(whole.headers[.contentLength] == "1000003")
            #expect(whole.headers[.vary] == "Accept-Encoding")
            #expect(whole.headers[.eTag] == Self.tag(";gzip"))
            #expect(try await Sink.taking(whole).bytes == Self.bytes)

            let part = try await answer.response(
                to: request(.get, [.acceptEncoding: "gzip", .range: "bytes=-5", .ifRange: Self.tag(";gzip")]))
            #expect(part.headers[.contentRange] == "bytes 999998-1000002/1000003")
            #expect(try await Sink.taking(part).bytes == Array(Self.bytes.suffix(5)))

            let plain = try await answer.response(to: request(.head, [.acceptEncoding: "gzip;q=0, zstd"]))
            #expect(plain.headers[.contentEncoding] == nil)
            #expect(plain.headers[.contentLength] == "3000009")
            #expect(plain.headers[.vary] == "Accept-Encoding")
            #expect(plain.headers[.eTag] == Self.tag())
        }
    }

    @Test("is a compressed file where that is asked for", arguments: [("gzip", ".sql.gz"), ("zstd", ".sql.zst")])
    func raw(compression: String, ending: String) async throws {
        try await withDump(compression) { answer, _ in
            var answer = answer
            answer.isRaw = true
            let response = try await answer.response(to: request(.head, [.acceptEncoding: compression]))
            #expect(response.headers[.contentType] == "application/\(compression)")
            #expect(response.headers[.contentDisposition] == "attachment; filename=\"\(Self.id)\(ending)\"")
            #expect(response.headers[.contentEncoding] == nil)
            #expect(response.headers[.contentLength] == "1000003")
            #expect(response.headers[.eTag] == Self.tag(";raw"))
        }
    }

    @Test("that was made for this one request has no parts and no conditions")
    func notResumable() async throws {
        try await withDump { answer, _ in
            var answer = answer
            answer.isResumable = false
            let headers: HTTPFields = [.range: "bytes=0-9", .ifMatch: "\"other\"", .ifNoneMatch: "*"]
            let response = try await answer.response(to: request(.get, headers))
            #expect(response.status == .ok)
            #expect(response.headers[.acceptRanges] == nil)
            #expect(response.headers[.contentLength] == "1000003")
        }
    }

    @Test("is refused before anything is sent where it is gone")
    func missing() async throws {
        try await withDump { answer, file in
            try FileManager.default.removeItem(atPath: file)
            for method in [HTTPTypes.HTTPRequest.Method.get, .head] {
                for headers in [[:], [.ifNoneMatch: Self.tag()], [.ifMatch: "\"other\""]] as [HTTPFields] {
                    let error = await #expect(throws: StoreError.self) {
                        try await answer.response(to: request(method, headers))
                    }
                    #expect(error.map { WebError(describing: $0).status } == .notFound)
                }
            }
        }
    }

    @Test("that cannot be read to its end never looks complete, and the server's one line about it names the dump")
    func cut() async throws {
        try await withDump { answer, file in
            let response = try await answer.response(to: request())
            try FileManager.default.removeItem(atPath: file)
            let sink = Sink()
            let error = await #expect(throws: (any Error).self) { try await sink.take(response) }
            let cause = try #require(error)
            let words = "\(cause)"
            #expect(words.hasPrefix("\(Self.id): "), "\(words)")
            #expect(!sink.isFinished)
            #expect(sink.bytes.count < Self.bytes.count)
        }
    }

    @Test("ends with the client that goes away")
    func clientLeaves() async throws {
        try await withDump { answer, _ in
            let response = try await answer.response(to: request())
            let sink = Sink(failingAfter: 2)
            await #expect(throws: ChannelError.self) { try await sink.take(response) }
            #expect(!sink.isFinished)
        }
    }
}
