/// Eight bytes of text, looked at all at once.
///
/// A search marks the top bit of the first byte that it looks for, and of none before it; behind it any byte may be
/// marked. The first byte is the lowest. <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>
///
/// It is public, though for this program alone: the compiler inlines nothing of `package` into other rooms, and a call costs
/// more than what is called.
public enum ByteWord {
    @inlinable @inline(__always)
    public static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inlinable @inline(__always)
    public static var tops: UInt64 { 0x8080_8080_8080_8080 }

    /// Bytes that are no ASCII.
    @inlinable @inline(__always)
    public static func nonASCII(_ word: UInt64) -> UInt64 { word & tops }

    /// Bytes below 0x20.
    @inlinable @inline(__always)
    public static func controls(_ word: UInt64) -> UInt64 { (word &- ones &* 0x20) & ~word & tops }

    /// Bytes that are `byte`.
    @inlinable @inline(__always)
    public static func matches(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & tops
    }

    /// How many bytes stand before the first one that is marked.
    @inlinable @inline(__always)
    public static func lead(_ marks: UInt64) -> Int { marks.trailingZeroBitCount &>> 3 }
}
