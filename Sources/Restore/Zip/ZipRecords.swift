/// The records of an archive: what stands before each entry, the central directory, and what ends the archive. Entries
/// are stored as they are, with sizes and CRC-32 in front of them. ZIP64 is where numbers need it.
///
/// The numbers below are sections of PKWARE's APPNOTE.TXT 6.3.9.
struct ZipRecords: Sendable {
    /// What 32 and 16 bits cannot hold, or hold as the mark of what ZIP64 says.
    private static let bound32: Int64 = 0xFFFF_FFFF
    private static let bound16 = 0xFFFF
    private static let mark32 = UInt32.max
    private static let mark16 = UInt16.max

    /// 4.4.3.2, times ten: of what has folders and deflate, which every program reads, and of ZIP64.
    private static let plainVersion: UInt16 = 20
    private static let zip64Version: UInt16 = 45
    /// 4.4.2.2.
    private static let unix: UInt16 = 3 << 8
    /// 4.4.4, bit 11.
    private static let hasUTF8Name: UInt16 = 1 << 11
    /// 4.4.5.
    private static let stored: UInt16 = 0
    /// A plain file with mode 0644, where Unix has it.
    private static let attributes: UInt32 = 0o100644 << 16
    private static let zip64ID: UInt16 = 1

    private static let localSize = 30
    private static let directorySize = 46
    private static let zip64Field = 4
    private static let endSize: Int64 = 22
    private static let zip64EndSize: Int64 = 56
    private static let locatorSize: Int64 = 20

    let time: ZipTime

    // MARK: Before an entry

    /// Bytes of the header in front of an entry.
    func localSize(_ entry: ZipArchive.Entry) -> Int64 {
        let zip64 = Self.isLarge(entry) ? Self.zip64Field + 16 : 0
        return Int64(Self.localSize + entry.name.utf8.count + zip64 + time.extra.count)
    }

    /// 4.3.7.
    /// - Parameter offset: Where it stands; for the version that the directory says too.
    func local(_ entry: ZipArchive.Entry, at offset: Int64) -> [UInt8] {
        var zip64: [UInt8] = []
        if Self.isLarge(entry) {
            // 4.5.3: here it holds both sizes.
            zip64.append(littleEndian: entry.size)
            zip64.append(littleEndian: entry.size)
        }
        var record: [UInt8] = []
        record.append(littleEndian: UInt32(0x0403_4B50))
        append(Self.version(entry, at: offset), entry, zip64, to: &record)
        record += entry.name.utf8
        append(extra: zip64, to: &record)
        return record
    }

    // MARK: The directory

    /// Bytes of an entry's record in the directory.
    func directorySize(_ entry: ZipArchive.Entry, at offset: Int64) -> Int64 {
        let numbers = (Self.isLarge(entry) ? 16 : 0) + (offset >= Self.bound32 ? 8 : 0)
        let zip64 = numbers > 0 ? Self.zip64Field + numbers : 0
        return Int64(Self.directorySize + entry.name.utf8.count + zip64 + time.extra.count)
    }

    /// 4.3.12.
    /// - Parameter offset: Where the entry's header stands.
    func directory(_ entry: ZipArchive.Entry, at offset: Int64) -> [UInt8] {
        var zip64: [UInt8] = []
        if Self.isLarge(entry) {
            zip64.append(littleEndian: entry.size)
            zip64.append(littleEndian: entry.size)
        }
        if offset >= Self.bound32 { zip64.append(littleEndian: offset) }
        let version = Self.version(entry, at: offset)
        var record: [UInt8] = []
        record.append(littleEndian: UInt32(0x0201_4B50))
        record.append(littleEndian: Self.unix | version)
        append(version, entry, zip64, to: &record)
        // No comment, the first disk, no internal attributes.
        for _ in 0..<3 { record.append(littleEndian: UInt16(0)) }
        record.append(littleEndian: Self.attributes)
        record.append(littleEndian: Self.marked(offset))
        record += entry.name.utf8
        append(extra: zip64, to: &record)
        return record
    }

    /// What both records of an entry have alike.
    private func append(
        _ version: UInt16, _ entry: ZipArchive.Entry, _ zip64: [UInt8], to record: inout [UInt8]
    ) {
        for number in [version, Self.hasUTF8Name, Self.stored, time.time, time.date] {
            record.append(littleEndian: number)
        }
        record.append(littleEndian: entry.crc32)
        // Compressed and uncompressed.
        record.append(littleEndian: Self.marked(entry.size))
        record.append(littleEndian: Self.marked(entry.size))
        record.append(littleEndian: UInt16(entry.name.utf8.count))
        let zip64Size = zip64.isEmpty ? 0 : Self.zip64Field + zip64.count
        record.append(littleEndian: UInt16(zip64Size + time.extra.count))
    }

    private func append(extra zip64: [UInt8], to record: inout [UInt8]) {
        if !zip64.isEmpty {
            record.append(littleEndian: Self.zip64ID)
            record.append(littleEndian: UInt16(zip64.count))
            record += zip64
        }
        record += time.extra
    }

    // MARK: The end

    /// Bytes of all that follows the directory.
    static func endSize(count: Int, directory: Range<Int64>) -> Int64 {
        endSize + (needsZip64End(count, directory) ? zip64EndSize + locatorSize : 0)
    }

    /// 4.3.14 and 4.3.15 where they are needed, and 4.3.16.
    /// - Parameter directory: Where it lies in the archive.
    static func end(count: Int, directory: Range<Int64>) -> [UInt8] {
        let directorySize = directory.upperBound - directory.lowerBound
        var record: [UInt8] = []
        if needsZip64End(count, directory) {
            record.append(littleEndian: UInt32(0x0606_4B50))
            // Without what stands up to here.
            record.append(littleEndian: zip64EndSize - 12)
            record.append(littleEndian: unix | zip64Version)
            record.append(littleEndian: zip64Version)
            record.append(littleEndian: UInt32(0))
            record.append(littleEndian: UInt32(0))
            for number in [Int64(count), Int64(count), directorySize, directory.lowerBound] {
                record.append(littleEndian: number)
            }
            record.append(littleEndian: UInt32(0x0706_4B50))
            record.append(littleEndian: UInt32(0))
            record.append(littleEndian: directory.upperBound)
            record.append(littleEndian: UInt32(1))
        }
        record.append(littleEndian: UInt32(0x0605_4B50))
        record.append(littleEndian: UInt16(0))
        record.append(littleEndian: UInt16(0))
        let entries = count < bound16 ? UInt16(count) : mark16
        record.append(littleEndian: entries)
        record.append(littleEndian: entries)
        record.append(littleEndian: marked(directorySize))
        record.append(littleEndian: marked(directory.lowerBound))
        record.append(littleEndian: UInt16(0))
        return record
    }

    private static func needsZip64End(_ count: Int, _ directory: Range<Int64>) -> Bool {
        count >= bound16 || directory.lowerBound >= bound32
            || directory.upperBound - directory.lowerBound >= bound32
    }

    // MARK: Numbers

    private static func isLarge(_ entry: ZipArchive.Entry) -> Bool { entry.size >= bound32 }

    /// The same in both records of an entry: some programs compare them.
    private static func version(_ entry: ZipArchive.Entry, at offset: Int64) -> UInt16 {
        isLarge(entry) || offset >= bound32 ? zip64Version : plainVersion
    }

    /// A number in 32 bits, or the mark of one that ZIP64 says.
    private static func marked(_ number: Int64) -> UInt32 { number < bound32 ? UInt32(number) : mark32 }
}

extension [UInt8] {
    mutating func append(littleEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
