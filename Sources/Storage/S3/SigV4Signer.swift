import Crypto
import FoundationEssentials
import Model

/// Signs requests with AWS Signature Version 4 in the `Authorization` header, as S3 wants it: paths encoded once.
///
/// See https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. Pure: the time is a parameter.
package struct SigV4Signer: Sendable {
    /// A name and its value, as for queries and headers.
    package typealias Pair = (name: String, value: String)

    package let accessKeyID: String
    private let secretAccessKey: Secret
    package let region: String
    package let service: String

    package init(accessKeyID: String, secretAccessKey: Secret, region: String, service: String = "s3") {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.region = region
        self.service = service
    }

    /// The value of the `Authorization` header.
    ///
    /// - Parameters:
    ///   - path: percent-encoded as it is sent; see `encode`.
    ///   - query: names and values not encoded yet, in any order.
    ///   - headers: all that shall be signed; `host` and `x-amz-date` must be among them.
    ///   - payloadHash: SHA-256 of the body in lower-case hexadecimal.
    package func authorization(
        method: String, path: String, query: [Pair], headers: [Pair], payloadHash: String, at time: Timestamp
    ) -> String {
        let request = Self.canonicalRequest(
            method: method, path: path, query: query, headers: headers, payloadHash: payloadHash)
        let signature = Hex.encode(mac(stringToSign(request, at: time), key: signingKey(at: time)))
        let signed = Self.canonicalHeaders(headers).map { $0.name }.joined(separator: ";")
        return "AWS4-HMAC-SHA256 Credential=\(accessKeyID)/\(scope(at: time)),SignedHeaders=\(signed)"
            + ",Signature=\(signature)"
    }

    /// Step 1: the request in its canonical form.
    package static func canonicalRequest(
        method: String, path: String, query: [Pair], headers: [Pair], payloadHash: String
    ) -> String {
        let fields = canonicalHeaders(headers)
        var lines = [method, path, canonicalQuery(query)]
        lines += fields.map { "\($0.name):\($0.value)" }
        lines += ["", fields.map { $0.name }.joined(separator: ";"), payloadHash]
        return lines.joined(separator: "\n")
    }

    /// Step 2: what is signed.
    package func stringToSign(_ canonicalRequest: String, at time: Timestamp) -> String {
        let hash = Hex.encode(SHA256.hash(data: Array(canonicalRequest.utf8)))
        return ["AWS4-HMAC-SHA256", Self.stamp(time), scope(at: time), hash].joined(separator: "\n")
    }

    /// A query sorted and percent-encoded; it can be sent as it is.
    package static func canonicalQuery(_ query: [Pair]) -> String {
        let encoded = query.map { (name: encode($0.name), value: encode($0.value)) }
        let sorted = encoded.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        return sorted.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// Percent-encodes all bytes but `A-Z a-z 0-9 - . _ ~`, and slashes where they are to be kept, as in a path.
    package static func encode(_ text: String, keepingSlashes: Bool = false) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                encoded.append(byte)
            case 0x2F where keepingSlashes:
                encoded.append(byte)
            default:
                encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// `20130524T000000Z`, as in the header `x-amz-date`.
    package static func stamp(_ time: Timestamp) -> String {
        String(time.compact.map { $0 == "-" ? "T" : $0 }) + "Z"
    }

    private static func canonicalHeaders(_ headers: [Pair]) -> [Pair] {
        let fields = headers.map { header -> Pair in
            // Outer blanks go, and inner runs of them become one.
            let words = header.value.split(whereSeparator: { $0 == " " || $0 == "\t" })
            return (name: header.name.lowercased(), value: words.joined(separator: " "))
        }
        return fields.sorted { $0.name < $1.name }
    }

    private func scope(at time: Timestamp) -> String {
        "\(day(time))/\(region)/\(service)/aws4_request"
    }

    private func day(_ time: Timestamp) -> String {
        String(time.compact.prefix(8))
    }

    private func signingKey(at time: Timestamp) -> [UInt8] {
        var key = Array("AWS4\(secretAccessKey.value)".utf8)
        for step in [day(time), region, service, "aws4_request"] { key = mac(step, key: key) }
        return key
    }

    private func mac(_ text: String, key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }
}
