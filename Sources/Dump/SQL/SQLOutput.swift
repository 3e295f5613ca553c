import Glibc
import Pipeline

/// The dump's text on its way to the compressor: blocks of bounded size, frames that end where chunks do.
final class SQLOutput {
    static let blockSize = 256 << 10
    /// A frame is ended once it has this many bytes.
    static let frameSize = 4 << 20
    /// A table of at least this size does not share its last frame with the next one.
    static let separateFrame = 256 << 10

    private let queue: BoundedQueue<ByteBlock>
    private var current = ByteBlock(capacity: SQLOutput.blockSize)
    /// Bytes written so far: the position in the uncompressed dump.
    private var sent: Int64 = 0
    private var frameStart: Int64 = 0

    init(_ queue: BoundedQueue<ByteBlock>) {
        self.queue = queue
    }

    var position: Int64 { sent + Int64(current.count) }
    private var frameBytes: Int64 { position - frameStart }

    /// The current block, with room for `count` bytes (at most `blockSize`).
    @inline(__always)
    func block(with count: Int) throws -> ByteBlock {
        if current.room < count { try flush() }
        return current
    }

    @inline(__always)
    func append(_ byte: UInt8) throws {
        try block(with: 1).append(byte)
    }

    @inline(__always)
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        if bytes.count <= current.room {
            current.append(bytes)
        } else {
            try appendLong(bytes)
        }
    }

    @inline(never)
    private func appendLong(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if current.room == 0 { try flush() }
            let piece = rest.prefix(current.room)
            rest = rest.dropFirst(piece.count)
            current.append(UnsafeRawBufferPointer(rebasing: piece))
        }
    }

    func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try append($0) }
    }

    func append(_ text: StaticString) throws {
        try append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(text: String) throws {
        try append(Array(text.utf8))
    }

    /// Called where statements are whole: ends the frame if it is large enough, or if `isTableEnd` and it is not small.
    func endChunk(isTableEnd: Bool = false) throws {
        if frameBytes >= Int64(isTableEnd ? Self.separateFrame : Self.frameSize) { try endFrame() }
    }

    /// Ends the last frame and the stream.
    func finish() throws {
        if frameBytes > 0 { try endFrame() }
        queue.finish()
    }

    private func endFrame() throws {
        current.endsFrame = true
        try flush()
        frameStart = sent
    }

    private func flush() throws {
        guard current.count > 0 || current.endsFrame else { return }
        let full = current
        current = ByteBlock(capacity: Self.blockSize)
        sent += Int64(full.count)
        try queue.send(full)
    }
}
