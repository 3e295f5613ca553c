/// Base64 with padding: RFC 4648, section 4.
enum Base64Table {
    // The characters of each twelve bits. Never changed, never freed.
    nonisolated(unsafe) private static let pairs: UnsafeBufferPointer<UInt16> = {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let pairs = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 4096)
        for bits in 0..<4096 {
            pairs[bits] = (UInt16(letters[bits >> 6]) | UInt16(letters[bits & 63]) << 8).littleEndian
        }
        return UnsafeBufferPointer(pairs)
    }()

    /// - Parameters:
    ///   - bytes: A multiple of three, unless they are the last ones.
    ///   - target: Has room for four bytes for every three, begun ones included.
    /// - Returns: How many bytes were written.
    static func write(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> Int {
        let pairs = Self.pairs
        var next = target
        var index = 0
        while index &+ 3 <= bytes.count {
            put(bytes[index], bytes[index &+ 1], bytes[index &+ 2], pairs, to: next)
            index &+= 3
            next += 4
        }
        let rest = bytes.count &- index
        guard rest > 0 else { return next - target }
        put(bytes[index], rest > 1 ? bytes[index &+ 1] : 0, 0, pairs, to: next)
        for place in (rest &+ 1)..<4 {
            next.storeBytes(of: UInt8(ascii: "="), toByteOffset: place, as: UInt8.self)
        }
        return next + 4 - target
    }

    @inline(__always)
    private static func put(
        _ first: UInt8, _ second: UInt8, _ third: UInt8, _ pairs: UnsafeBufferPointer<UInt16>,
        to target: UnsafeMutableRawPointer
    ) {
        let bits = Int(first) << 16 | Int(second) << 8 | Int(third)
        target.storeBytes(of: pairs[bits >> 12], as: UInt16.self)
        target.storeBytes(of: pairs[bits & 4095], toByteOffset: 2, as: UInt16.self)
    }
}
