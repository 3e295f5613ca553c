import Model
import Pipeline
import Zlib
import Zstandard

/// Turns blocks of text into frames, and frames into parts of one size.
struct FrameCompressor {
    struct Result: Sendable {
        /// Bytes of the dump before compression.
        var uncompressedSize: Int64 = 0
        /// Bytes of the object.
        var size: Int64 = 0
    }

    private enum Encoder {
        case zstd(ZstdCompressor)
        case gzip(GzipCompressor)
        case none
    }

    private let encoder: Encoder
    private let input: BoundedQueue<ByteBlock>
    private let parts: PartAssembler

    init(
        _ compression: Compression, partSize: Int64, from input: BoundedQueue<ByteBlock>,
        to output: BoundedQueue<[UInt8]>
    ) throws {
        switch compression {
        case .zstd(let level): encoder = .zstd(try ZstdCompressor(level: level))
        case .gzip(let level): encoder = .gzip(try GzipCompressor(level: level))
        case .none: encoder = .none
        }
        self.input = input
        parts = PartAssembler(partSize: Int(partSize), output: output)
    }

    /// Works until the last block; the blocks' sender must have ended its last frame.
    func run() throws -> Result {
        var table = SeekTable()
        var result = Result()
        var frameStart = parts.position
        var frameBytes: Int64 = 0
        while let block = try input.receive() {
            switch encoder {
            case .zstd(let zstd): try zstd.compress(block.bytes, endFrame: block.endsFrame) { try parts.append($0) }
            case .gzip(let gzip): try gzip.compress(block.bytes, endMember: block.endsFrame) { try parts.append($0) }
            case .none: try parts.append(block.bytes)
            }
            frameBytes += Int64(block.count)
            result.uncompressedSize += Int64(block.count)
            if block.endsFrame {
                table.append(compressed: parts.position - frameStart, decompressed: frameBytes)
                frameStart = parts.position
                frameBytes = 0
            }
        }
        if case .zstd = encoder { try table.encoded.withUnsafeBytes { try parts.append($0) } }
        try parts.finish()
        result.size = parts.position
        return result
    }
}

/// Cuts a stream of bytes into parts of one size, but for the last.
private final class PartAssembler {
    private let partSize: Int
    private let output: BoundedQueue<[UInt8]>
    private var current: [UInt8] = []
    private(set) var position: Int64 = 0

    init(partSize: Int, output: BoundedQueue<[UInt8]>) {
        self.partSize = partSize
        self.output = output
        current.reserveCapacity(partSize)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if current.count == partSize { try send() }
            let piece = rest.prefix(partSize - current.count)
            rest = rest.dropFirst(piece.count)
            current.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
        }
        position += Int64(bytes.count)
    }

    func finish() throws {
        try output.send(current)
        current = []
        output.finish()
    }

    private func send() throws {
        try output.send(current)
        current = []
        current.reserveCapacity(partSize)
    }
}
