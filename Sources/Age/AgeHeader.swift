/// The beginning of a file in the age format, version 1 (https://age-encryption.org/v1): the file key for each recipient,
/// and what shows that nobody has changed it.
package struct AgeHeader: Sendable {
    private static let version = "age-encryption.org/v1"
    private static let end = Array("---".utf8)
    /// Bytes; a header takes some 150 for each recipient.
    static let maximumSize = 1 << 20

    let stanzas: [AgeStanza]
    private let code: [UInt8]

    /// - Throws: `AgeError.key`, where a recipient cannot be one, or there is none: nobody could open the file.
    package init(_ fileKey: AgeFileKey, for recipients: [AgeRecipient]) throws(AgeError) {
        guard !recipients.isEmpty else { throw .key("there is no recipient to encrypt for") }
        var stanzas: [AgeStanza] = []
        for recipient in recipients { stanzas.append(try X25519Stanza.wrap(fileKey, for: recipient)) }
        self.init(fileKey, stanzas: stanzas)
    }

    init(_ fileKey: AgeFileKey, stanzas: [AgeStanza]) {
        self.stanzas = stanzas
        code = fileKey.authentication(of: Self.encoded(stanzas))
    }

    private init(stanzas: [AgeStanza], code: [UInt8]) {
        self.stanzas = stanzas
        self.code = code
    }

    /// Whether a file begins as a header does, of whichever version.
    static func begins(_ file: [UInt8]) -> Bool { file.starts(with: "age-encryption.org/".utf8) }

    /// - Returns: The header that these bytes begin with and its size, or nil where they end before it.
    /// - Throws: `AgeError.header`, as soon as they cannot be those of a header.
    package static func parse(_ bytes: some Collection<UInt8>) throws(AgeError) -> (header: AgeHeader, size: Int)? {
        let bytes = Array(bytes.prefix(maximumSize))
        var rest = bytes[...]
        func line() throws(AgeError) -> ArraySlice<UInt8>? {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                if bytes.count == maximumSize { throw .header("it has no end") }
                return nil
            }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        guard bytes.starts(with: Array(version.utf8).prefix(bytes.count)) else { throw .header("it begins otherwise") }
        guard let first = try line() else { return nil }
        guard first.elementsEqual(version.utf8) else { throw .header("it is of another version") }
        var stanzas: [AgeStanza] = []
        while let begin = try line() {
            if begin.starts(with: end) {
                return (AgeHeader(stanzas: try checked(stanzas), code: try code(in: begin)), rest.startIndex)
            }
            var stanza = try AgeStanza(begin)
            var isWhole = false
            while !isWhole {
                guard let next = try line() else { return nil }
                isWhole = try stanza.append(next)
            }
            stanzas.append(stanza)
        }
        return nil
    }

    private static func checked(_ stanzas: [AgeStanza]) throws(AgeError) -> [AgeStanza] {
        guard !stanzas.isEmpty else { throw .header("it has no recipients") }
        // Whoever knows a passphrase may expect that nobody else has made the file.
        guard stanzas.count == 1 || !stanzas.contains(where: { $0.type == ScryptStanza.type }) else {
            throw .header("it has a passphrase beside recipients")
        }
        return stanzas
    }

    private static func code(in line: ArraySlice<UInt8>) throws(AgeError) -> [UInt8] {
        let text = line.dropFirst(end.count)
        guard text.first == UInt8(ascii: " "), let code = RawBase64.decode(text.dropFirst()), code.count == 32 else {
            throw .header("its last line is not one")
        }
        return code
    }

    /// As it stands at the beginning of a file.
    package var encoded: [UInt8] {
        Self.encoded(stanzas) + [UInt8(ascii: " ")] + RawBase64.encode(code) + [UInt8(ascii: "\n")]
    }

    /// What the code is of.
    private static func encoded(_ stanzas: [AgeStanza]) -> [UInt8] {
        Array("\(version)\n".utf8) + stanzas.flatMap(\.encoded) + end
    }

    /// The file key, by whichever of the identities fits.
    ///
    /// - Throws: `AgeError.noMatch` where none does; `.header` where what was made for one is not sound;
    ///   `.headerAuthentication` where the header is not that of the file key.
    package func fileKey(with identities: [AgeIdentity]) throws(AgeError) -> AgeFileKey {
        try fileKey { (stanza: AgeStanza) throws(AgeError) -> AgeFileKey? in
            for identity in identities {
                if let key = try identity.unwrap(stanza) { return key }
            }
            return nil
        }
    }

    /// The file key of a file that was encrypted with a passphrase. Takes a second or so, and some hundred MB.
    ///
    /// - Throws: As for identities.
    package func fileKey(passphrase: String) throws(AgeError) -> AgeFileKey {
        try fileKey { (stanza: AgeStanza) throws(AgeError) -> AgeFileKey? in
            try ScryptStanza(stanza)?.unwrap(with: passphrase)
        }
    }

    /// The file key that whoever wrote the header has kept.
    ///
    /// - Throws: `AgeError.headerAuthentication` where it is not the header's.
    package func confirmed(_ key: AgeFileKey) throws(AgeError) -> AgeFileKey {
        guard key.isAuthentication(code, of: Self.encoded(stanzas)) else { throw .headerAuthentication }
        return key
    }

    /// Whether it was encrypted with a passphrase.
    package var needsPassphrase: Bool { stanzas.contains { $0.type == ScryptStanza.type } }

    private func fileKey(
        _ unwrap: (AgeStanza) throws(AgeError) -> AgeFileKey?
    ) throws(AgeError) -> AgeFileKey {
        for stanza in stanzas {
            guard let key = try unwrap(stanza) else { continue }
            return try confirmed(key)
        }
        throw .noMatch
    }
}
