@testable import Age

extension FuzzTarget {
    /// Of the recipient that the corpus is encrypted for: the testkit's, which everybody knows.
    private static let ageIdentity = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"

    /// A file in the age format is refused, or decrypted to the same bytes in whichever pieces it comes.
    static let age = FuzzTarget(name: "age") { bytes in
        let identity = try AgeIdentity(ageIdentity)
        let armored = AgeArmor.isArmor(bytes)
        _ = try? AgeIdentityFile(bytes)
        guard let file = armored ? try? AgeArmor.decode(bytes) : bytes else { return }
        guard let parsed = try? AgeHeader.parse(file) else { return }
        try require(parsed.size <= file.count, "the header has \(parsed.size) of \(file.count) bytes")
        guard let again = try AgeHeader.parse(file.prefix(parsed.size)) else {
            throw Broken(description: "the header is not whole without what follows it")
        }
        try require(again.size == parsed.size, "the header has \(again.size) bytes without what follows it")
        try require(
            again.header.encoded == Array(file.prefix(parsed.size)),
            "the header is written in other bytes than it was read from")
        guard let key = try? parsed.header.fileKey(with: [identity]) else { return }
        let payload = Array(file.dropFirst(parsed.size))
        guard payload.count >= AgePayload.nonceSize else { return }
        let whole = decrypted(payload, key, by: max(payload.count, 1))
        for size in [1, 1000] {
            try require(
                decrypted(payload, key, by: size) == whole, "in pieces of \(size) bytes it is decrypted otherwise")
        }
        try require((try? AgeFile.decrypt(file, with: [identity])) == whole, "as a whole it is decrypted otherwise")
    }

    /// nil where it is refused.
    private static func decrypted(_ payload: [UInt8], _ key: AgeFileKey, by size: Int) -> [UInt8]? {
        var reader = AgeReader(AgePayload(key, nonce: Array(payload.prefix(AgePayload.nonceSize))))
        var text: [UInt8] = []
        let sealed = Array(payload.dropFirst(AgePayload.nonceSize))
        do {
            for start in stride(from: 0, to: sealed.count, by: size) {
                try sealed[start..<min(start + size, sealed.count)].withUnsafeBytes {
                    try reader.append($0) { text += $0 }
                }
            }
            try reader.finish { text += $0 }
            return text
        } catch {
            return nil
        }
    }
}
