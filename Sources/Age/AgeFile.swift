/// Whole files in the age format, for what is small; large ones are written and read piece by piece.
package enum AgeFile {
    /// - Parameter fileKey: Of this file alone.
    /// - Throws: `AgeError.key`, where a recipient cannot be one.
    package static func encrypt(
        _ bytes: [UInt8], _ fileKey: AgeFileKey = AgeFileKey(), for recipients: [AgeRecipient]
    ) throws -> [UInt8] {
        let nonce = AgePayload.newNonce()
        var file = try AgeHeader(fileKey, for: recipients).encoded + nonce
        var writer = AgeWriter(AgePayload(fileKey, nonce: nonce))
        try bytes.withUnsafeBytes { try writer.append($0) { file += $0 } }
        try writer.finish { file += $0 }
        return file
    }

    /// - Throws: `AgeError`, which says why it cannot be.
    package static func decrypt(_ file: [UInt8], with identities: [AgeIdentity]) throws -> [UInt8] {
        try decrypt(file) { (header) throws(AgeError) in try header.fileKey(with: identities) }
    }

    /// One whose file key whoever wrote it has kept.
    package static func decrypt(_ file: [UInt8], _ fileKey: AgeFileKey) throws -> [UInt8] {
        try decrypt(file) { (header) throws(AgeError) in try header.confirmed(fileKey) }
    }

    /// One that was encrypted with a passphrase; see `AgeHeader.fileKey(passphrase:)`.
    package static func decrypt(_ file: [UInt8], passphrase: String) throws -> [UInt8] {
        try decrypt(file) { (header) throws(AgeError) in try header.fileKey(passphrase: passphrase) }
    }

    private static func decrypt(
        _ file: [UInt8], _ fileKey: (AgeHeader) throws(AgeError) -> AgeFileKey
    ) throws -> [UInt8] {
        guard let (header, size) = try AgeHeader.parse(file) else { throw AgeError.header("it was cut off") }
        let key = try fileKey(header)
        let body = file.dropFirst(size)
        guard body.count >= AgePayload.nonceSize else { throw AgeError.header("it was cut off") }
        var reader = AgeReader(AgePayload(key, nonce: Array(body.prefix(AgePayload.nonceSize))))
        var bytes: [UInt8] = []
        try body.dropFirst(AgePayload.nonceSize).withUnsafeBytes { try reader.append($0) { bytes += $0 } }
        try reader.finish { bytes += $0 }
        return bytes
    }
}
