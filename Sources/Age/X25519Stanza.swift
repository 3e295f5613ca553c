import Crypto

/// The file key for the holder of an X25519 key.
struct X25519Stanza {
    static let type = "X25519"
    private static let info = Array("age-encryption.org/v1/X25519".utf8)

    /// The public half of a key that was made for this stanza alone.
    private let share: Curve25519.KeyAgreement.PublicKey
    private let wrapped: WrappedKey

    /// - Throws: `AgeError.header`, where it is no sound one of this type.
    init(_ stanza: AgeStanza) throws(AgeError) {
        guard stanza.arguments.count == 1, let bytes = RawBase64.decode(stanza.arguments[0].utf8),
            let share = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes)
        else { throw .header("the share of an X25519 recipient has not 32 bytes") }
        self.share = share
        wrapped = try WrappedKey(stanza.body)
    }

    /// - Returns: nil where it is for somebody else.
    func unwrap(
        with key: Curve25519.KeyAgreement.PrivateKey, for recipient: AgeRecipient
    ) throws(AgeError) -> AgeFileKey? {
        guard let secret = Self.secret(of: key, with: share) else {
            throw .header("the share of an X25519 recipient gives no secret")
        }
        return wrapped.open(with: Self.wrappingKey(secret, share: share, recipient: recipient))
    }

    /// - Throws: `AgeError.key`, where the recipient is of those few that have no secret.
    static func wrap(_ fileKey: AgeFileKey, for recipient: AgeRecipient) throws(AgeError) -> AgeStanza {
        let key = Curve25519.KeyAgreement.PrivateKey()
        guard let theirs = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: recipient.bytes),
            let secret = Self.secret(of: key, with: theirs)
        else { throw .key("nothing can be kept secret for \(recipient)") }
        let wrapping = wrappingKey(secret, share: key.publicKey, recipient: recipient)
        let share = String(decoding: RawBase64.encode(key.publicKey.rawRepresentation), as: UTF8.self)
        return AgeStanza(type: type, arguments: [share], body: try WrappedKey(fileKey, with: wrapping).bytes)
    }

    /// - Returns: nil for a public key of those few with which everybody has the same secret, zeros (RFC 7748, section 6.1).
    ///   Not every build of swift-crypto refuses them.
    private static func secret(
        of key: Curve25519.KeyAgreement.PrivateKey, with other: Curve25519.KeyAgreement.PublicKey
    ) -> SharedSecret? {
        guard let secret = try? key.sharedSecretFromKeyAgreement(with: other) else { return nil }
        return secret.withUnsafeBytes { $0.contains { $0 != 0 } } ? secret : nil
    }

    private static func wrappingKey(
        _ secret: SharedSecret, share: Curve25519.KeyAgreement.PublicKey, recipient: AgeRecipient
    ) -> SymmetricKey {
        secret.hkdfDerivedSymmetricKey(
            using: SHA256.self, salt: Array(share.rawRepresentation) + recipient.bytes, sharedInfo: info,
            outputByteCount: 32)
    }
}
