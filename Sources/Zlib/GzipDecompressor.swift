import CZlib

/// Decompresses a stream of gzip members: RFC 1952.
package final class GzipDecompressor {
    private static let gzipWindow: Int32 = 15 + 16

    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableBufferPointer<UInt8>
    /// Whether the input so far ends where a member ends.
    package private(set) var isAtMemberEnd = true

    package init() throws(ZlibError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = .allocate(capacity: 128 << 10)
        let code = nightjar_inflateInit2(stream, Self.gzipWindow)
        guard code == Z_OK else { throw ZlibError(code: code, detail: stream.pointee.msg) }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// Takes `input` in and gives what comes out of it to `sink`; `memberEnd` is called after each member.
    package func decompress(
        _ input: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void,
        memberEnd: () throws -> Void
    ) throws {
        guard !input.isEmpty else { return }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(input.count)
        while true {
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            let code = inflate(stream, Z_NO_FLUSH)
            try ZlibError.check(code, stream)
            let count = output.count - Int(stream.pointee.avail_out)
            if count > 0 { try sink(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<count])) }
            isAtMemberEnd = code == Z_STREAM_END
            if isAtMemberEnd {
                inflateReset(stream)
                try memberEnd()
            }
            if stream.pointee.avail_in == 0 && (isAtMemberEnd || stream.pointee.avail_out > 0) { return }
        }
    }

    /// Takes some of `input` in and writes to `output` what comes out of it, as far as there is room: for whoever wants no
    /// more at a time than that.
    /// - Returns: How many bytes were taken and written; none of either where more input, or room, is needed.
    package func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ZlibError) -> (taken: Int, written: Int) {
        if input.isEmpty && isAtMemberEnd { return (0, 0) }
        // Both counts are 32 bits wide.
        let available = UInt32(clamping: input.count)
        let room = UInt32(clamping: output.count)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = available
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = room
        let code = inflate(stream, Z_NO_FLUSH)
        try ZlibError.check(code, stream)
        let taken = Int(available - stream.pointee.avail_in)
        let written = Int(room - stream.pointee.avail_out)
        isAtMemberEnd = code == Z_STREAM_END
        if isAtMemberEnd { inflateReset(stream) }
        return (taken, written)
    }
}
