import CZlib

/// The CRC-32 of gzip and ZIP: RFC 1952, 8.
package enum CRC32 {
    private static let digits = 8

    /// The CRC of bytes and of those before them.
    /// - Parameter crc: Of those before; 0 where there are none.
    package static func update(_ crc: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        // Where zlib gets no address it begins anew.
        guard let start = bytes.baseAddress else { return crc }
        return UInt32(truncatingIfNeeded: crc32_z(UInt(crc), start.assumingMemoryBound(to: UInt8.self), bytes.count))
    }

    /// The CRC of bytes and of those before them, of which both CRCs are known.
    /// - Parameter size: How many bytes the second ones are.
    package static func combine(_ first: UInt32, _ second: UInt32, size: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32_combine(UInt(first), UInt(second), Int(size)))
    }

    /// As manifests have it: eight lower-case hexadecimal digits.
    package static func text(of crc: UInt32) -> String {
        let text = String(crc, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
