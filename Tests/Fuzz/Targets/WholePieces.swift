import Pipeline

/// Text that comes in pieces of `size` bytes, with what is whole taken out each time; the last one is the rest.
/// - Parameters:
///   - boundary: Where the last whole piece in the block ends.
///   - removed: So many bytes were taken out.
func wholePieces(
    of text: [UInt8], by size: Int, boundary: (ByteBlock) -> Int?, removed: (Int) -> Void
) -> [[UInt8]] {
    var block = ByteBlock(capacity: 16)
    var pieces: [[UInt8]] = []
    for start in stride(from: 0, to: text.count, by: size) {
        block.append(Array(text[start..<min(start + size, text.count)]))
        guard let end = boundary(block) else { continue }
        pieces.append(Array(block.bytes[..<end]))
        let tail = ByteBlock(capacity: 16)
        tail.append(Array(block.bytes[end...]))
        block = tail
        removed(end)
    }
    return pieces + [Array(block.bytes)]
}
