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
    private let input: BoundedQueue<DumpBlock>
    private let parts: PartAssembler
    private let journal: ExportJournal
    private let resumption: Resumption?

    init(
        _ compression: Compression, journal: ExportJournal, resuming resumption: Resumption?,
        from input: BoundedQueue<DumpBlock>, to output: BoundedQueue<PartSpool.Piece>
    ) throws {
        switch compression {
        case .zstd(let level): encoder = .zstd(try ZstdCompressor(level: level))
        case .gzip(let level): encoder = .gzip(try GzipCompressor(level: level))
        case .none: encoder = .none
        }
        self.input = input
        self.journal = journal
        self.resumption = resumption
        parts = PartAssembler(journal, resuming: resumption, output: output)
    }

    /// Works until the last block; the blocks' sender must have ended its last frame.
    func run() throws -> Result {
        var table = resumption?.frames ?? SeekTable()
        var result = Result()
        result.uncompressedSize = resumption?.dumpPosition ?? 0
        try parts.begin()
        var frameStart = parts.position
        var frameBytes: Int64 = 0
        while let block = try input.receive() {
            let text = block.text.bytes
            let endsFrame = block.frameEnd != nil
            switch encoder {
            case .zstd(let zstd): try zstd.compress(text, endFrame: endsFrame) { try parts.append($0) }
            case .gzip(let gzip): try gzip.compress(text, endMember: endsFrame) { try parts.append($0) }
            case .none: try parts.append(text)
            }
            frameBytes += Int64(text.count)
            result.uncompressedSize += Int64(text.count)
            guard let frameEnd = block.frameEnd else { continue }
            let size = parts.position - frameStart
            table.append(compressed: size, decompressed: frameBytes)
            if case .checkpoint(let reading) = frameEnd {
                try journal.frameEnded(
                    .init(size: size, dumpSize: frameBytes, parts: try parts.checkpoint(), reading: reading))
            }
            frameStart = parts.position
            frameBytes = 0
        }
        if case .zstd = encoder { try table.encoded.withUnsafeBytes { try parts.append($0) } }
        try parts.finish()
        result.size = parts.position
        return result
    }
}
