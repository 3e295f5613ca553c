/// Somebody that files are encrypted for: an X25519 public key, `age1…`. No secret.
package struct AgeRecipient: Hashable, Sendable, CustomStringConvertible {
    static let prefix = "age"

    /// The key's 32 bytes.
    let bytes: [UInt8]
    /// As age writes it.
    package let description: String

    /// - Throws: `AgeError.key`, which says what is expected.
    package init(_ text: String) throws(AgeError) {
        guard let (prefix, bytes) = Bech32.decode(text.utf8), text == text.lowercased() else {
            throw .key(
                text.utf8.starts(with: AgeIdentity.textPrefix.utf8)
                    ? "an identity stands where a recipient belongs: age-keygen -y prints its recipient"
                    : "not a recipient, which begins with age1 and has a checksum")
        }
        guard prefix == Self.prefix, bytes.count == 32 else {
            throw .key(
                prefix == AgeIdentity.prefix
                    ? "an identity stands where a recipient belongs: age-keygen -y prints its recipient"
                    : "a recipient of another kind: only X25519's are known, age1 and 58 characters")
        }
        self.init(bytes: bytes)
    }

    init(bytes: [UInt8]) {
        self.bytes = bytes
        description = Bech32.encode(bytes, prefix: Self.prefix)
    }
}
