import Crypto
import Dump
import Foundation
import Model
import TestSupport
import Zstandard

/// Edits a backup's dump as somebody would who knows how everything vouches for it: checksums and places are mended,
/// and only what was counted and digested in the source stays as it was.
struct BackupForger {
    private let bench: Workbench
    private let path: String
    private(set) var manifest: Manifest
    private(set) var text: [UInt8]

    init(_ id: String, in bench: Workbench) throws {
        self.bench = bench
        manifest = try bench.manifest(of: id)
        guard let object = manifest.objects.first else { throw CommandError("\(id) has no object") }
        path = bench.objectPath(object)
        let stored = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var text: [UInt8] = []
        if manifest.options.compression == "zstd" {
            try stored.withUnsafeBytes { bytes in
                try ZstdDecompressor().decompress(bytes, into: { text += $0 }, frameEnd: { _ in })
            }
        } else {
            text = stored
        }
        self.text = text
    }

    /// Puts other text in the place of what has to be there.
    mutating func replace(_ old: String, with new: String) throws {
        guard let range = text.firstRange(of: Array(old.utf8)) else { throw CommandError("the dump has no \(old)") }
        text.replaceSubrange(range, with: Array(new.utf8))
        let place = Int64(range.lowerBound)
        let grown = Int64(new.utf8.count - old.utf8.count)
        manifest.objects[0].uncompressedSize += grown
        for index in manifest.tables.indices {
            let table = manifest.tables[index].range
            if table.offset > place {
                manifest.tables[index].range.offset += grown
            } else if table.end > place {
                manifest.tables[index].range.length += grown
            }
        }
    }

    /// Brings object and manifest into the store, in the place of those that were there.
    mutating func store() throws {
        var stored: [UInt8] = []
        if manifest.options.compression == "zstd" {
            try text.withUnsafeBytes { bytes in
                try ZstdCompressor(level: 3).compress(bytes, endFrame: true) { stored += $0 }
            }
            var table = SeekTable()
            table.append(compressed: Int64(stored.count), decompressed: Int64(text.count))
            stored += table.encoded
        } else {
            stored = text
        }
        let hash = Hex.encode(SHA256.hash(data: stored))
        manifest.objects[0].size = Int64(stored.count)
        manifest.objects[0].parts = [.init(number: 1, size: Int64(stored.count), sha256: hash, etag: nil)]
        try put(stored, at: path)
        try put(ManifestDocument.encode(manifest), at: bench.manifestPath(of: manifest.id))
        try bench.forgetManifests()
    }

    private func put(_ bytes: [UInt8], at path: String) throws {
        try FileManager.default.removeItem(atPath: path)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}
