import CZstd

/// Decompresses a stream of frames, skippable ones passed over: RFC 8878.
package final class ZstdDecompressor {
    private let context: OpaquePointer
    private let output: UnsafeMutableRawBufferPointer
    /// Whether the input so far ends where a frame ends.
    package private(set) var isAtFrameEnd = true

    package init() throws(ZstdError) {
        guard let context = ZSTD_createDCtx() else { throw ZstdError(message: "no memory for a decompressor") }
        self.context = context
        output = .allocate(byteCount: ZSTD_DStreamOutSize(), alignment: 16)
    }

    deinit {
        ZSTD_freeDCtx(context)
        output.deallocate()
    }

    /// Takes `input` in and gives what comes out of it to `sink`; `frameEnd` is called after each frame.
    package func decompress(
        _ input: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void,
        frameEnd: () throws -> Void
    ) throws {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var outputWasFull = false
        while source.pos < source.size || outputWasFull {
            var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let hint = try ZstdError.check(ZSTD_decompressStream(context, &target, &source))
            isAtFrameEnd = hint == 0
            if target.pos > 0 { try sink(UnsafeRawBufferPointer(rebasing: output[..<target.pos])) }
            if isAtFrameEnd { try frameEnd() }
            outputWasFull = target.pos == target.size && !isAtFrameEnd
        }
    }
}
