import Crypto

/// The secret that a header's stanzas hold for each recipient, and that the rest of a file is authenticated and encrypted
/// with: 128 random bits.
package struct AgeFileKey: Sendable {
    package static let size = 16

    private let key: SymmetricKey

    package init() { key = SymmetricKey(size: .bits128) }

    /// - Returns: nil where these are not 16 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        key = SymmetricKey(data: Array(bytes))
    }

    /// A secret.
    package var bytes: [UInt8] { key.withUnsafeBytes { Array($0) } }

    /// - Parameter header: All of it up to `---`.
    func authentication(of header: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: header, using: headerKey))
    }

    func isAuthentication(_ code: [UInt8], of header: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: header, using: headerKey)
    }

    private var headerKey: SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array("header".utf8), outputByteCount: 32)
    }

    /// - Parameter nonce: The 16 bytes behind the header.
    func payloadKey(nonce: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: nonce, info: Array("payload".utf8), outputByteCount: 32)
    }
}
