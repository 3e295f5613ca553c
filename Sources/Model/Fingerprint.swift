import Crypto
import FoundationEssentials

/// Tells whether something is still the same without keeping what it is, which may be a secret.
package enum Fingerprint {
    /// 32 hexadecimal digits: the first half of the SHA-256 of all parts, each with its length before it. The same in
    /// every process.
    package static func of(_ parts: [String]) -> String {
        var hash = SHA256()
        for part in parts {
            let bytes = Array(part.utf8)
            hash.update(data: Array("\(bytes.count):".utf8) + bytes)
        }
        return Hex.encode(hash.finalize().prefix(16))
    }
}
