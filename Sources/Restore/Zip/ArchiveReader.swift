import Model
import Zlib

/// Reads ranges of an archive that nobody has made: headers are made on the way, and entries are read from the store.
package struct ArchiveReader: Sendable {
    private let archive: ZipArchive
    private let readers: [DumpReader]

    /// - Parameter readers: One for each of the archive's entries, in their order.
    /// - Throws: code `difference` where an empty object is said to have the CRC-32 of another.
    package init(_ archive: ZipArchive, _ readers: [DumpReader]) throws(NightjarError) {
        guard readers.map(\.size) == archive.entries.map(\.size) else {
            throw NightjarError(.internal, "an archive's entries are not those that are to be read")
        }
        // Of no bytes there is no last piece.
        for (entry, reader) in zip(archive.entries, readers) where entry.size == 0 && entry.crc32 != 0 {
            throw Self.differs(reader, from: entry, crc: 0)
        }
        self.archive = archive
        self.readers = readers
    }

    /// Bytes of the archive.
    package var size: Int64 { archive.size }

    /// Calls `body` with one piece after the other, each of at most `DumpReader.pieceSize` bytes; the next one is not
    /// made before it returns.
    ///
    /// - Parameter range: Within `size`; of an empty one there are no pieces.
    /// - Throws: code `difference` where an object is damaged, as `DumpReader.read` does, and where one that lies whole
    ///   within the range has another CRC-32 than the archive says of it: its last piece is not given out then. What
    ///   `body` throws.
    package func read(_ range: Range<Int64>, _ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        guard range.lowerBound >= 0, range.upperBound <= size else {
            throw NightjarError(
                .usage, "bytes \(range.lowerBound) to \(range.upperBound) were asked for, of \(size)")
        }
        for segment in archive.segments(range) {
            switch segment {
            case .bytes(let bytes):
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(DumpReader.pieceSize)
                    rest = rest.dropFirst(piece.count)
                    try await body(piece)
                }
            case .entry(let index, let part):
                try await read(part, ofEntry: index, body)
            }
        }
    }

    private func read(
        _ part: Range<Int64>, ofEntry index: Int, _ body: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        let entry = archive.entries[index]
        let reader = readers[index]
        guard part == 0..<entry.size else { return try await reader.read(part, body) }
        var crc: UInt32 = 0
        var left = entry.size
        try await reader.read(part) { piece in
            crc = piece.withUnsafeBytes { CRC32.update(crc, $0) }
            left -= Int64(piece.count)
            guard left > 0 || crc == entry.crc32 else { throw Self.differs(reader, from: entry, crc: crc) }
            try await body(piece)
        }
    }

    private static func differs(
        _ reader: DumpReader, from entry: ZipArchive.Entry, crc: UInt32
    ) -> NightjarError {
        reader.dump.damaged(
            "the CRC-32 of its text is \(CRC32.text(of: crc)) instead of \(CRC32.text(of: entry.crc32))")
    }
}
