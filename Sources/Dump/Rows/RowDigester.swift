import Model
import Pipeline
import SQLite
import XXHash

/// Turns a row into its canonical encoding and hashes that (DESIGN: Digest).
///
/// Each value is a tag byte (0 NULL, 1 INTEGER, 2 REAL, 3 TEXT, 4 BLOB), then 8 little-endian bytes, or an 8-byte length
/// and the bytes. The values are those that SQLite hands out, never the dump's text.
package struct RowDigester {
    /// Longer values go through the streaming hash, which gives the same result without a copy of the row.
    private static let longValue = 64 << 10

    private let row = ByteBlock(capacity: 16 << 10)
    private let long = XXH3Hasher()
    private var isLong = false

    package init() {}

    @inline(__always)
    package mutating func begin() {
        row.removeAll()
        isLong = false
    }

    @inline(__always)
    package mutating func add(_ value: Statement.Glance) {
        switch value {
        case .null: row.append(0)
        case .integer(let integer): addFixed(1, UInt64(bitPattern: integer))
        case .real(let real): addFixed(2, real.bitPattern)
        case .text(let bytes): add(3, bytes)
        case .blob(let bytes): add(4, bytes)
        }
    }

    /// As `add(_:)` for a value that was copied.
    mutating func add(copy value: SQLValue) {
        switch value {
        case .null: add(.null)
        case .integer(let integer): add(.integer(integer))
        case .real(let real): add(.real(real))
        case .text(let bytes): bytes.withUnsafeBytes { add(.text($0)) }
        case .blob(let bytes): bytes.withUnsafeBytes { add(.blob($0)) }
        }
    }

    /// The hash of the row that was begun last.
    @inline(__always)
    package mutating func finish() -> UInt128 {
        guard isLong else { return XXH3Hasher.hash(row.bytes) }
        long.update(row.bytes)
        return long.finish()
    }

    @inline(__always)
    private func addFixed(_ tag: UInt8, _ bits: UInt64) {
        row.reserve(9)
        row.end.storeBytes(of: tag, as: UInt8.self)
        row.end.storeBytes(of: bits.littleEndian, toByteOffset: 1, as: UInt64.self)
        row.advance(9)
    }

    @inline(__always)
    private mutating func add(_ tag: UInt8, _ bytes: UnsafeRawBufferPointer) {
        addFixed(tag, UInt64(bytes.count))
        if bytes.count < Self.longValue {
            row.append(bytes)
        } else {
            isLong = true
            long.update(row.bytes)
            row.removeAll()
            long.update(bytes)
        }
    }
}
