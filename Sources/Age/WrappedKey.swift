import Crypto
import FoundationEssentials

/// A file key under ChaCha20-Poly1305, with a key that is used once.
struct WrappedKey {
    private static let nonce = [UInt8](repeating: 0, count: 12)
    private static let tagSize = 16

    let bytes: [UInt8]

    /// - Throws: `AgeError.header` where the length is another one, which could hold several keys under one tag.
    init(_ bytes: [UInt8]) throws(AgeError) {
        guard bytes.count == AgeFileKey.size + Self.tagSize else {
            throw .header("a recipient's key has \(bytes.count) bytes")
        }
        self.bytes = bytes
    }

    /// - Throws: `AgeError.key`, which does not happen to keys of the right size.
    init(_ key: AgeFileKey, with wrapping: SymmetricKey) throws(AgeError) {
        guard let nonce = try? ChaChaPoly.Nonce(data: Self.nonce),
            let box = try? ChaChaPoly.seal(key.bytes, using: wrapping, nonce: nonce)
        else { throw .key("the file key cannot be wrapped") }
        bytes = Array(box.ciphertext + box.tag)
    }

    /// - Returns: nil where it was wrapped with another key.
    func open(with wrapping: SymmetricKey) -> AgeFileKey? {
        guard let box = try? ChaChaPoly.SealedBox(combined: Self.nonce + bytes),
            let key = try? ChaChaPoly.open(box, using: wrapping)
        else { return nil }
        return AgeFileKey(bytes: key)
    }
}
