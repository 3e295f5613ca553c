/// Eight bytes of text, looked at all at once.
///
/// What the searches return has the top bit of the first byte that was looked for, and of none before it; behind it others
/// may be marked that were not. The first byte is the lowest.
enum TextWord {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The bytes from `index` on; behind the text's end there are letters.
    /// - Parameter index: Below `count`, the length of the text.
    @inline(__always)
    static func load(_ text: UnsafeRawPointer, at index: Int, of count: Int) -> UInt64 {
        count &- index >= 8 ? whole(text + index) : ending(text, at: index, of: count)
    }

    /// Bytes that are no ASCII.
    @inline(__always)
    static func nonASCII(_ word: UInt64) -> UInt64 { word & tops }

    /// Bytes below 0x20.
    @inline(__always)
    static func controls(_ word: UInt64) -> UInt64 { (word &- ones &* 0x20) & ~word & tops }

    /// Bytes that are `byte`.
    @inline(__always)
    static func matches(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & tops
    }

    /// How many bytes stand before the first one that is marked.
    @inline(__always)
    static func lead(_ marks: UInt64) -> Int { marks.trailingZeroBitCount &>> 3 }

    @inline(__always)
    private static func whole(_ start: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
    }

    /// One to seven bytes, read without a look behind the text.
    @inline(__always)
    private static func ending(_ text: UnsafeRawPointer, at index: Int, of count: Int) -> UInt64 {
        let length = count &- index
        let letters = (ones &* 0x61) &<< (8 &* length)
        if count >= 8 { return whole(text + (count &- 8)) &>> (8 &* (8 &- length)) | letters }
        let start = text + index
        if length >= 4 {
            let first = UInt64(UInt32(littleEndian: start.loadUnaligned(as: UInt32.self)))
            let last = UInt64(UInt32(littleEndian: (start + (length &- 4)).loadUnaligned(as: UInt32.self)))
            return first | last &<< (8 &* (length &- 4)) | letters
        }
        func byte(_ offset: Int) -> UInt64 {
            UInt64(start.load(fromByteOffset: offset, as: UInt8.self)) &<< (8 &* offset)
        }
        return byte(0) | byte(length &>> 1) | byte(length &- 1) | letters
    }
}
