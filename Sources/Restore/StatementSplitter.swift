import Dump
import Pipeline
import SQLite

/// Finds where an uncompressed dump may be cut: behind a whole statement. The text itself is left as it is.
struct StatementSplitter {
    private enum State {
        case plain
        /// Inside quotes that this byte ends.
        case quoted(UInt8)
        case lineComment, blockComment
    }

    /// No comment before a statement's first word is longer.
    private static let longestPreface = 4 << 10

    private var state = State.plain
    private var scanned = 0
    private var statementStart = 0
    private var previous: UInt8 = 0

    /// Looks at what was added to `block` since the last call.
    /// - Returns: The end of the last whole statement in it, or nil.
    mutating func lastBoundary(in block: ByteBlock) -> Int? {
        var boundary: Int?
        while let next = nextBoundary(in: block.bytes) { boundary = next }
        return boundary
    }

    /// Looks at the text behind the boundary that it told before, or from the beginning.
    /// - Returns: The end of the next whole statement, or nil.
    mutating func nextBoundary(in bytes: UnsafeRawBufferPointer) -> Int? {
        while scanned < bytes.count {
            let byte = bytes[scanned]
            scanned += 1
            var hasEnded = false
            switch state {
            case .plain:
                if let next = Self.opening(byte, after: previous) {
                    state = next
                    hasEnded = true
                } else if byte == UInt8(ascii: ";"), isWhole(bytes) {
                    statementStart = scanned
                    previous = byte
                    return scanned
                }
            case .quoted(let end):
                if byte == end {
                    state = .plain
                    hasEnded = true
                }
            case .lineComment:
                if byte == UInt8(ascii: "\n") { state = .plain }
            case .blockComment:
                if byte == UInt8(ascii: "/") && previous == UInt8(ascii: "*") {
                    state = .plain
                    hasEnded = true
                }
            }
            // What opens or ends something is no part of what opens or ends the next: `*/*` opens nothing.
            previous = hasEnded ? 0 : byte
        }
        return nil
    }

    /// The first `count` bytes have been taken out of the block.
    mutating func removed(_ count: Int) {
        scanned -= count
        statementStart -= count
    }

    private static func opening(_ byte: UInt8, after previous: UInt8) -> State? {
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): .quoted(byte)
        case UInt8(ascii: "["): .quoted(UInt8(ascii: "]"))
        case UInt8(ascii: "-") where previous == byte: .lineComment
        case UInt8(ascii: "*") where previous == UInt8(ascii: "/"): .blockComment
        default: nil
        }
    }

    /// Semicolons inside a trigger do not end it; SQLite knows.
    private func isWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let statement = bytes[statementStart..<scanned]
        var words = SQLTokens(Array(statement.prefix(Self.longestPreface)))
        // Comments may stand between CREATE and TRIGGER.
        guard words.next()?.word == "create" else { return true }
        return SQLiteLibrary.isComplete(Array(statement))
    }
}
