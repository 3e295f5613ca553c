import CZlib

/// Compresses member after member, each independent of the others and without a time stamp: RFC 1952.
package final class GzipCompressor {
    private static let gzipWindow: Int32 = 15 + 16

    /// Of the library that this process uses.
    package static let version = String(cString: zlibVersion())

    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableBufferPointer<UInt8>

    /// - Parameter level: 1 to 9.
    package init(level: Int) throws(ZlibError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = .allocate(capacity: 128 << 10)
        let code = nightjar_deflateInit2(stream, Int32(level), Self.gzipWindow)
        guard code == Z_OK else { throw ZlibError(code: code, detail: stream.pointee.msg) }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// Takes `input` in and gives what comes out of it to `sink`; `endMember` ends the member after it.
    package func compress(
        _ input: UnsafeRawBufferPointer, endMember: Bool, into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = input[...]
        repeat {
            // avail_in is 32 bits wide.
            let slice = rest.prefix(1 << 30)
            rest = rest.dropFirst(slice.count)
            let isLast = rest.isEmpty
            let rebased = UnsafeRawBufferPointer(rebasing: slice)
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: rebased.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(rebased.count)
            try drain(isLast && endMember ? Z_FINISH : Z_NO_FLUSH, into: sink)
        } while !rest.isEmpty
        if endMember { deflateReset(stream) }
    }

    private func drain(_ flush: Int32, into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        while true {
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            let code = deflate(stream, flush)
            try ZlibError.check(code, stream)
            let count = output.count - Int(stream.pointee.avail_out)
            if count > 0 { try sink(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<count])) }
            if code == Z_STREAM_END || (flush == Z_NO_FLUSH && stream.pointee.avail_out > 0) { return }
        }
    }
}
