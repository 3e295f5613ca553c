import Model

/// What a drill writes: of much the beginning and the end.
struct DrillOutput {
    /// Bytes of each.
    static let kept = 32 << 10

    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var count: Int64 = 0

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        count += Int64(bytes.count)
        let room = min(Self.kept - head.count, bytes.count)
        head += bytes[..<room]
        tail += bytes[room...]
        if tail.count > 4 * Self.kept { tail.removeFirst(tail.count - Self.kept) }
    }

    /// What is not UTF-8 shows as U+FFFD.
    var text: String {
        let end = tail.suffix(Self.kept)
        let left = count - Int64(head.count) - Int64(end.count)
        guard left > 0 else { return String(decoding: head + end, as: UTF8.self) }
        return String(decoding: head, as: UTF8.self) + "\n[\(CountText.format(left, "byte")) left out]\n"
            + String(decoding: end, as: UTF8.self)
    }
}
