import Model
import Pipeline
import Zlib
import Zstandard

/// Turns stored bytes back into text, and gives that on in blocks that end where its reader wants.
final class DumpDecoder {
    /// Where an uncompressed dump, which has no frames, may be cut. Frames end there by themselves.
    enum Cut {
        /// Behind whole statements; each block is followed by a NUL, for SQLite.
        case statements(StatementSplitter)
        /// Behind whole rows.
        case rows(RowSplitter)
        /// Anywhere.
        case anywhere
    }

    private enum Decoder {
        case zstd(ZstdDecompressor)
        case gzip(GzipDecompressor)
        case none
    }

    /// Uncompressed dumps have no frames; they are cut once this much text is there.
    private static let plainBlock = 2 << 20

    private let decoder: Decoder
    /// The part of the uncompressed dump that is wanted; nil means all of it.
    private var wanted: [Manifest.ByteRange]?
    private let sink: (ByteBlock) throws -> Void
    private var current = ByteBlock(capacity: 64 << 10)
    private var cut: Cut
    private var seekTable = SeekTableCheck()
    /// Bytes of text so far, counted from `startOffset` where decoding began in the middle.
    private var position: Int64

    /// - Parameters:
    ///   - cut: Where blocks may end.
    ///   - wanted: Ranges of the dump whose ends are ends of statements, or of a table's rows.
    ///   - startOffset: Where in the uncompressed dump the first byte stands.
    init(
        compression: String, cut: Cut = .statements(StatementSplitter()), wanted: [Manifest.ByteRange]? = nil,
        startOffset: Int64 = 0,
        sink: @escaping (ByteBlock) throws -> Void
    ) throws {
        switch compression {
        case "zstd": decoder = .zstd(try ZstdDecompressor())
        case "gzip": decoder = .gzip(try GzipDecompressor())
        default: decoder = .none
        }
        self.cut = cut
        self.wanted = wanted
        self.sink = sink
        position = startOffset
    }

    func append(_ stored: UnsafeRawBufferPointer) throws {
        switch decoder {
        case .zstd(let zstd): try decompress(stored, zstd)
        case .gzip(let gzip): try gzip.decompress(stored, into: add, memberEnd: flush)
        case .none:
            try add(stored)
            if current.count >= Self.plainBlock { try flushWhole() }
        }
    }

    private func decompress(_ stored: UnsafeRawBufferPointer, _ zstd: ZstdDecompressor) throws {
        zstd.keptSize = seekTable.tableSize
        try zstd.decompress(stored, into: add) { frame in
            seekTable.ended(frame)
            zstd.keptSize = seekTable.tableSize
            try flush()
        }
    }

    /// What is wrong with the seek table of an object that was decoded whole; nil where that is nothing, or where dumps
    /// have none.
    var seekTableComplaint: String? {
        if case .zstd = decoder { seekTable.complaint } else { nil }
    }

    /// - Returns: Whether the stored bytes ended where they may.
    func finish() throws -> Bool {
        try flush()
        switch decoder {
        case .zstd(let zstd): return zstd.isAtFrameEnd
        case .gzip(let gzip): return gzip.isAtMemberEnd
        case .none: return true
        }
    }

    private func add(_ text: UnsafeRawBufferPointer) throws {
        defer { position += Int64(text.count) }
        guard let wanted else {
            current.append(text)
            return
        }
        for range in wanted {
            let start = max(range.offset - position, 0)
            let end = min(range.end - position, Int64(text.count))
            if start < end { current.append(UnsafeRawBufferPointer(rebasing: text[Int(start)..<Int(end)])) }
        }
    }

    private func flushWhole() throws {
        guard let boundary = nextCut() else { return }
        // The tail moves, not what may be a statement of hundreds of megabytes.
        let tail = ByteBlock(capacity: max(64 << 10, current.count - boundary))
        tail.append(UnsafeRawBufferPointer(rebasing: current.bytes[boundary...]))
        let whole = current
        whole.truncate(to: boundary)
        current = tail
        try send(whole)
    }

    /// Where the block that is being filled may be cut.
    private func nextCut() -> Int? {
        switch cut {
        case .statements(var splitter):
            let boundary = splitter.lastBoundary(in: current)
            if let boundary { splitter.removed(boundary) }
            cut = .statements(splitter)
            return boundary
        case .rows(var splitter):
            let boundary = splitter.lastBoundary(in: current)
            if let boundary { splitter.removed(boundary) }
            cut = .rows(splitter)
            return boundary
        case .anywhere:
            return current.count
        }
    }

    private func flush() throws {
        guard current.count > 0 else { return }
        let full = current
        current = ByteBlock(capacity: 64 << 10)
        try send(full)
    }

    private func send(_ block: ByteBlock) throws {
        if case .statements = cut { block.append(0) }
        try sink(block)
    }
}
