import Foundation
import HTTPClient
import Model
import Storage
import TestSupport
import Testing

/// The double is as strict as R2: what it lets pass, R2 lets pass.
@Suite("The R2 double", .timeLimit(.minutes(30)))
struct R2DoubleTests {
    /// Sends signed requests without the store's care.
    private struct Sender {
        let double: R2Double
        let client: HTTPClient

        /// - Parameters:
        ///   - extra: header fields that are signed like the rest.
        ///   - claimed: the bytes whose SHA-256 is sent, where it shall not be the body's.
        ///   - age: seconds by which the request seems old.
        func send(
            _ method: String, _ key: String, query: [SigV4Signer.Pair] = [], body: [UInt8] = [],
            extra: [SigV4Signer.Pair] = [], claimed: [UInt8]? = nil, age: Int64 = 0
        ) async throws -> (status: Int, text: String, headers: HTTPHeaders) {
            let time = Timestamp(seconds: Int64(Date().timeIntervalSince1970) - age)
            let hash = Part(bytes: claimed ?? body).sha256Hex
            let path = "/" + SigV4Signer.encode("\(double.bucket)/\(key)", keepingSlashes: true)
            var fields: [SigV4Signer.Pair] = [
                (name: "x-amz-date", value: SigV4Signer.stamp(time)), (name: "x-amz-content-sha256", value: hash),
            ]
            fields += extra
            let host: SigV4Signer.Pair = (name: "host", value: "127.0.0.1:\(double.port)")
            let signer = SigV4Signer(
                accessKeyID: double.accessKeyID, secretAccessKey: Secret(double.secretAccessKey), region: "auto")
            let authorization = signer.authorization(
                method: method, path: path, query: query, headers: fields + [host], payloadHash: hash, at: time)
            fields.append((name: "authorization", value: authorization))
            let search = query.isEmpty ? "" : "?" + SigV4Signer.canonicalQuery(query)
            let sendsBody = method == "PUT" || method == "POST"
            let answer = try await client.send(
                HTTPRequest(
                    method: method, url: double.endpoint + path + search, headers: HTTPHeaders(fields),
                    body: sendsBody ? .bytes(body) : .none),
                maximumBody: 1 << 20)
            return (answer.status, String(decoding: answer.body, as: UTF8.self), answer.headers)
        }

        /// Uploads parts of these sizes and completes the upload with them.
        func upload(_ key: String, sizes: [Int], etagOf: (Int) -> Int = { $0 }) async throws -> (Int, String) {
            let created = try await send("POST", key, query: [(name: "uploads", value: "")])
            let id = try #require(created.text.components(separatedBy: "UploadId>").dropFirst().first)
                .replacingOccurrences(of: "</", with: "")
            var etags: [String] = []
            for (index, size) in sizes.enumerated() {
                let part = try await send(
                    "PUT", key, query: [(name: "partNumber", value: "\(index + 1)"), (name: "uploadId", value: id)],
                    body: sampleBytes(size, seed: UInt8(index + 1)))
                etags.append(try #require(part.headers["etag"]))
            }
            let listed = etags.indices.map { index in
                "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(etags[etagOf(index)])</ETag></Part>"
            }
            let document = "<CompleteMultipartUpload>\(listed.joined())</CompleteMultipartUpload>"
            let answer = try await send(
                "POST", key, query: [(name: "uploadId", value: id)], body: Array(document.utf8))
            return (answer.status, answer.text)
        }
    }

    private func withSender<Value>(_ body: (R2Double, Sender) async throws -> Value) async throws -> Value {
        try await withR2Double(minimumPartSize: 1000) { double in
            let client = try HTTPClient()
            defer { client.shutdown() }
            return try await body(double, Sender(double: double, client: client))
        }
    }

    @Test(
        "takes parts of one size with a last one that is no larger", arguments: [[1000, 1000, 1], [1000, 1000], [5]])
    func equalParts(_ sizes: [Int]) async throws {
        try await withSender { double, sender in
            let (status, text) = try await sender.upload("dump", sizes: sizes)
            #expect(status == 200, "\(text)")
            #expect(text.contains("-\(sizes.count)&quot;</ETag>"))
            #expect(double.objects["dump"]?.count == sizes.reduce(0, +))
            #expect(double.openUploads.isEmpty)
        }
    }

    @Test(
        "refuses parts of unequal sizes as R2 does",
        arguments: [[2000, 1000, 1], [1000, 1001], [1000, 2000, 1000], [1000, 1000, 1001]])
    func unequalParts(_ sizes: [Int]) async throws {
        try await withSender { double, sender in
            let (status, text) = try await sender.upload("dump", sizes: sizes)
            #expect(status == 400)
            #expect(text.contains("All non-trailing parts must have the same length"))
            #expect(double.objects.isEmpty)
            #expect(double.openUploads == ["dump"])
        }
    }

