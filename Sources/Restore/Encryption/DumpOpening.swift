import Age
import Crypto
import Dump
import Model

/// What opens the objects of an encrypted backup.
package enum DumpOpening: Sendable {
    /// The key of the run that wrote it, for as long as the run lasts.
    case run(RunKey)
    case identities([AgeIdentity])

    /// The chunks of an object, by what stands before them.
    /// - Parameter head: As many bytes as the manifest says.
    /// - Throws: `DamagedBytes`; `NightjarError` code `encrypted` where this does not open it.
    func payload(of object: Manifest.StoredObject, head: [UInt8]) throws -> AgePayload {
        guard let record = object.head, head.count == record.size, Hex.encode(SHA256.hash(data: head)) == record.sha256
        else {
            throw DamagedBytes(
                reason: "it does not begin as it was written, or another object lies under its name")
        }
        do throws(AgeError) {
            guard let (header, size) = try AgeHeader.parse(head), head.count == size + AgePayload.nonceSize else {
                throw .header("it was cut off")
            }
            return AgePayload(try fileKey(header, object.key), nonce: Array(head[size...]))
        } catch .noMatch {
            throw DumpIdentities.noMatch(object.key)
        } catch {
            throw DamagedBytes(reason: "it cannot be decrypted: \(error)")
        }
    }

    /// What is in a small encrypted document that lies in the store under `name`, or is a part of one that lies there.
    /// - Throws: Code `difference` where it was changed, `encrypted` where this does not open it.
    func open(_ document: [UInt8], of name: String) throws(NightjarError) -> [UInt8] {
        do {
            switch self {
            case .run(let key): return try AgeFile.decrypt(document, key.fileKey(of: name))
            case .identities(let identities): return try AgeFile.decrypt(document, with: identities)
            }
        } catch AgeError.noMatch {
            throw DumpIdentities.noMatch(name)
        } catch {
            throw NightjarError(
                .difference, "\(name) cannot be decrypted: \(error)", hint: Self.distrust, cause: error)
        }
    }

    /// A manifest whose outline anybody can read.
    /// - Throws: Code `difference` also where the outline is that of another one; `encrypted` where this does not open
    ///   it.
    package func open(_ sealed: SealedManifest, name: String) throws(NightjarError) -> Manifest {
        let document = try open(Array(sealed.sealed), of: name)
        let manifest = try ManifestDocument.decode(document, name: name)
        guard sealed.isOutline(of: manifest) else {
            throw NightjarError(
                .difference,
                "\(name) tells outside of other objects than inside: it was changed after it had been written",
                hint: Self.distrust)
        }
        return manifest
    }

    private func fileKey(_ header: AgeHeader, _ object: String) throws(AgeError) -> AgeFileKey {
        switch self {
        case .run(let key): return try header.confirmed(key.fileKey(of: object))
        case .identities(let identities): return try header.fileKey(with: identities)
        }
    }

    static let distrust = "Do not trust this backup. List the others with: nightjar list"
}

/// Why an encrypted backup cannot be opened here.
package enum DumpIdentities {
    /// - Parameter what: An object, or a manifest.
    static func missing(_ what: String) -> NightjarError {
        NightjarError(
            .encrypted, "\(what) is encrypted, and there is no identity to open it with",
            hint: "Give the identity of one of its recipients with --identity FILE, or as `encryption.identity`.")
    }

    static func noMatch(_ what: String) -> NightjarError {
        NightjarError(
            .encrypted, "\(what) is encrypted for other recipients: none of the identities fits",
            hint: "Give the identity of one of its recipients with --identity FILE, or as `encryption.identity`.")
    }
}

extension Manifest.StoredObject {
    /// Bytes of an object before it was encrypted; of any other one its size. nil where no encrypted object can have as many.
    var plainSize: Int64? {
        guard let head else { return size }
        return AgePayload.size(ofEncrypted: size - Int64(head.size))
    }
}
