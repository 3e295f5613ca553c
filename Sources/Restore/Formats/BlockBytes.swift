import Glibc
import Pipeline

/// What the readers of dumps of rows do with a block.
extension UnsafeMutableRawBufferPointer {
    @inline(__always)
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    /// The eight bytes from `index` on.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Moves bytes to a place at or before their own.
    /// - Returns: Where they end there.
    @inline(__always)
    func move(_ range: Range<Int>, to place: Int) -> Int {
        let end = place &+ range.count
        if place == range.lowerBound { return end }
        if range.count <= 8 {
            for offset in 0..<range.count { self[place &+ offset] = self[range.lowerBound &+ offset] }
        } else {
            UnsafeMutableRawBufferPointer(rebasing: self[place..<end]).copyMemory(from: part(range))
        }
        return end
    }

    /// - Parameter marks: A search of `ByteWord`'s, which must not find letters.
    /// - Returns: Where the first byte is that is found, from `start` on; the end where there is none.
    @inline(__always)
    func firstIndex(from start: Int, _ marks: (UInt64) -> UInt64) -> Int {
        var index = start
        while count &- index >= 8 {
            let found = marks(word(at: index))
            if found != 0 { return index &+ ByteWord.lead(found) }
            index &+= 8
        }
        let found = marks(ending(from: index))
        return found == 0 ? count : index &+ ByteWord.lead(found)
    }

    /// Less than eight bytes, and letters behind them.
    private func ending(from start: Int) -> UInt64 {
        var word = ByteWord.ones &* UInt64(UInt8(ascii: "a"))
        for index in (start..<count).reversed() { word = word &<< 8 | UInt64(self[index]) }
        return word
    }

    /// Whether these bytes are `text`.
    @inline(__always)
    func holds(_ text: UnsafeRawBufferPointer, at index: Int) -> Bool {
        guard text.count <= count &- index, let start = baseAddress, let other = text.baseAddress else { return false }
        return memcmp(start + index, other, text.count) == 0
    }

    /// Whether these bytes are just `word`.
    @inline(__always)
    func part(_ range: Range<Int>, is word: StaticString) -> Bool {
        let text = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        return range.count == text.count && holds(text, at: range.lowerBound)
    }
}
