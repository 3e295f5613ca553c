import CZstd

/// Decompresses a stream of frames, skippable ones passed over: RFC 8878.
package final class ZstdDecompressor {
    /// What a frame turned out to be.
    package struct Frame: Sendable {
        /// Bytes of the stream.
        package let size: Int64
        /// Bytes that came out of it.
        package let textSize: Int64
        /// The frame itself, where nothing came out of it and it is not larger than `keptSize`; empty otherwise.
        package let bytes: [UInt8]
    }

    private let context: OpaquePointer
    private let output: UnsafeMutableRawBufferPointer
    /// Whether the input so far ends where a frame ends.
    package private(set) var isAtFrameEnd = true
    /// How large a frame may be that is given out itself, where nothing comes out of it.
    package var keptSize: Int64 = 0
    /// Of the frame that is under way.
    private var taken: Int64 = 0
    private var written: Int64 = 0
    private var kept: [UInt8] = []
    /// What the frame that is under way begins with, and how many bytes of it are known.
    private var magic: (bytes: UInt32, count: Int) = (0, 0)

    package init() throws(ZstdError) {
        guard let context = ZSTD_createDCtx() else { throw ZstdError(message: "no memory for a decompressor") }
        self.context = context
        output = .allocate(byteCount: ZSTD_DStreamOutSize(), alignment: 16)
    }

    deinit {
        ZSTD_freeDCtx(context)
        output.deallocate()
    }

    /// Takes `input` in and gives what comes out of it to `sink`; `frameEnd` is called after each frame,
    /// with what it was.
    package func decompress(
        _ input: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void,
        frameEnd: (Frame) throws -> Void
    ) throws {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var outputWasFull = false
        while source.pos < source.size || outputWasFull {
            var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let start = source.pos
            let hint = try ZstdError.check(ZSTD_decompressStream(context, &target, &source))
            isAtFrameEnd = hint == 0
            try checkMagic(input[start..<source.pos])
            count(input[start..<source.pos], written: target.pos)
            if target.pos > 0 { try sink(UnsafeRawBufferPointer(rebasing: output[..<target.pos])) }
            if isAtFrameEnd { try frameEnd(endFrame()) }
            outputWasFull = target.pos == target.size && !isAtFrameEnd
        }
    }

    /// libzstd may take frames of its first versions, too, which are none of RFC 8878's and have no checksum.
    private func checkMagic(_ input: Slice<UnsafeRawBufferPointer>) throws(ZstdError) {
        for byte in input.prefix(4 - magic.count) {
            magic.bytes |= UInt32(byte) << (8 * UInt32(magic.count))
            magic.count += 1
        }
        let isKnown =
            magic.bytes == ZSTD_MAGICNUMBER || magic.bytes & ZSTD_MAGIC_SKIPPABLE_MASK == ZSTD_MAGIC_SKIPPABLE_START
        guard magic.count < 4 || isKnown else { throw ZstdError(message: "not a frame of zstd") }
        if isAtFrameEnd { magic = (0, 0) }
    }

    private func count(_ input: Slice<UnsafeRawBufferPointer>, written: Int) {
        taken += Int64(input.count)
        self.written += Int64(written)
        if self.written == 0 && taken <= keptSize {
            kept.append(contentsOf: input)
        } else {
            kept = []
        }
    }

    private func endFrame() -> Frame {
        defer {
            taken = 0
            written = 0
            kept = []
        }
        return Frame(size: taken, textSize: written, bytes: kept)
    }

    /// Takes some of `input` in and writes to `output` what comes out of it, as far as there is room: for whoever wants no
    /// more at a time than that.
    /// - Returns: How many bytes were taken and written; none of either where more input, or room, is needed.
    package func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ZstdError) -> (taken: Int, written: Int) {
        // Without input zstd would begin the next frame.
        if input.isEmpty && isAtFrameEnd { return (0, 0) }
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        isAtFrameEnd = try ZstdError.check(ZSTD_decompressStream(context, &target, &source)) == 0
        try checkMagic(input[..<source.pos])
        return (source.pos, target.pos)
    }

    /// Decompresses whole frames at once.
    /// - Parameter size: Bytes that must come out of them.
    /// - Throws: `ZstdError` where others come out, or more or fewer.
    package static func decompress(_ frames: [UInt8], size: Int) throws -> [UInt8] {
        let text = try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = try frames.withUnsafeBytes { frames in
                try ZstdError.check(ZSTD_decompress(buffer.baseAddress, size, frames.baseAddress, frames.count))
            }
        }
        guard text.count == size else { throw ZstdError(message: "\(text.count) bytes came out instead of \(size)") }
        return text
    }
}
