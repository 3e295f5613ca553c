/// Where each frame of a dump lies, in the zstd seekable format, which every zstd passes over.
///
/// <https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md>
package struct SeekTable: Sendable, Equatable {
    package struct Frame: Sendable, Equatable {
        /// In the object.
        package let offset: Int64
        package let size: Int64
        /// In the uncompressed dump.
        package let dumpOffset: Int64
        package let dumpSize: Int64
    }

    private static let skippableMagic: UInt32 = 0x184D_2A5E
    private static let seekableMagic: UInt32 = 0x8F92_EAB1
    /// The footer: number of frames, a descriptor byte, the magic number.
    package static let footerSize = 9
    private static let headerSize = 8
    private static let entrySize = 8

    // Eight bytes a frame, however large the dump.
    private var entries: [(compressed: UInt32, decompressed: UInt32)] = []

    package init() {}

    package static func == (left: SeekTable, right: SeekTable) -> Bool { left.frames == right.frames }

    package var count: Int { entries.count }

    /// What the table says of a frame, counted from 0: bytes of the object, and bytes of the dump. More than 32 bits hold
    /// are 32 bits of ones.
    package func sizes(at index: Int) -> (compressed: Int64, decompressed: Int64) {
        (Int64(entries[index].compressed), Int64(entries[index].decompressed))
    }

    /// The first frame, counted from 0, that two tables of as many frames say something else of; nil where there is none.
    package func firstDifference(from other: SeekTable) -> Int? {
        zip(entries, other.entries).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    }

    /// Bytes that it takes at the end of a dump.
    package var encodedSize: Int { entries.count * Self.entrySize + Self.headerSize + Self.footerSize }

    package mutating func keepFirst(_ count: Int) {
        entries.removeLast(max(entries.count - count, 0))
    }

    package mutating func append(compressed: Int64, decompressed: Int64) {
        entries.append((UInt32(clamping: compressed), UInt32(clamping: decompressed)))
    }

    /// All frames, in the order of the dump.
    package var frames: [Frame] {
        var offset: Int64 = 0
        var dumpOffset: Int64 = 0
        return entries.map { entry in
            defer {
                offset += Int64(entry.compressed)
                dumpOffset += Int64(entry.decompressed)
            }
            return Frame(
                offset: offset, size: Int64(entry.compressed), dumpOffset: dumpOffset,
                dumpSize: Int64(entry.decompressed))
        }
    }

    /// Whether bytes begin as a skippable frame does.
    package static func isSkippable(_ frame: [UInt8]) -> Bool {
        frame.count >= 4 && frame.littleEndian(at: 0) & ~0xF == skippableMagic & ~0xF
    }

    /// The skippable frame that ends a dump.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.skippableMagic)
        bytes.append(littleEndian: UInt32(entries.count * Self.entrySize + Self.footerSize))
        for entry in entries {
            bytes.append(littleEndian: entry.compressed)
            bytes.append(littleEndian: entry.decompressed)
        }
        bytes.append(littleEndian: UInt32(entries.count))
        bytes.append(0)
        bytes.append(littleEndian: Self.seekableMagic)
        return bytes
    }

    /// How many bytes at the end of a dump are its seek table, read from the last `footerSize` bytes; nil if it has none.
    package static func size(fromFooter footer: [UInt8]) -> Int64? {
        guard footer.count == footerSize, footer.littleEndian(at: 5) == seekableMagic, footer[4] == 0 else {
            return nil
        }
        return Int64(footer.littleEndian(at: 0)) * Int64(entrySize) + Int64(headerSize + footerSize)
    }

    /// Reads the skippable frame that ends a dump; nil if it is not sound.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headerSize + Self.footerSize, bytes.littleEndian(at: 0) == Self.skippableMagic,
            Self.size(fromFooter: Array(bytes.suffix(Self.footerSize))) == Int64(bytes.count),
            Int(bytes.littleEndian(at: 4)) == bytes.count - Self.headerSize
        else { return nil }
        let count = (bytes.count - Self.headerSize - Self.footerSize) / Self.entrySize
        entries = (0..<count).map { index in
            let start = Self.headerSize + index * Self.entrySize
            return (bytes.littleEndian(at: start), bytes.littleEndian(at: start + 4))
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian number: UInt32) {
        for shift in [0, 8, 16, 24] as [UInt32] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    fileprivate func littleEndian(at index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[index + $1]) << UInt32(8 * $1) }
    }
}
