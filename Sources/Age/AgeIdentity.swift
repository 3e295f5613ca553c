import Crypto
import FoundationEssentials

/// The secret half of a recipient: an X25519 private key, `AGE-SECRET-KEY-1…`.
package struct AgeIdentity: Sendable, Equatable, CustomStringConvertible {
    static let prefix = "age-secret-key-"
    static let textPrefix = "AGE-SECRET-KEY-1"

    private let key: Curve25519.KeyAgreement.PrivateKey
    package let recipient: AgeRecipient

    /// A recipient has one identity alone.
    package static func == (left: AgeIdentity, right: AgeIdentity) -> Bool { left.recipient == right.recipient }

    /// - Throws: `AgeError.key`, without the text.
    package init(_ text: some StringProtocol) throws(AgeError) {
        guard text.utf8.starts(with: Self.textPrefix.utf8), let (prefix, bytes) = Bech32.decode(text.utf8),
            prefix == Self.prefix, let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)
        else { throw .key("not an identity, which begins with \(Self.textPrefix) and has a checksum") }
        self.init(key)
    }

    /// A new one.
    package init() { self.init(Curve25519.KeyAgreement.PrivateKey()) }

    private init(_ key: Curve25519.KeyAgreement.PrivateKey) {
        self.key = key
        recipient = AgeRecipient(bytes: Array(key.publicKey.rawRepresentation))
    }

    /// The identities of a file as age-keygen writes it: one a line, between empty lines and comments.
    ///
    /// - Throws: `AgeError.key` with the number of the line, or where there is none.
    package static func all(in text: String) throws(AgeError) -> [AgeIdentity] {
        var identities: [AgeIdentity] = []
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (number, line) in lines.enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            do {
                identities.append(try AgeIdentity(line))
            } catch {
                throw .key("line \(number + 1) is \(error)")
            }
        }
        guard !identities.isEmpty else { throw .key("no identity: a line with \(Self.textPrefix)… is expected") }
        return identities
    }

    /// The identity as age-keygen writes it: a secret.
    package var secretText: String { Bech32.encode(key.rawRepresentation, prefix: Self.prefix).uppercased() }

    /// Its recipient, which is no secret.
    package var description: String { "identity of \(recipient)" }

    /// - Returns: The file key, or nil where the stanza is for somebody else.
    /// - Throws: `AgeError.header`, where it is no sound stanza of its kind.
    func unwrap(_ stanza: AgeStanza) throws(AgeError) -> AgeFileKey? {
        guard stanza.type == X25519Stanza.type else { return nil }
        let sound = try X25519Stanza(stanza)
        return try sound.unwrap(with: key, for: recipient)
    }
}
