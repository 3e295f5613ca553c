import Crypto
import CryptoExtras
import Foundation

/// Makes the bytes of a vector as the generators of the age project's testkit do (https://c2sp.org/CCTV/age), out of
/// primitives alone: what is random there comes from one stream, so that the bytes are the published ones.
struct TestkitFile {
    static let identity = key("AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0")
    /// That of the first edition.
    static let firstIdentity = key("AGE-SECRET-KEY-1XMWWC06LY3EE5RYTXM9MFLAZ2U56JJJ36S0MYPDRWSVLUL66MV4QX3S7F6")
    static let largeFileKey = bytes(hex: "7aa5bdac0e6afeed3dd0a7eccb42af44")
    static let largeNonce = bytes(hex: "c82f71eb82029b77136399e485e879f4")
    static let chunkSize = 64 * 1024
    /// The first 32 bytes of what is random.
    static let firstRandom: [UInt8] = {
        var file = TestkitFile()
        return file.random(32)
    }()

    var bytes: [UInt8] = []
    var fileKey = Array("YELLOW SUBMARINE".utf8)
    private var randomBytes: [UInt8]
    private var streamKey = SymmetricKey(size: .bits256)
    private var chunk: UInt8 = 0
    /// What was encrypted.
    private(set) var payload: [UInt8] = []

    init() {
        let key = SymmetricKey(data: Array("TEST RANDOMNESS TEST RANDOMNESS!".utf8))
        let nonce = try? Insecure.ChaCha20CTR.Nonce(data: [UInt8](repeating: 0, count: 12))
        let zeros = [UInt8](repeating: 0, count: 1024)
        let stream = nonce.flatMap { try? Insecure.ChaCha20CTR.encrypt(zeros, using: key, nonce: $0) }
        randomBytes = Array(stream ?? Data())
    }

    mutating func random(_ count: Int) -> [UInt8] {
        defer { randomBytes.removeFirst(count) }
        return Array(randomBytes.prefix(count))
    }

    // MARK: Lines

    mutating func line(_ text: String) { bytes += Array("\(text)\n".utf8) }

    mutating func takeLine() -> String {
        let text = bytes.dropLast()
        let start = text.lastIndex(of: 10).map { $0 + 1 } ?? 0
        defer { bytes = Array(bytes[..<start]) }
        return String(decoding: text[start...], as: UTF8.self)
    }

    mutating func version(_ version: String = "v1") { line("age-encryption.org/\(version)") }

    mutating func stanza(_ arguments: String...) { line((["->"] + arguments).joined(separator: " ")) }

    mutating func body(_ body: [UInt8]) {
        var rest = body[...]
        while true {
            let part = rest.prefix(48)
            line(Self.base64(part))
            rest = rest.dropFirst(part.count)
            if part.count < 48 { return }
        }
    }

    mutating func sealedBody(_ key: SymmetricKey) throws {
        let box = try ChaChaPoly.seal(fileKey, using: key, nonce: .init(data: [UInt8](repeating: 0, count: 12)))
        body(Array(box.ciphertext + box.tag))
    }

    // MARK: Recipients

    mutating func x25519(_ identity: [UInt8] = identity) throws {
        let key = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: random(32))
        try x25519(share: Array(key.publicKey.rawRepresentation), identity)
    }

    mutating func x25519(share: [UInt8], _ identity: [UInt8] = identity) throws {
        let key = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: identity)
        stanza("X25519", Self.base64(share))
        let theirs = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: share)
        // A share of low order has no secret but zeros.
        let secret =
            (try? key.sharedSecretFromKeyAgreement(with: theirs)).map { $0.withUnsafeBytes { Array($0) } }
            ?? [UInt8](repeating: 0, count: 32)
        try sealedBody(
            Self.derive(secret, share + key.publicKey.rawRepresentation, "age-encryption.org/v1/X25519"))
    }

    mutating func scrypt(_ passphrase: String, workFactor: Int = 10, salt: [UInt8]? = nil) throws {
        let salt = salt ?? random(16)
        stanza("scrypt", Self.base64(salt), "\(workFactor)")
        try sealedBody(
            KDF.Scrypt.deriveKey(
                from: Array(passphrase.utf8), salt: Array("age-encryption.org/v1/scrypt".utf8) + salt,
                outputByteCount: 32, rounds: 1 << workFactor, blockSize: 8, parallelism: 1))
    }

    // MARK: The end of the header, and what follows

    mutating func code() {
        let key = Self.derive(fileKey, [], "header")
        line("--- " + Self.base64(HMAC<SHA256>.authenticationCode(for: bytes + Array("---".utf8), using: key)))
    }

    mutating func nonce(_ nonce: [UInt8]) {
        streamKey = Self.derive(fileKey, nonce, "payload")
        bytes += nonce
    }

    mutating func chunk(_ text: [UInt8], isLast: Bool = false) throws {
        payload += text
        let nonce = [UInt8](repeating: 0, count: 10) + [chunk, isLast ? 1 : 0]
        let box = try ChaChaPoly.seal(text, using: streamKey, nonce: .init(data: nonce))
        bytes += box.ciphertext + box.tag
        if !isLast { chunk += 1 }
    }

    mutating func payload(_ text: String) throws {
        nonce(random(16))
        try chunk(Array(text.utf8), isLast: true)
    }

    /// One after the other, of zeros, ones and so on.
    static func largeChunk(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: chunkSize) }

    // MARK: Texts

    static func base64(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("=", with: "")
    }

    static func bytes(base64: String) -> [UInt8] {
        let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Array(Data(base64Encoded: base64 + padding) ?? Data())
    }

    /// Another text for the same bytes: the last bit, which does not count, is set.
    static func notCanonical(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let next = text.last.flatMap { alphabet.firstIndex(of: $0) }.map { alphabet[$0 + 1] } ?? "?"
        return text.dropLast() + String(next)
    }

    /// The bytes of an identity; its checksum does not matter here.
    static func key(_ text: String) -> [UInt8] {
        let alphabet = Array("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")
        var (bits, count, bytes) = (0, 0, [UInt8]())
        for character in text.dropFirst("AGE-SECRET-KEY-1".count).dropLast(6) {
            bits = (bits << 5 | (alphabet.firstIndex(of: character) ?? 0)) & 0xFFF
            count += 5
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(bits >> count & 0xFF))
        }
        return bytes
    }

    static func bytes(hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }

    private static func derive(_ secret: [UInt8], _ salt: [UInt8], _ info: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), salt: salt, info: Array(info.utf8), outputByteCount: 32)
    }
}
