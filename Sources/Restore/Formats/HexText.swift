import Pipeline

/// Bytes in hexadecimal, of either case.
enum HexText {
    /// Turns digits into bytes where they stand.
    /// - Returns: nil where there is anything else, or half a byte.
    static func decode(_ bytes: UnsafeMutableRawBufferPointer, _ range: Range<Int>) -> UnsafeRawBufferPointer? {
        guard range.count % 2 == 0 else { return nil }
        var index = range.lowerBound
        var end = range.lowerBound
        while range.upperBound &- index >= 8 {
            guard let four = decode(bytes.word(at: index)) else { return nil }
            bytes.storeBytes(of: four.littleEndian, toByteOffset: end, as: UInt32.self)
            index &+= 8
            end &+= 4
        }
        while index < range.upperBound {
            guard let high = digit(bytes[index]), let low = digit(bytes[index &+ 1]) else { return nil }
            bytes[end] = high << 4 | low
            index &+= 2
            end &+= 1
        }
        return bytes.part(range.lowerBound..<end)
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        default: nil
        }
    }

    /// Eight digits at once: no branches, which digits would take at random.
    @inline(__always)
    private static func decode(_ word: UInt64) -> UInt32? {
        let ones = ByteWord.ones
        // 0x40 is set in letters alone; their low half is 1 to 6.
        let letters = word &>> 6 & ones
        let values = (word & (ones &* 0x0F)) &+ letters &* 9
        // Bit 4 is set from 10 on: in letters, and in no digit.
        let tens = (values &+ ones &* 6) &>> 4 & ones
        let wrong =
            (values & (ones &* 0xF0)) | (tens ^ letters)
            | ((word & (ones &* 0xD0)) ^ (ones &* 0x10 &+ letters &* 0x30))
            | (~(word | letters &<< 5) & (ones &* 0x20))
        guard wrong == 0 else { return nil }
        var joined = (values &<< 4 | values &>> 8) & 0x00FF_00FF_00FF_00FF
        joined = (joined | joined &>> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: joined | joined &>> 16)
    }
}
