import Crypto
import FoundationEssentials

/// A manifest as it is stored: JSON with sorted keys, carrying its own SHA-256.
///
/// The hash is taken over the document with sixty-four zeros in the hash's place, so that anybody can check it with
/// `sed` and `sha256sum`.
package enum ManifestDocument {
    private struct Envelope: Codable {
        var manifest: Manifest
        var sha256: String
    }

    private static let blank = String(repeating: "0", count: 64)

    package static func encode(_ manifest: Manifest) throws -> [UInt8] {
        let unsigned = try Array(JSONText.encoder.encode(Envelope(manifest: manifest, sha256: blank)))
        guard let place = hashPlace(in: unsigned) else {
            throw NightjarError(.internal, "the manifest of \(manifest.id) has no place for its hash")
        }
        var signed = unsigned
        signed.replaceSubrange(place, with: Hex.encode(SHA256.hash(data: unsigned)).utf8)
        return signed + [UInt8(ascii: "\n")]
    }

    /// - Throws: `NightjarError` with code `difference` where the bytes are not a manifest, or not as they were written.
    package static func decode(_ bytes: [UInt8], name: String) throws(NightjarError) -> Manifest {
        var unsigned = bytes
        if unsigned.last == UInt8(ascii: "\n") { unsigned.removeLast() }
        guard let place = hashPlace(in: unsigned) else {
            throw NightjarError(.difference, "\(name) is not a manifest: it carries no SHA-256 of its own")
        }
        let stated = String(decoding: unsigned[place], as: UTF8.self)
        unsigned.replaceSubrange(place, with: blank.utf8)
        guard stated == Hex.encode(SHA256.hash(data: unsigned)) else {
            throw NightjarError(
                .difference, "the manifest \(name) was changed after it was written: its SHA-256 does not fit",
                hint: "Do not trust this backup. List the others with: nightjar list")
        }
        do {
            let manifest = try JSONDecoder().decode(Envelope.self, from: Data(unsigned)).manifest
            guard manifest.formatVersion <= Manifest.currentFormat else {
                throw NightjarError(
                    .configuration, "the manifest \(name) has format version \(manifest.formatVersion), newer than ours",
                    hint: "Use the Nightjar that wrote it: \(manifest.tool)")
            }
            return manifest
        } catch let error as NightjarError {
            throw error
        } catch {
            throw NightjarError(.difference, "\(name) is not a manifest: \(error)")
        }
    }

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
