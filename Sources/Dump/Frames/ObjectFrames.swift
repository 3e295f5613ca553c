import Model
import Pipeline
import Zlib

/// The frames of an object: where they end, and what stands behind the last one.
struct ObjectFrames {
    /// One that has ended.
    struct Frame {
        /// Bytes in the object.
        let size: Int64
        /// Bytes of the text.
        let textSize: Int64
    }

    private let compression: Compression
    private var frames: SeekTable
    /// Bytes of the object so far, and of the text of its frames.
    private(set) var size: Int64
    private(set) var textSize: Int64
    private var frameStart: Int64

    /// - Parameters:
    ///   - frames: Those that are there already.
    ///   - size: Their bytes.
    ///   - textSize: The bytes of their text.
    init(_ compression: Compression, after frames: SeekTable = SeekTable(), size: Int64 = 0, textSize: Int64 = 0) {
        self.compression = compression
        self.frames = frames
        self.size = size
        self.textSize = textSize
        frameStart = size
    }

    /// - Returns: The frame, where it ends.
    mutating func add(_ piece: FramePiece) -> Frame? {
        size += Int64(piece.bytes.count)
        guard let end = piece.end else { return nil }
        textSize += end.textSize
        let frame = Frame(size: size - frameStart, textSize: end.textSize)
        if frame.textSize > 0 { frames.append(compressed: frame.size, decompressed: frame.textSize) }
        frameStart = size
        return frame
    }

    /// What stands behind the last frame.
    mutating func finish() throws -> [UInt8] {
        var end: [UInt8] = []
        switch compression {
        case .zstd: end = frames.encoded
        case .gzip(let level) where frames.count == 0:
            // To gzip, a file of no bytes is one that was cut off.
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            try GzipCompressor(level: level).compress(nothing, endMember: true) { end += $0 }
        case .gzip, .none: break
        }
        size += Int64(end.count)
        return end
    }
}
