import Model
import Zlib
import Zstandard

/// Turns an object's text into frames, and remembers where they end.
struct FrameEncoder {
    /// What makes frames of text, one object after the other.
    enum Codec {
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
    }

    /// One that has ended.
    struct Frame {
        /// Bytes in the object.
        let size: Int64
        /// Bytes of the text.
        let textSize: Int64
    }

    private let codec: Codec
    private var frames: SeekTable
    /// Bytes of the object so far, and of its text.
    private(set) var size: Int64
    private(set) var textSize: Int64
    private var frame = (start: Int64(0), textStart: Int64(0))

    /// - Parameters:
    ///   - frames: Those that are there already.
    ///   - size: Their bytes.
    ///   - textSize: The bytes of their text.
    init(_ codec: Codec, after frames: SeekTable = SeekTable(), size: Int64 = 0, textSize: Int64 = 0) {
        self.codec = codec
        self.frames = frames
        self.size = size
        self.textSize = textSize
        frame = (size, textSize)
    }

    /// - Returns: The frame, where it ends.
    mutating func append(
        _ text: UnsafeRawBufferPointer, endsFrame: Bool, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Frame? {
        textSize += Int64(text.count)
        // An object may end right behind a frame: encoding nothing would add an empty frame.
        if textSize > frame.textStart { try encode(text, endsFrame: endsFrame, to: sink) }
        guard endsFrame else { return nil }
        let ended = Frame(size: size - frame.start, textSize: textSize - frame.textStart)
        if ended.textSize > 0 { frames.append(compressed: ended.size, decompressed: ended.textSize) }
        frame = (size, textSize)
        return ended
    }

    /// Writes what stands behind the last frame.
    mutating func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        switch codec {
        case .zstd:
            let table = frames.encoded
            size += Int64(table.count)
            try table.withUnsafeBytes { try sink($0) }
        case .gzip where frames.count == 0:
            // To gzip, a file of no bytes is one that was cut off.
            try encode(UnsafeRawBufferPointer(start: nil, count: 0), endsFrame: true, to: sink)
        case .gzip, .none: break
        }
    }

    private mutating func encode(
        _ text: UnsafeRawBufferPointer, endsFrame: Bool, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var written = 0
        func counting(_ bytes: UnsafeRawBufferPointer) throws {
            written += bytes.count
            try sink(bytes)
        }
        switch codec {
        case .zstd(let zstd): try zstd.compress(text, endFrame: endsFrame, into: counting)
        case .gzip(let gzip): try gzip.compress(text, endMember: endsFrame, into: counting)
        case .none: try counting(text)
        }
        size += Int64(written)
    }
}
