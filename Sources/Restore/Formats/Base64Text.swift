/// Base64 with padding: RFC 4648, section 4.
enum Base64Text {
    /// What a byte that is no digit has in place of its six bits.
    private static let none: UInt8 = 0xFF

    // The six bits of each digit. Never changed, never freed.
    nonisolated(unsafe) private static let bits: UnsafeBufferPointer<UInt8> = {
        let bits = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256)
        bits.initialize(repeating: none)
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, digit) in digits.utf8.enumerated() { bits[Int(digit)] = UInt8(value) }
        return UnsafeBufferPointer(bits)
    }()

    /// Turns digits into bytes where they stand.
    /// - Returns: nil where there is anything else, where padding is missing, or where bits that padding leaves over are
    ///   set.
    static func decode(_ bytes: UnsafeMutableRawBufferPointer, _ range: Range<Int>) -> UnsafeRawBufferPointer? {
        guard range.count % 4 == 0 else { return nil }
        guard !range.isEmpty else { return bytes.part(range) }
        let bits = Self.bits
        var index = range.lowerBound
        var end = range.lowerBound
        var seen: UInt8 = 0
        let last = range.upperBound &- 4
        while index < last {
            let (a, b) = (bits[Int(bytes[index])], bits[Int(bytes[index &+ 1])])
            let (c, d) = (bits[Int(bytes[index &+ 2])], bits[Int(bytes[index &+ 3])])
            seen |= a | b | c | d
            let three = UInt32(a) &<< 26 | UInt32(b) &<< 20 | UInt32(c) &<< 14 | UInt32(d) &<< 8
            // The fourth byte lands where the last digit stood, at most.
            bytes.storeBytes(of: three.bigEndian, toByteOffset: end, as: UInt32.self)
            index &+= 4
            end &+= 3
        }
        let padding = bytes[last &+ 3] != UInt8(ascii: "=") ? 0 : bytes[last &+ 2] != UInt8(ascii: "=") ? 1 : 2
        let (a, b) = (bits[Int(bytes[last])], bits[Int(bytes[last &+ 1])])
        let c = padding > 1 ? 0 : bits[Int(bytes[last &+ 2])]
        let d = padding > 0 ? 0 : bits[Int(bytes[last &+ 3])]
        guard (seen | a | b | c | d) & 0xC0 == 0 else { return nil }
        guard padding < 1 || c & 3 == 0, padding < 2 || b & 15 == 0 else { return nil }
        bytes[end] = a &<< 2 | b &>> 4
        if padding < 2 { bytes[end &+ 1] = b &<< 4 | c &>> 2 }
        if padding < 1 { bytes[end &+ 2] = c &<< 6 | d }
        return bytes.part(range.lowerBound..<(end &+ 3 &- padding))
    }
}
