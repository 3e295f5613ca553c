import Crypto
import FoundationEssentials

/// The encrypted bytes behind a header: chunks of 64 KiB, each under ChaCha20-Poly1305 with a nonce that says which one it is
/// and whether it is the last (STREAM, https://age-encryption.org/v1). A chunk can be opened by itself.
package struct AgePayload: Sendable {
    /// Bytes of a chunk before it is encrypted; the last one may have fewer.
    package static let chunkSize = 64 << 10
    /// Bytes that encrypting adds to each chunk.
    package static let tagSize = 16
    /// Bytes of the nonce, which stands in front of the first chunk.
    package static let nonceSize = 16

    private let key: SymmetricKey

    /// - Parameter nonce: Random, and in front of the chunks.
    package init(_ fileKey: AgeFileKey, nonce: [UInt8]) {
        key = fileKey.payloadKey(nonce: nonce)
    }

    package static func newNonce() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<nonceSize).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// Bytes of all chunks of so many bytes; also none of them take a chunk.
    package static func encryptedSize(of size: Int64) -> Int64 {
        let chunks = max(1, (size + Int64(chunkSize) - 1) / Int64(chunkSize))
        return size + chunks * Int64(tagSize)
    }

    /// Bytes that so many in chunks hold; nil where no chunks have as many.
    package static func size(ofEncrypted size: Int64) -> Int64? {
        let whole = Int64(chunkSize + tagSize)
        let rest = size % whole
        guard size >= Int64(tagSize), rest == 0 || rest > Int64(tagSize) || size == Int64(tagSize) else { return nil }
        return size / whole * Int64(chunkSize) + (rest == 0 ? 0 : rest - Int64(tagSize))
    }

    /// - Parameter chunk: 64 KiB; fewer in the last one, which is empty only where it is the first one, too.
    /// - Returns: The encrypted bytes.
    func seal(_ chunk: UnsafeRawBufferPointer, number: UInt64, isLast: Bool) throws -> Data {
        let nonce = try ChaChaPoly.Nonce(data: Self.nonce(number, isLast: isLast))
        let box = try ChaChaPoly.seal(chunk, using: key, nonce: nonce)
        return box.combined.dropFirst(Self.nonceLength)
    }

    /// - Parameter number: Counted from 0.
    /// - Returns: nil where these are not the bytes of that chunk.
    func open(_ chunk: UnsafeRawBufferPointer, number: UInt64, isLast: Bool) -> Data? {
        let sealed = Self.nonce(number, isLast: isLast) + chunk
        guard let box = try? ChaChaPoly.SealedBox(combined: sealed) else { return nil }
        return try? ChaChaPoly.open(box, using: key)
    }

    // MARK: What may be wrong with chunks

    static let truncation = AgeError.payload("it was cut off")
    static let excess = AgeError.payload("bytes follow its end")

    /// - Parameter chunk: Counted from 0.
    static func damage(chunk: UInt64) -> AgeError {
        .payload("chunk \(chunk + 1) is damaged, or not the one that belongs there")
    }

    // MARK: Nonces

    private static let nonceLength = 12

    /// The chunk's number in eleven bytes, the first one counting most, and whether it is the last.
    private static func nonce(_ number: UInt64, isLast: Bool) -> [UInt8] {
        let counter = withUnsafeBytes(of: number.bigEndian) { Array($0) }
        return [0, 0, 0] + counter + [isLast ? 1 : 0]
    }
}
