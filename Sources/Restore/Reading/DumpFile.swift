import Dump
import Model
import Storage

/// What somebody gets of a dump as one file: all of it, or one table.
///
/// A dump that has an object for each table comes as a ZIP archive, unless it has one table alone.
package struct DumpFile: Sendable {
    /// What its bytes are.
    package enum Kind: Sendable, Equatable {
        /// Text of this format: all of the dump, or one table.
        case dump(DumpFormat)
        /// A ZIP archive of all tables.
        case archive
    }

    private enum Content: Sendable {
        case dump(DumpReader)
        /// Of the dump's text.
        case part(DumpReader, Range<Int64>)
        case archive(ArchiveReader, first: DumpReader?)
    }

    package let kind: Kind
    /// For whoever keeps it.
    package let name: String
    /// Tells it from the other files of the same dump; empty for all of it.
    package let part: String
    /// Whether what is stored of it is encrypted, and so in no coding that anybody could undo.
    package let isEncrypted: Bool
    private let content: Content

    /// - Parameters:
    ///   - table: The only one that is wanted.
    ///   - opening: What opens it where it is encrypted.
    ///   - cache: Shared by all readers of the process.
    /// - Throws: code `missing` where there is no such table, `usage` where the dump's format has no single tables.
    package init(
        of manifest: Manifest, table: String? = nil, in store: any ObjectSource, opening: DumpOpening? = nil,
        cache: FrameCache
    ) throws {
        let format = manifest.options.format
        isEncrypted = manifest.objects.contains { $0.head != nil }
        // One for all tables: it knows all of the backup's objects.
        let opened = OpenedDump(in: store, manifest, opening: opening)
        func reader(_ object: Manifest.StoredObject) -> DumpReader {
            DumpReader(opened, object: object, cache: cache)
        }
        if let table {
            let record = try manifest.record(ofTable: table)
            let fileName = TableFileName.text(of: record.name)
            let whole = reader(manifest.object(of: record))
            kind = .dump(format)
            name = "\(fileName).\(format.fileExtension)"
            part = fileName
            content = format.hasObjectPerTable ? .dump(whole) : .part(whole, record.range.offset..<record.range.end)
        } else if let object = manifest.objects.first, manifest.objects.count == 1 {
            kind = .dump(format)
            name = "\(manifest.id).\(format.fileExtension)"
            part = ""
            content = .dump(reader(object))
        } else {
            let readers = manifest.objects.map { reader($0) }
            kind = .archive
            name = "\(manifest.id).\(format.fileExtension).zip"
            part = ""
            content = .archive(try ArchiveReader(manifest.archive(), readers), first: readers.first)
        }
    }

    /// Bytes.
    package var size: Int64 {
        switch content {
        case .dump(let reader): reader.size
        case .part(_, let range): Int64(range.count)
        case .archive(let archive, _): archive.size
        }
    }

    /// Bytes of the object that holds this file and nothing else; nil where there is none.
    package var storedSize: Int64? {
        if case .dump(let reader) = content { reader.storedSize } else { nil }
    }

    /// As `DumpReader.open`. Of an archive only its first entry is looked at: each may be an object far away.
    package func open() async throws {
        switch content {
        case .dump(let reader), .part(let reader, _): try await reader.open()
        case .archive(_, let first): try await first?.open()
        }
    }

    /// As `DumpReader.read`.
    /// - Parameter range: Within `size`.
    package func read(_ range: Range<Int64>, _ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        switch content {
        case .dump(let reader): try await reader.read(range, body)
        case .part(let reader, let part):
            let start = part.lowerBound
            try await reader.read(start + range.lowerBound..<start + range.upperBound, body)
        case .archive(let archive, _): try await archive.read(range, body)
        }
    }

    /// As `DumpReader.readStored`.
    /// - Parameter range: Within `storedSize`.
    package func readStored(_ range: Range<Int64>, _ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        guard case .dump(let reader) = content else {
            throw NightjarError(.usage, "\(name) is not stored by itself")
        }
        try await reader.readStored(range, body)
    }
}

extension Manifest {
    /// - Throws: code `missing` where there is no such table, `usage` where the dump's format has no single tables.
    fileprivate func record(ofTable name: String) throws(NightjarError) -> TableRecord {
        guard !options.format.canHoldSchema else {
            throw NightjarError(
                .usage, "a dump of SQL comes whole: \(id) has no single tables",
                hint: "Restore one with: nightjar restore \(id) --table '\(name)' --to FILE")
        }
        let folded = SQLText(name).folded
        guard let record = tables.first(where: { $0.name.folded == folded }) else {
            throw .noTable(name, in: id, having: tables.map { "\($0.name)" })
        }
        return record
    }

    /// All objects as the entries of an archive.
    /// - Throws: code `difference` where one has no CRC-32.
    fileprivate func archive() throws(NightjarError) -> ZipArchive {
        var entries: [ZipArchive.Entry] = []
        for table in tables {
            let object = object(of: table)
            guard let crc = object.crc32.flatMap({ UInt32($0, radix: 16) }) else {
                throw NightjarError(.difference, "the manifest of \(id) has no CRC-32 of \(object.key)")
            }
            let name = "\(TableFileName.text(of: table.name)).\(options.format.fileExtension)"
            entries.append(.init(name: name, size: object.uncompressedSize, crc32: crc))
        }
        return try ZipArchive(entries, modified: finishedAt)
    }
}
