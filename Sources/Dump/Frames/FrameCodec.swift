import Model
import Pipeline
import Zlib
import Zstandard

/// What makes frames of text, one after the other, each independent of the others.
enum FrameCodec {
    case zstd(ZstdCompressor)
    case gzip(GzipCompressor)
    case none

    init(_ compression: Compression) throws {
        switch compression {
        case .zstd(let level): self = .zstd(try ZstdCompressor(level: level))
        case .gzip(let level): self = .gzip(try GzipCompressor(level: level))
        case .none: self = .none
        }
    }

    /// Adds what comes out of `text` to `target`; `endsFrame` ends the frame behind it.
    func encode(_ text: UnsafeRawBufferPointer, endsFrame: Bool, to target: ByteBlock) throws {
        switch self {
        case .zstd(let zstd): try zstd.compress(text, endFrame: endsFrame) { target.append($0) }
        case .gzip(let gzip): try gzip.compress(text, endMember: endsFrame) { target.append($0) }
        case .none: target.append(text)
        }
    }
}
