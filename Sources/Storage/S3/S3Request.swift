import Crypto
import FoundationEssentials
import HTTPClient
import Model

/// One request to a bucket before it is signed.
struct S3Request: Sendable {
    /// SHA-256 of no bytes.
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    let method: String
    /// What is being done, as errors say it.
    let operation: String
    /// The object's key relative to the store's prefix, for errors; nil for the bucket itself.
    let key: String?
    var query: [SigV4Signer.Pair] = []
    var headers: [SigV4Signer.Pair] = []
    private(set) var body = HTTPRequest.Body.none
    private(set) var payloadHash = S3Request.emptyHash
    /// How much longer than other requests this one may keep us waiting.
    var patience = 1

    init(_ method: String, _ operation: String, key: String?) {
        self.method = method
        self.operation = operation
        self.key = key
    }

    /// Sends a part's bytes with both of its digests.
    mutating func setBody(_ part: Part) {
        body = .bytes(part.bytes)
        payloadHash = part.sha256Hex
        headers.append((name: "content-md5", value: part.contentMD5))
        headers.append((name: "content-type", value: "application/octet-stream"))
    }

    /// Sends a short text.
    mutating func setBody(_ text: String, type: String) {
        let bytes = Array(text.utf8)
        body = .bytes(bytes)
        payloadHash = Hex.encode(SHA256.hash(data: bytes))
        headers.append((name: "content-type", value: type))
    }
}

/// Where the requests to one store go.
struct S3Endpoint: Sendable {
    /// `https://host:port`, as it stands before the path.
    let base: String
    /// As sent in the Host header: without a port that is the scheme's own.
    let host: String
    /// `/path/bucket`, percent-encoded.
    let bucketPath: String
    /// Goes before every key; empty, or with a slash at its end.
    let prefix: String

    /// Nil when `endpoint` is not an http or https URL of host and path alone.
    init?(endpoint: String, bucket: String, prefix: String) {
        let pieces = endpoint.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard pieces.count >= 3, pieces[1].isEmpty, !pieces[2].isEmpty, !bucket.isEmpty,
            !endpoint.utf8.contains(where: { "?#@".utf8.contains($0) })
        else { return nil }
        let scheme = pieces[0].lowercased()
        let authority = pieces[2].lowercased()
        let ownPort: String
        switch scheme {
        case "https:": ownPort = ":443"
        case "http:": ownPort = ":80"
        default: return nil
        }
        base = "\(scheme)//\(authority)"
        host = authority.hasSuffix(ownPort) ? String(authority.dropLast(ownPort.count)) : authority
        let folders = pieces.dropFirst(3).filter { !$0.isEmpty } + [bucket]
        bucketPath = folders.map { "/" + SigV4Signer.encode($0) }.joined()
        self.prefix = ObjectKey.normalizedPrefix(prefix)
    }

    /// The percent-encoded path of an object, or of the bucket.
    func path(of key: String?) -> String {
        guard let key else { return bucketPath }
        return bucketPath + "/" + SigV4Signer.encode(prefix + key, keepingSlashes: true)
    }
}
