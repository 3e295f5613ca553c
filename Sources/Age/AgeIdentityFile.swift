/// A file with identities, as age-keygen writes it, in the clear or encrypted with a passphrase by `age -p`.
package enum AgeIdentityFile: Sendable {
    case identities([AgeIdentity])
    /// In the age format; `open` gives what is inside.
    case encrypted([UInt8])

    /// - Throws: `AgeError`, which quotes nothing of the file.
    package init(_ bytes: [UInt8]) throws(AgeError) {
        let file = AgeArmor.isArmor(bytes) ? try AgeArmor.decode(bytes) : bytes
        guard AgeHeader.begins(file) else {
            self = .identities(try AgeIdentity.all(in: String(decoding: file, as: UTF8.self)))
            return
        }
        guard let (header, _) = try AgeHeader.parse(file) else { throw .header("it was cut off") }
        guard header.needsPassphrase else {
            throw .key("the identities are encrypted for a recipient; only those behind a passphrase can be opened")
        }
        self = .encrypted(file)
    }

    /// The identities; a passphrase is asked for where they are encrypted. Trying it takes a second or so, and some hundred MB.
    ///
    /// - Throws: `AgeError.noMatch`, where it is another passphrase; other ones where the file is not sound.
    package func open(_ passphrase: () throws -> String) throws -> [AgeIdentity] {
        switch self {
        case .identities(let identities): return identities
        case .encrypted(let file):
            let text = try AgeFile.decrypt(file, passphrase: passphrase())
            return try AgeIdentity.all(in: String(decoding: text, as: UTF8.self))
        }
    }
}
