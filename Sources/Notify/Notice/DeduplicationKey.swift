import Crypto
import FoundationEssentials
import Model

/// What ties the messages about one run together, in the form of a UUID.
package enum DeduplicationKey {
    /// The same for the beginning and the end of a run, also after a restart, and another one on another appliance.
    package static func key(of run: Int64, applianceID: String) -> String {
        uuid(of: Array("\(applianceID)/\(run)".utf8))
    }

    /// A UUID of version 8 made of a SHA-256, as RFC 9562, appendix B.2, makes one.
    package static func uuid(of bytes: [UInt8]) -> String {
        var uuid = Array(SHA256.hash(data: bytes)).prefix(16)
        uuid[6] = uuid[6] & 0x0F | 0x80
        uuid[8] = uuid[8] & 0x3F | 0x80
        let groups = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { Hex.encode(uuid[$0]) }
        return groups.joined(separator: "-")
    }
}
