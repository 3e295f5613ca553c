import Crypto
import Foundation
import Glibc

/// Checks the signature of a request from the specification alone (AWS Signature Version 4, header form:
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html), sharing no code with the product.
struct R2SignatureCheck: Sendable {
    let accessKeyID: String
    let secretAccessKey: String

    /// The refusal, or `nil` when the request is signed as it must be.
    func refusal(of request: R2Request, bodySHA256: String, now: time_t) -> R2Response? {
        guard let header = request.header("authorization") else {
            return .error(403, "AccessDenied", "The request has no Authorization header.")
        }
        guard let claim = Claim(header) else {
            return .error(400, "AuthorizationHeaderMalformed", "The Authorization header cannot be read.")
        }
        guard claim.accessKeyID == accessKeyID else {
            return .error(403, "InvalidAccessKeyId", "The access key ID you provided does not exist in our records.")
        }
        guard let stamp = request.header("x-amz-date"), let seconds = UTCText.parseBasic(stamp) else {
            return .error(403, "AccessDenied", "x-amz-date is missing or malformed.")
        }
        guard stamp.hasPrefix(claim.day), ["auto", "us-east-1", ""].contains(claim.region), claim.service == "s3" else {
            return .error(400, "AuthorizationHeaderMalformed", "The credential scope does not fit this endpoint.")
        }
        guard abs(now - seconds) <= 15 * 60 else {
            return .error(403, "RequestTimeTooSkewed", "The difference between the request time and ours is too large.")
        }
        guard let declared = request.header("x-amz-content-sha256") else {
            return .error(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
        }
        if declared.hasPrefix("STREAMING-") {
            return .error(501, "NotImplemented", "Streaming signatures are not implemented.")
        }
        for name in requiredHeaders(of: request) where !claim.signedHeaders.contains(name) {
            return .error(403, "AccessDenied", "There were headers in the request which were not signed: \(name)")
        }
        guard claim.signedHeaders == claim.signedHeaders.sorted(),
            signature(of: request, stamp: stamp, claim: claim, payload: declared) == claim.signature
        else {
            return .error(
                403, "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.")
        }
        guard declared == bodySHA256 else {
            return .error(
                400, "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.")
        }
        return nil
    }

    private func requiredHeaders(of request: R2Request) -> [String] {
        ["host"] + request.fields.map(\.name).filter { $0.hasPrefix("x-amz-") }
    }

    private func signature(of request: R2Request, stamp: String, claim: Claim, payload: String) -> String {
        var lines = [request.method, PercentText.encode(PercentText.decode(request.rawPath), keeping: "/")]
        let query = R2Request.queryItems(request.rawQuery)
            .map { (PercentText.encode($0.name), PercentText.encode($0.value)) }
            .sorted { first, second in
                let (left, right) = first.0 == second.0 ? (first.1, second.1) : (first.0, second.0)
                return left.utf8.lexicographicallyPrecedes(right.utf8)
            }
        lines.append(query.map { "\($0.0)=\($0.1)" }.joined(separator: "&"))
        for name in claim.signedHeaders {
            let values = request.fields.filter { $0.name == name }.map { field in
                field.value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
            }
            lines.append("\(name):\(values.joined(separator: ","))")
        }
        lines.append("")
        lines.append(claim.signedHeaders.joined(separator: ";"))
        lines.append(payload)
        let canonical = lines.joined(separator: "\n")

        let scope = "\(claim.day)/\(claim.region)/\(claim.service)/aws4_request"
        let digest = R2Digest.hex(SHA256.hash(data: Data(canonical.utf8)))
        let toSign = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(digest)"

        var key = SymmetricKey(data: Data("AWS4\(secretAccessKey)".utf8))
        for word in [claim.day, claim.region, claim.service, "aws4_request"] {
            key = SymmetricKey(data: Data(HMAC<SHA256>.authenticationCode(for: Data(word.utf8), using: key)))
        }
        return R2Digest.hex(HMAC<SHA256>.authenticationCode(for: Data(toSign.utf8), using: key))
    }

    /// What the Authorization header says.
    private struct Claim {
        let accessKeyID: String
        let day: String
        let region: String
        let service: String
        let signedHeaders: [String]
        let signature: String

        init?(_ header: String) {
            let scheme = "AWS4-HMAC-SHA256 "
            guard header.hasPrefix(scheme) else { return nil }
            var values: [String: String] = [:]
            for item in header.dropFirst(scheme.count).split(separator: ",") {
                let halves = item.split(separator: "=", maxSplits: 1)
                guard halves.count == 2 else { return nil }
                values[halves[0].trimmingCharacters(in: .whitespaces)] = String(halves[1])
            }
            guard let credential = values["Credential"], let signed = values["SignedHeaders"],
                let signature = values["Signature"]
            else { return nil }
            let words = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 5, words[4] == "aws4_request" else { return nil }
            accessKeyID = words[0]
            day = words[1]
            region = words[2]
            service = words[3]
            signedHeaders = signed.split(separator: ";").map(String.init)
            self.signature = signature
        }
    }
}

/// Digests as S3 writes them.
enum R2Digest {
    /// Lowercase hex of any sequence of bytes, digests and authentication codes included.
    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }

    static func sha256(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hex(hash.finalize())
    }

    static func md5(_ bytes: [UInt8]) -> [UInt8] {
        var hash = Insecure.MD5()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return Array(hash.finalize())
    }
}
