import Glibc
import Model
import Pipeline

/// Writes text and blobs so that SQLite, and the sqlite3 shell before it, read the same bytes back.
///
/// The shell turns CR LF at a line's end into LF and stops at NUL; a literal in an UTF-16 database is converted from UTF-8.
/// Plain text is written in quotes, CR LF by way of `replace`, and whatever would not come back as
/// `CAST(X'…' AS TEXT)` of the bytes stored.
struct TextLiteral {
    /// Long values are written in pieces of this size, so that a huge one needs no huge memory.
    private static let pieceSize = 64 << 10

    private let encoding: TextEncoding
    private let transcoded = ByteBlock(capacity: 4 << 10)

    init(encoding: TextEncoding) {
        self.encoding = encoding
    }

    /// No literal of `count` bytes is longer.
    @inline(__always)
    static func bound(_ count: Int) -> Int { 2 * count + 80 }

    enum Form {
        /// In quotes; every quote is doubled.
        case quoted
        /// In quotes, with CR written as the marker and put back by `replace`.
        case replaced(marker: [UInt8])
        /// `CAST(X'…' AS TEXT)`.
        case cast
    }

    /// Writes a TEXT value.
    @inline(__always)
    func write(text bytes: UnsafeRawBufferPointer, to output: inout DumpOutput) throws {
        if encoding == .utf8 {
            try write(utf8: bytes, stored: bytes, to: &output)
        } else if Utf16.transcode(bytes, isBigEndian: encoding == .utf16be, into: transcoded) {
            try write(utf8: transcoded.bytes, stored: bytes, to: &output)
        } else {
            try Self.writeCast(bytes, to: &output)
        }
    }

    /// Writes a name or a statement of the schema, which is UTF-8 whatever the database's encoding is.
    func write(schema text: SQLText, to output: inout DumpOutput) throws {
        let block = ByteBlock(capacity: text.bytes.count)
        block.append(text.bytes)
        guard encoding != .utf8, case .cast = Self.form(of: block.bytes) else {
            return try write(utf8: block.bytes, stored: block.bytes, to: &output)
        }
        let units = Array(String(decoding: text.bytes, as: UTF8.self).utf16)
        let stored = ByteBlock(capacity: 2 * units.count)
        stored.append(
            units.flatMap { unit in
                let bytes = [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
                return encoding == .utf16be ? bytes.reversed() : bytes
            })
        try Self.writeCast(stored.bytes, to: &output)
    }

    @inline(__always)
    private func write(
        utf8 text: UnsafeRawBufferPointer, stored: UnsafeRawBufferPointer, to output: inout DumpOutput
    ) throws {
        switch Self.form(of: text) {
        case .quoted:
            if text.count <= Self.pieceSize {
                try output.ensure(2 * text.count + 2)
                output.put(UInt8(ascii: "'"))
                Self.putQuoted(text, to: &output)
                output.put(UInt8(ascii: "'"))
            } else {
                try Self.writeInPieces(text, to: &output) { Self.putQuoted($0, to: &$1) }
            }
        case .replaced(let marker):
            try output.append("replace(")
            try Self.writeInPieces(text, to: &output) { Self.put($0, replacingReturnsBy: marker, to: &$1) }
            try output.append(",'")
            try output.append(marker)
            try output.append("',char(13))")
        case .cast:
            try Self.writeCast(stored, to: &output)
        }
    }

    private static func writeCast(_ bytes: UnsafeRawBufferPointer, to output: inout DumpOutput) throws {
        try output.append("CAST(")
        try write(blob: bytes, to: &output)
        try output.append(" AS TEXT)")
    }

    /// Writes a BLOB value as `X'…'`.
    @inline(__always)
    static func write(blob bytes: UnsafeRawBufferPointer, to output: inout DumpOutput) throws {
        try output.ensure(1)
        output.put(UInt8(ascii: "X"))
        try writeInPieces(bytes, to: &output) { piece, output in
            output.put { HexTable.write(piece, to: $0) }
        }
    }

    /// Writes quotes around what `put` makes of each piece; it makes at most twice as many bytes.
    @inline(__always)
    private static func writeInPieces(
        _ bytes: UnsafeRawBufferPointer, to output: inout DumpOutput,
        put: (UnsafeRawBufferPointer, inout DumpOutput) -> Void
    ) throws {
        try output.ensure(1)
        output.put(UInt8(ascii: "'"))
        var start = 0
        while start < bytes.count {
            let end = min(start + pieceSize, bytes.count)
            try output.ensure(2 * (end - start))
            put(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), &output)
            start = end
        }
        try output.ensure(1)
        output.put(UInt8(ascii: "'"))
    }

    // MARK: Forms

    @inline(__always)
    static func form(of text: UnsafeRawBufferPointer) -> Form {
        let scan = Utf8.scan(text)
        if scan.hasNUL || !scan.isValid { return .cast }
        if !scan.hasReturn { return .quoted }
        return marker(for: text).map { .replaced(marker: $0) } ?? .cast
    }

    /// Two characters that do not stand together in the text.
    private static func marker(for text: UnsafeRawBufferPointer) -> [UInt8]? {
        ["\\r", "^M", "~r", "|r"].lazy.map { Array($0.utf8) }.first { !contains(text, $0) }
    }

    private static func contains(_ text: UnsafeRawBufferPointer, _ pair: [UInt8]) -> Bool {
        var rest = text
        while let start = rest.baseAddress, let found = memchr(start, Int32(pair[0]), rest.count) {
            let next = UnsafeRawPointer(found) - start + 1
            if next < rest.count && rest[next] == pair[1] { return true }
            rest = UnsafeRawBufferPointer(start: start + next, count: rest.count - next)
        }
        return false
    }

    /// Writes the inside of a literal, for twice whose bytes there is room.
    @inline(__always)
    private static func putQuoted(_ text: UnsafeRawBufferPointer, to output: inout DumpOutput) {
        var rest = text
        while let start = rest.baseAddress, let found = memchr(start, 0x27, rest.count) {
            let length = UnsafeRawPointer(found) - start + 1
            output.put(UnsafeRawBufferPointer(start: start, count: length))
            output.put(UInt8(ascii: "'"))
            rest = UnsafeRawBufferPointer(start: start + length, count: rest.count - length)
        }
        output.put(rest)
    }

    private static func put(
        _ text: UnsafeRawBufferPointer, replacingReturnsBy marker: [UInt8], to output: inout DumpOutput
    ) {
        for byte in text {
            if byte == 0x0D {
                output.put(marker[0])
                output.put(marker[1])
            } else {
                output.put(byte)
                if byte == 0x27 { output.put(byte) }
            }
        }
    }
}