    @Test("refuses small parts that are not the last, and parts with another's ETag")
    func spoiltParts() async throws {
        try await withSender { _, sender in
            let small = try await sender.upload("small", sizes: [999, 999])
            #expect(small.1.contains("<Code>EntityTooSmall</Code>"))
            let swapped = try await sender.upload("swapped", sizes: [1000, 1000], etagOf: { 1 - $0 })
            #expect(swapped.1.contains("<Code>InvalidPart</Code>"))
        }
    }

    @Test("answers PUT with the MD5, and creates only once when asked to")
    func createOnly() async throws {
        try await withSender { double, sender in
            let condition: [SigV4Signer.Pair] = [(name: "if-none-match", value: "*")]
            let first = try await sender.send("PUT", "a b+c", body: Array("hello".utf8), extra: condition)
            #expect(first.status == 200, "\(first.text)")
            #expect(first.headers["etag"] == "\"5d41402abc4b2a76b9719d911017c592\"")
            let second = try await sender.send("PUT", "a b+c", body: Array("other".utf8), extra: condition)
            #expect(second.status == 412)
            #expect(double.objects == ["a b+c": Array("hello".utf8)])
        }
    }

    @Test("refuses what is not signed as it should be, and stores nothing")
    func refusals() async throws {
        try await withSender { double, sender in
            let body = Array("hello".utf8)
            let hash = try await sender.send("PUT", "x", body: body, claimed: Array("other".utf8))
            #expect(hash.text.contains("<Code>XAmzContentSHA256Mismatch</Code>"))
            let digest = try await sender.send(
                "PUT", "x", body: body, extra: [(name: "content-md5", value: "1B2M2Y8AsgTpgAmY7PhCfg==")])
            #expect(digest.text.contains("<Code>BadDigest</Code>"))
            let old = try await sender.send("PUT", "x", body: body, age: 16 * 60)
            #expect(old.text.contains("<Code>RequestTimeTooSkewed</Code>"))
            let acl = try await sender.send("PUT", "x", body: body, extra: [(name: "x-amz-acl", value: "private")])
            #expect(acl.status == 501)
            let chunked = try await sender.send(
                "PUT", "x", body: body, extra: [(name: "content-encoding", value: "aws-chunked")])
            #expect(chunked.status == 501)
            let unsigned = try await sender.client.send(
                HTTPRequest(url: "\(double.endpoint)/\(double.bucket)/x"), maximumBody: 10_000)
            #expect(unsigned.status == 403)
            #expect(double.objects.isEmpty)
        }
    }

    @Test("lists uploads in pages that follow each other, and encodes their keys when asked to")
    func uploads() async throws {
        try await withSender { double, sender in
            let keys = ["a b", "a&b", "c"]
            for key in keys { double.leaveUpload(key, begunAt: 0) }
            let first = try await sender.send(
                "GET", "", query: [(name: "uploads", value: ""), (name: "max-uploads", value: "2")])
            #expect(first.text.contains("<Key>a b</Key>"))
            #expect(first.text.contains("<Key>a&amp;b</Key>"))
            #expect(first.text.contains("<IsTruncated>true</IsTruncated><NextKeyMarker>a&amp;b</NextKeyMarker>"))
            let second = try await sender.send(
                "GET", "",
                query: [
                    (name: "uploads", value: ""), (name: "key-marker", value: "a&b"),
                    (name: "upload-id-marker", value: "upload-2-of-nightly"),
                ])
            #expect(second.text.components(separatedBy: "<Upload>").count == 2)
            #expect(second.text.contains("<Key>c</Key>"))
            let encoded = try await sender.send(
                "GET", "",
                query: [
                    (name: "uploads", value: ""), (name: "encoding-type", value: "url"), (name: "prefix", value: "a "),
                ])
            #expect(encoded.text.contains("<EncodingType>url</EncodingType>"))
            #expect(encoded.text.contains("<Key>a%20b</Key>"))
            #expect(encoded.text.components(separatedBy: "<Upload>").count == 2)
        }
    }

    @Test("answers a range, and says when there is none")
    func ranges() async throws {
        try await withSender { double, sender in
            double.put("x", Array("hello".utf8))
            let middle = try await sender.send("GET", "x", extra: [(name: "range", value: "bytes=1-3")])
            #expect(middle.status == 206)
            #expect(middle.text == "ell")
            #expect(middle.headers["content-range"] == "bytes 1-3/5")
            let beyond = try await sender.send("GET", "x", extra: [(name: "range", value: "bytes=5-9")])
            #expect(beyond.status == 416)
            let absent = try await sender.send("GET", "y")
            #expect(absent.text.contains("<Code>NoSuchKey</Code>"))
        }
    }
}
