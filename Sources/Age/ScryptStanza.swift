import Crypto
import CryptoExtras

/// The file key for whoever knows a passphrase, as `age -p` makes it.
struct ScryptStanza {
    static let type = "scrypt"
    private static let label = Array("age-encryption.org/v1/scrypt".utf8)
    private static let blockSize = 8
    /// The binary logarithm of scrypt's rounds; this one takes 4 GiB of memory. age itself makes 18, which takes 256 MiB.
    private static let maximumWorkFactor = 22

    private let salt: [UInt8]
    private let workFactor: Int
    private let wrapped: WrappedKey

    /// - Returns: nil for a stanza of another type.
    /// - Throws: `AgeError.header`, where it is no sound one of this type.
    init?(_ stanza: AgeStanza) throws(AgeError) {
        guard stanza.type == Self.type else { return nil }
        guard stanza.arguments.count == 2, let salt = RawBase64.decode(stanza.arguments[0].utf8), salt.count == 16
        else {
            throw .header("the salt of a passphrase has not 16 bytes")
        }
        let digits = stanza.arguments[1]
        guard let factor = Int(digits), "\(factor)" == digits, factor > 0, factor <= Self.maximumWorkFactor else {
            throw .header("the work factor of a passphrase is not from 1 to \(Self.maximumWorkFactor)")
        }
        self.salt = salt
        workFactor = factor
        wrapped = try WrappedKey(stanza.body)
    }

    /// - Returns: nil where it is another passphrase's.
    /// - Throws: `AgeError.key` where there is no memory for it.
    func unwrap(with passphrase: String) throws(AgeError) -> AgeFileKey? {
        wrapped.open(with: try Self.key(of: passphrase, salt: salt, workFactor: workFactor))
    }

    private static func key(of passphrase: String, salt: [UInt8], workFactor: Int) throws(AgeError) -> SymmetricKey {
        let memory = 128 * blockSize << workFactor
        do {
            return try KDF.Scrypt.deriveKey(
                from: Array(passphrase.utf8), salt: label + salt, outputByteCount: 32, rounds: 1 << workFactor,
                blockSize: blockSize, parallelism: 1, maxMemory: memory + 1 << 20)
        } catch {
            throw .key("the passphrase cannot be tried: it takes \(memory >> 20) MiB of memory")
        }
    }
}
