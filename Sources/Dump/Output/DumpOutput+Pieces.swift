extension DumpOutput {
    /// Longer values are written in pieces of this many bytes, so that a huge one needs no huge memory. A multiple of 3,
    /// of which Base64 makes 4 without a rest; six times as much fits in a block.
    static let pieceSize = 24 << 10
    /// Writing may spill this far behind what it says it wrote.
    static let spill = 8

    /// Writes what `body` makes of each piece of `bytes`: at most `growth` times as many, and it tells how many.
    /// - Parameter growth: At most 6.
    @inline(__always)
    mutating func write(
        inPieces bytes: UnsafeRawBufferPointer, growth: Int,
        _ body: (UnsafeRawBufferPointer, UnsafeMutableRawPointer) -> Int
    ) throws {
        var start = 0
        while start < bytes.count {
            let end = min(start + Self.pieceSize, bytes.count)
            try ensure(growth * (end - start) + Self.spill)
            put { body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), $0) }
            start = end
        }
    }

    /// Lets `body` write where there is room, unless it returns nil: then nothing has been written.
    /// - Returns: Whether something has.
    @inline(__always)
    mutating func attempt(_ body: (UnsafeMutableRawPointer) -> Int?) -> Bool {
        var isWritten = true
        put { target in
            guard let count = body(target) else {
                isWritten = false
                return 0
            }
            return count
        }
        return isWritten
    }
}
