import Crypto
import FoundationEssentials
import Model
import Synchronization

/// One piece of a multipart upload, or a whole small object, with the digests that manifests and stores ask for.
package struct Part: Sendable {
    /// Counted from 1.
    package let number: Int
    package let bytes: [UInt8]
    /// 32 bytes.
    package let sha256: [UInt8]
    private let md5Memo = MD5Memo()

    /// Computes the SHA-256: about a millisecond a MiB, so not for an actor that others wait for.
    package init(number: Int = 1, bytes: [UInt8]) {
        self.number = number
        self.bytes = bytes
        sha256 = Array(SHA256.hash(data: bytes))
    }

    /// 16 bytes; not for security, but because S3's ETags are made of it. Computed when it is first asked for: a
    /// directory does without.
    package var md5: [UInt8] { md5Memo.digest(of: bytes) }

    package var size: Int64 { Int64(bytes.count) }
    /// Lower-case hexadecimal.
    package var sha256Hex: String { Hex.encode(sha256) }
    /// Lower-case hexadecimal; the ETag that S3 gives this part.
    package var md5Hex: String { Hex.encode(md5) }
    /// As in the Content-MD5 header (RFC 1864).
    var contentMD5: String { Data(md5).base64EncodedString() }
}

private final class MD5Memo: Sendable {
    private let known = Mutex<[UInt8]?>(nil)

    func digest(of bytes: [UInt8]) -> [UInt8] {
        known.withLock { known in
            let digest = known ?? Array(Insecure.MD5.hash(data: bytes))
            known = digest
            return digest
        }
    }
}

/// A part that the store has taken, as a checkpoint keeps it.
package struct UploadedPart: Sendable, Codable, Equatable {
    /// Counted from 1.
    package let number: Int
    /// Bytes.
    package let size: Int64
    /// Lower-case hexadecimal.
    package let sha256: String
    /// What the store answered, without quotes: in S3 the part's MD5. nil in a directory.
    package let etag: String?

    package init(number: Int, size: Int64, sha256: String, etag: String?) {
        self.number = number
        self.size = size
        self.sha256 = sha256
        self.etag = etag
    }

    package init(_ part: Part, etag: String?) {
        self.init(number: part.number, size: part.size, sha256: part.sha256Hex, etag: etag)
    }
}

extension [UploadedPart] {
    /// S3's ETag of an object made of these parts: the MD5 of their MD5s, a hyphen, their number.
    var multipartETag: String {
        var digests: [UInt8] = []
        for part in self { digests += part.etag.flatMap { Hex.decode($0) } ?? [] }
        return "\(Hex.encode(Insecure.MD5.hash(data: digests)))-\(count)"
    }

    var totalSize: Int64 { reduce(0) { $0 + $1.size } }

    /// Why these are not all the parts of one object, or nil. Numbers go from 1 without gaps; all but the last have one
    /// size.
    func complaint(partSize: Int64) -> String? {
        if isEmpty { return "an object needs at least one part" }
        for (index, part) in enumerated() {
            if part.number != index + 1 { return "part \(index + 1) is missing" }
            if index < count - 1 && part.size != partSize {
                return "part \(part.number) has \(part.size) bytes instead of \(partSize)"
            }
            if part.size > partSize { return "part \(part.number) is larger than \(partSize) bytes" }
        }
        return nil
    }
}
