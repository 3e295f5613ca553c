import Crypto
import FoundationEssentials

/// A manifest as it is stored: JSON with sorted keys, carrying its own SHA-256.
///
/// The hash is taken over the document with sixty-four zeros in the hash's place, so that anybody can check it with
/// `sed` and `sha256sum`.
package enum ManifestDocument {
    private struct Envelope<Body: Codable>: Codable {
        var manifest: Body
        var sha256: String
    }

    /// What every version of the format has, read before the rest: a newer one may hold what this program cannot read.
    private struct Heading: Decodable {
        struct Body: Decodable {
            var formatVersion: Int
            var tool: String?
        }

        var manifest: Body
    }

    private static let blank = String(repeating: "0", count: 64)
    private static let distrust = "Do not trust this backup. List the others with: nightjar list"

    /// The SHA-256 of all of a document's bytes, lower-case hexadecimal: what tells it from another one that is as sound.
    package static func fingerprint(of document: [UInt8]) -> String { Hex.encode(SHA256.hash(data: document)) }

    package static func encode(_ manifest: Manifest) throws -> [UInt8] { try encode(manifest, of: manifest.id) }

    package static func encode(_ manifest: SealedManifest) throws -> [UInt8] { try encode(manifest, of: manifest.id) }

    private static func encode(_ body: some Codable, of id: String) throws -> [UInt8] {
        let document = try Array(JSONText.encoder.encode(Envelope(manifest: body, sha256: blank)))
        guard let hashed = seal(document) else {
            throw NightjarError(.internal, "the manifest of \(id) has no place for its hash")
        }
        return hashed + [UInt8(ascii: "\n")]
    }

    /// A document with the SHA-256 that it has to carry, whatever stood in its place; nil where there is no place for it.
    package static func seal(_ document: [UInt8]) -> [UInt8]? {
        guard let place = hashPlace(in: document) else { return nil }
        var sealed = document
        sealed.replaceSubrange(place, with: blank.utf8)
        let hash = Hex.encode(SHA256.hash(data: sealed))
        sealed.replaceSubrange(place, with: hash.utf8)
        return sealed
    }

    /// - Throws: `NightjarError` with code `difference` where the bytes are not a manifest, not as they were written, or
    ///   say what cannot be so; `configuration` where a newer Nightjar wrote them.
    package static func decodeStored(_ bytes: [UInt8], name: String) throws(NightjarError) -> StoredManifest {
        var document = bytes
        if document.last == UInt8(ascii: "\n") { document.removeLast() }
        guard let sealed = seal(document) else {
            throw NightjarError(.difference, "\(name) is not a manifest: it carries no SHA-256 of its own")
        }
        guard sealed == document else {
            throw NightjarError(
                .difference, "the manifest \(name) was changed after it was written: its SHA-256 does not fit",
                hint: distrust)
        }
        let manifest = try read(Data(document), name: name)
        do {
            switch manifest {
            case .open(let manifest): try manifest.validate()
            case .sealed(let sealed): try sealed.validate()
            }
        } catch {
            throw NightjarError(
                .difference, "the manifest \(name) says what cannot be so: \(error.message)", hint: distrust)
        }
        return manifest
    }

    /// The same of one that is for everybody, or that was decrypted.
    /// - Throws: Code `difference` also where it is one that is encrypted.
    package static func decode(_ bytes: [UInt8], name: String) throws(NightjarError) -> Manifest {
        guard case .open(let manifest) = try decodeStored(bytes, name: name) else {
            throw NightjarError(.difference, "\(name) holds a manifest that is encrypted once more")
        }
        return manifest
    }

    private static func read(_ document: Data, name: String) throws(NightjarError) -> StoredManifest {
        do {
            let heading = try JSONText.decoder.decode(Heading.self, from: document).manifest
            guard heading.formatVersion <= SealedManifest.format else {
                throw NightjarError(
                    .configuration,
                    "the manifest \(name) has format version \(heading.formatVersion), newer than ours",
                    hint: "Use the Nightjar that wrote it: \(printable(heading.tool ?? "unknown"))")
            }
            if heading.formatVersion == SealedManifest.format {
                return .sealed(try JSONText.decoder.decode(Envelope<SealedManifest>.self, from: document).manifest)
            }
            return .open(try JSONText.decoder.decode(Envelope<Manifest>.self, from: document).manifest)
        } catch let error as NightjarError {
            throw error
        } catch {
            throw NightjarError(.difference, "\(name) is not a manifest: \(printable("\(error)"))", cause: error)
        }
    }

    private static func printable(_ text: String) -> String { PrintableText.line(text, limit: 300) }

    /// Where the sixty-four digits of the last `"sha256" : "…"` stand: sorted keys put the document's own behind `manifest`.
    private static func hashPlace(in bytes: [UInt8]) -> Range<Int>? {
        guard let closing = bytes.lastIndex(of: UInt8(ascii: "\"")), closing >= 64,
            bytes[..<(closing - 64)].last == UInt8(ascii: "\"")
        else { return nil }
        let label = Array("\"sha256\"".utf8)
        let before = bytes[..<(closing - 65)].reversed().drop { [0x20, 0x3A].contains($0) }
        guard before.starts(with: label.reversed()) else { return nil }
        return (closing - 64)..<closing
    }
}

/// How Nightjar writes JSON that people may read.
package enum JSONText {
    package static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return encoder
    }

    package static var decoder: JSONDecoder { JSONDecoder() }

    package static func data(_ bytes: [UInt8]) -> Data { Data(bytes) }

    package static func text(_ value: some Encodable) throws -> String {
        String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
