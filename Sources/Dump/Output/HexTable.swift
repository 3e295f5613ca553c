/// Two hexadecimal digits for each byte.
enum HexTable {
    // Never changed, never freed.
    nonisolated(unsafe) private static let pairs: UnsafeBufferPointer<UInt16> = {
        let digits = Array("0123456789ABCDEF".utf8)
        let pairs = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 256)
        for byte in 0..<256 {
            pairs[byte] = (UInt16(digits[byte >> 4]) | UInt16(digits[byte & 15]) << 8).littleEndian
        }
        return UnsafeBufferPointer(pairs)
    }()

    /// - Parameter target: Has room for twice the bytes.
    /// - Returns: How many bytes were written.
    static func write(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> Int {
        let pairs = Self.pairs
        for index in 0..<bytes.count {
            target.storeBytes(of: pairs[Int(bytes[index])], toByteOffset: 2 * index, as: UInt16.self)
        }
        return 2 * bytes.count
    }
}
