import CZstd

/// Compresses frame after frame, each independent of the others: RFC 8878.
package final class ZstdCompressor {
    /// 2 to this power is the largest distance a decompressor has to remember: 1 MiB keeps many readers cheap.
    package static let windowLog: Int32 = 20

    /// The fast strategies; what comes after them searches differently.
    private static let lastTunedLevel = 4

    /// Of the library that this process uses.
    package static let version = String(cString: ZSTD_versionString())

    private let context: OpaquePointer
    private let output: UnsafeMutableRawBufferPointer

    /// - Parameter level: 1 to 19.
    package init(level: Int) throws(ZstdError) {
        guard let context = ZSTD_createCCtx() else { throw ZstdError(message: "no memory for a compressor") }
        self.context = context
        output = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 16)
        try ZstdError.check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level)))
        try ZstdError.check(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.windowLog))
        try ZstdError.check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
        guard level <= Self.lastTunedLevel else { return }
        // Rows of numbers and hexadecimal have few matches worth finding below six bytes, and tables that stay in the
        // second-level cache: of SQL dumps this makes fewer bytes than the level's own settings, in half the time.
        try ZstdError.check(ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, 6))
        try ZstdError.check(ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 15))
        try ZstdError.check(ZSTD_CCtx_setParameter(context, ZSTD_c_chainLog, 14))
    }

    deinit {
        ZSTD_freeCCtx(context)
        output.deallocate()
    }

    /// Takes `input` in and gives what comes out of it to `sink`; `endFrame` ends the frame after it.
    package func compress(
        _ input: UnsafeRawBufferPointer, endFrame: Bool, into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        let directive = endFrame ? ZSTD_e_end : ZSTD_e_continue
        while true {
            var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let remaining = try ZstdError.check(ZSTD_compressStream2(context, &target, &source, directive))
            if target.pos > 0 { try sink(UnsafeRawBufferPointer(rebasing: output[..<target.pos])) }
            if endFrame ? remaining == 0 : source.pos == source.size { return }
        }
    }
}
