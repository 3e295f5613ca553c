import Pipeline

/// Text in words of eight bytes, for the searches of `ByteWord`.
enum TextWord {
    /// The bytes from `index` on; behind the text's end there are letters.
    /// - Parameter index: Below `count`, the length of the text.
    @inline(__always)
    static func load(_ text: UnsafeRawPointer, at index: Int, of count: Int) -> UInt64 {
        count &- index >= 8 ? whole(text + index) : ending(text, at: index, of: count)
    }

    @inline(__always)
    private static func whole(_ start: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
    }

    /// One to seven bytes, read without a look behind the text.
    @inline(__always)
    private static func ending(_ text: UnsafeRawPointer, at index: Int, of count: Int) -> UInt64 {
        let length = count &- index
        let letters = (ByteWord.ones &* 0x61) &<< (8 &* length)
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
