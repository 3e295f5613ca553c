import Glibc
import Pipeline

/// Finds where an uncompressed dump of rows may be cut: behind a whole one. No byte is looked at again when more come.
struct RowSplitter {
    enum Rows {
        /// Records, which end with a LF outside quotes.
        case csv
        /// Lines, whose rows hold no LF: JSON and ndjson.
        case lines
    }

    private let rows: Rows
    private var scanned = 0
    private var isQuoted = false

    init(_ rows: Rows) {
        self.rows = rows
    }

    /// Looks at what was added to `block` since the last call.
    /// - Returns: The end of the last whole row in it, or nil.
    mutating func lastBoundary(in block: ByteBlock) -> Int? {
        let added = UnsafeRawBufferPointer(rebasing: block.bytes[scanned...])
        let end = rows == .csv ? lastRecordEnd(in: added) : Self.lastLineEnd(in: added)
        defer { scanned = block.count }
        return end.map { scanned + $0 }
    }

    /// The first `count` bytes have been taken out of the block.
    mutating func removed(_ count: Int) {
        scanned -= count
    }

    /// A quote inside quotes is doubled, so that it closes and opens them: whether an odd number came is all that counts.
    private mutating func lastRecordEnd(in added: UnsafeRawBufferPointer) -> Int? {
        var end: Int?
        var start = 0
        while let from = added.baseAddress, start < added.count {
            let quote = memchr(from + start, Int32(UInt8(ascii: "\"")), added.count - start)
            let next = quote.map { UnsafeRawPointer($0) - from } ?? added.count
            if !isQuoted, let found = Self.lastLineEnd(in: UnsafeRawBufferPointer(rebasing: added[start..<next])) {
                end = start + found
            }
            if quote != nil { isQuoted.toggle() }
            start = next + 1
        }
        return end
    }

    private static func lastLineEnd(in bytes: UnsafeRawBufferPointer) -> Int? {
        bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
    }
}
