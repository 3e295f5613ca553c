import Model

/// A ZIP archive of entries that are stored as they are (PKWARE's APPNOTE.TXT 6.3.9). Their sizes and CRC-32 are known
/// before any of them is read, and so is every other byte: the archive's size, and what stands where in it.
///
/// It holds the entries, and two offsets for each: headers are made when they are wanted.
package struct ZipArchive: Sendable {
    package struct Entry: Sendable {
        package let name: String
        /// Bytes.
        package let size: Int64
        package let crc32: UInt32

        /// - Parameter name: A path with slashes, relative to where the archive is unpacked.
        package init(name: String, size: Int64, crc32: UInt32) {
            self.name = name
            self.size = size
            self.crc32 = crc32
        }
    }

    private static let longestName = Int(UInt16.max)

    package let entries: [Entry]
    /// Bytes of the archive.
    package let size: Int64

    let records: ZipRecords
    /// Where each entry's header begins.
    let headers: [Int64]
    /// Where each entry's record in the directory begins, counted from the directory's beginning.
    let directoryRecords: [Int64]
    /// Where the directory lies, behind the last entry.
    let directory: Range<Int64>

    /// - Parameters:
    ///   - entries: In the order in which the archive holds them.
    ///   - modified: When all of them were.
    /// - Throws: code `usage` where an entry has a name or a size that an archive cannot have.
    package init(_ entries: [Entry], modified: Timestamp) throws(NightjarError) {
        let records = ZipRecords(time: ZipTime(modified))
        var headers: [Int64] = []
        var directoryRecords: [Int64] = []
        headers.reserveCapacity(entries.count)
        directoryRecords.reserveCapacity(entries.count)
        var position: Int64 = 0
        var directorySize: Int64 = 0
        for entry in entries {
            try Self.check(entry)
            headers.append(position)
            directoryRecords.append(directorySize)
            directorySize += records.directorySize(entry, at: position)
            let (end, isTooLarge) = (position + records.localSize(entry)).addingReportingOverflow(entry.size)
            // Room for headers and the directory: far less than half of what can be counted.
            guard !isTooLarge, end <= Int64.max / 2 else {
                throw NightjarError(.usage, "no archive can hold the \(entry.size) bytes of \(entry.name)")
            }
            position = end
        }
        self.entries = entries
        self.records = records
        self.headers = headers
        self.directoryRecords = directoryRecords
        directory = position..<position + directorySize
        size = directory.upperBound + ZipRecords.endSize(count: entries.count, directory: directory)
    }

    /// Nobody's program shall write outside of the folder that it unpacks to.
    private static func check(_ entry: Entry) throws(NightjarError) {
        let name = entry.name.utf8
        let isPlain =
            name.count <= longestName && !name.contains(0) && !name.contains(UInt8(ascii: "\\"))
            && name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { component in
                !component.isEmpty && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
            }
        guard isPlain else {
            throw NightjarError(.usage, "an archive cannot have an entry of the name \(entry.name.prefix(200))")
        }
        guard entry.size >= 0 else {
            throw NightjarError(.usage, "an archive cannot have an entry of \(entry.size) bytes: \(entry.name)")
        }
    }
}
