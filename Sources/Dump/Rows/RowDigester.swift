import Glibc
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

    private var block = ByteBlock(capacity: 16 << 10)
    /// Where `block` begins, where its next byte goes, and where it ends.
    private var start: UnsafeMutableRawPointer
    private var pointer: UnsafeMutableRawPointer
    private var limit: UnsafeMutableRawPointer
    private let long = XXH3Hasher()
    private var isLong = false

    package init() {
        start = block.start
        pointer = start
        limit = start + block.capacity
    }

    @inline(__always)
    package mutating func begin() {
        pointer = start
        isLong = false
    }

    @inline(__always)
    package mutating func add(_ value: Statement.Glance) {
        switch value {
        case .null:
            ensure(1)
            pointer.storeBytes(of: 0, as: UInt8.self)
            pointer += 1
        case .integer(let integer): addFixed(1, UInt64(bitPattern: integer))
        case .real(let real): addFixed(2, real.bitPattern)
        case .text(let bytes): add(3, bytes)
        case .blob(let bytes): add(4, bytes)
        }
    }

    /// As `add(_:)` for a value that was copied.
    package mutating func add(copy value: SQLValue) {
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
        guard isLong else { return XXH3Hasher.hash(encoded) }
        long.update(encoded)
        return long.finish()
    }

    private var encoded: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: pointer - start)
    }

    @inline(__always)
    private mutating func addFixed(_ tag: UInt8, _ bits: UInt64) {
        ensure(9)
        pointer.storeBytes(of: tag, as: UInt8.self)
        pointer.storeBytes(of: bits.littleEndian, toByteOffset: 1, as: UInt64.self)
        pointer += 9
    }

    @inline(__always)
    private mutating func add(_ tag: UInt8, _ bytes: UnsafeRawBufferPointer) {
        addFixed(tag, UInt64(bytes.count))
        guard bytes.count < Self.longValue else { return addLong(bytes) }
        guard let first = bytes.baseAddress else { return }
        ensure(bytes.count)
        memcpy(pointer, first, bytes.count)
        pointer += bytes.count
    }

    @inline(never)
    private mutating func addLong(_ bytes: UnsafeRawBufferPointer) {
        isLong = true
        long.update(encoded)
        pointer = start
        long.update(bytes)
    }

    @inline(__always)
    private mutating func ensure(_ count: Int) {
        if limit - pointer < count { grow(count) }
    }

    @inline(never)
    private mutating func grow(_ count: Int) {
        let grown = ByteBlock(capacity: 2 * (block.capacity + count))
        grown.append(encoded)
        block = grown
        start = grown.start
        pointer = grown.end
        limit = start + grown.capacity
    }
}
