import Glibc

/// A growing run of bytes that one stage fills and hands to the next.
///
/// Memory comes from `realloc`, which moves large blocks by remapping pages: growing one never holds it twice.
package final class ByteBlock: @unchecked Sendable {
    // Owned by one stage at a time: whoever sends a block no longer touches it.
    package private(set) var start: UnsafeMutableRawPointer
    package private(set) var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int) {
        self.capacity = max(capacity, 64)
        start = Self.allocated(malloc(self.capacity), self.capacity)
    }

    deinit {
        free(start)
    }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
    package var room: Int { capacity - count }

    /// Makes room for `more` bytes.
    @inline(__always)
    package func reserve(_ more: Int) {
        if capacity - count < more { grow(count + more) }
    }

    @inline(never)
    private func grow(_ needed: Int) {
        capacity = max(needed, capacity + capacity / 2)
        start = Self.allocated(realloc(start, capacity), capacity)
    }

    private static func allocated(_ pointer: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer {
        guard let pointer else { fatalError("out of memory: \(size) bytes wanted") }
        return pointer
    }

    @inline(__always)
    package func append(_ byte: UInt8) {
        reserve(1)
        start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    package func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        memcpy(start + count, source, bytes.count)
        count += bytes.count
    }

    package func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    /// Where the next bytes go; `reserve` first, `advance` afterwards.
    package var end: UnsafeMutableRawPointer { start + count }

    @inline(__always)
    package func advance(_ written: Int) {
        count += written
    }

    package func removeAll() {
        count = 0
    }

    package func truncate(to length: Int) {
        count = min(count, length)
    }
}
