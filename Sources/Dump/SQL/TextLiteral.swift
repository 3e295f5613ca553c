import Glibc
import Model
import Pipeline

/// Writes text and blobs so that SQLite, and the sqlite3 shell before it, read the same bytes back.
///
/// The shell turns CR LF at a line's end into LF and stops at NUL; a literal in an UTF-16 database is converted from UTF-8.
/// Plain text is written in quotes, CR LF by way of `replace`, and whatever would not come back as
/// `CAST(X'…' AS TEXT)` of the bytes stored.
struct TextLiteral {
    /// Hexadecimal is written in pieces of this size, so that a huge value needs no huge memory.
    static let pieceSize = 64 << 10

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
    func write(text bytes: UnsafeRawBufferPointer, to output: SQLOutput) throws {
        if encoding == .utf8 {
            try write(utf8: bytes, stored: bytes, to: output)
        } else if Utf16.transcode(bytes, isBigEndian: encoding == .utf16be, into: transcoded) {
            try write(utf8: transcoded.bytes, stored: bytes, to: output)
        } else {
            try writeCast(bytes, to: output)
        }
    }

    @inline(__always)
    private func write(utf8 text: UnsafeRawBufferPointer, stored: UnsafeRawBufferPointer, to output: SQLOutput) throws {
        switch Self.form(of: text) {
        case .quoted:
            try output.append(UInt8(ascii: "'"))
            try Self.writeQuoted(text, to: output)
            try output.append(UInt8(ascii: "'"))
        case .replaced(let marker):
            try output.append("replace('")
            try Self.write(text, replacingReturnsBy: marker, to: output)
            try output.append("','")
            try output.append(marker)
            try output.append("',char(13))")
        case .cast:
            try writeCast(stored, to: output)
        }
    }

    /// Writes a name or a statement of the schema, which is UTF-8 whatever the database's encoding is.
    func write(schema text: SQLText, to output: SQLOutput) throws {
        try text.bytes.withUnsafeBytes { bytes in
            try write(utf8: bytes, stored: bytes, to: output)
        }
    }

    private func writeCast(_ bytes: UnsafeRawBufferPointer, to output: SQLOutput) throws {
        try output.append("CAST(")
        try Self.write(blob: bytes, to: output)
        try output.append(" AS TEXT)")
    }

    /// Writes a BLOB value as `X'…'`.
    static func write(blob bytes: UnsafeRawBufferPointer, to output: SQLOutput) throws {
        try output.append("X'")
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pieceSize)
            rest = rest.dropFirst(piece.count)
            let block = try output.block(with: 2 * piece.count)
            HexTable.write(UnsafeRawBufferPointer(rebasing: piece), to: block.end)
            block.advance(2 * piece.count)
        }
        try output.append(UInt8(ascii: "'"))
    }

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

    /// Writes the inside of a literal.
    @inline(__always)
    private static func writeQuoted(_ text: UnsafeRawBufferPointer, to output: SQLOutput) throws {
        var rest = text
        while let start = rest.baseAddress, let found = memchr(start, 0x27, rest.count) {
            let length = UnsafeRawPointer(found) - start + 1
            try output.append(UnsafeRawBufferPointer(start: start, count: length))
            try output.append(UInt8(ascii: "'"))
            rest = UnsafeRawBufferPointer(start: start + length, count: rest.count - length)
        }
        try output.append(rest)
    }

    private static func write(
        _ text: UnsafeRawBufferPointer, replacingReturnsBy marker: [UInt8], to output: SQLOutput
    ) throws {
        var rest = text
        while let start = rest.baseAddress, let found = memchr(start, 0x0D, rest.count) {
            let length = UnsafeRawPointer(found) - start
            try writeQuoted(UnsafeRawBufferPointer(start: start, count: length), to: output)
            try output.append(marker)
            rest = UnsafeRawBufferPointer(start: start + length + 1, count: rest.count - length - 1)
        }
        try writeQuoted(rest, to: output)
    }
}

/// Two hexadecimal digits for each byte.
enum HexTable {
    private static let pairs: [UInt16] = (0..<256).map { byte in
        let digits = Array("0123456789ABCDEF".utf8)
        return UInt16(digits[byte >> 4]) | UInt16(digits[byte & 15]) << 8
    }

    /// - Parameter target: Has room for twice the bytes.
    static func write(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) {
        pairs.withUnsafeBufferPointer { pairs in
            for (index, byte) in bytes.enumerated() {
                target.storeBytes(of: pairs[Int(byte)].littleEndian, toByteOffset: 2 * index, as: UInt16.self)
            }
        }
    }
}
