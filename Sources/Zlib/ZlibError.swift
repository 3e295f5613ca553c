import CZlib

/// What zlib answered instead of doing what it was asked.
package struct ZlibError: Error, Sendable, CustomStringConvertible {
    package let message: String

    init(code: Int32, detail: UnsafePointer<CChar>?) {
        message = detail.map { String(cString: $0) } ?? String(cString: zError(code))
    }

    /// Throws where zlib could not go on; what lacks input or room only (`Z_BUF_ERROR`) can.
    static func check(_ code: Int32, _ stream: UnsafeMutablePointer<z_stream>) throws(ZlibError) {
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
            throw ZlibError(code: code, detail: stream.pointee.msg)
        }
    }

    package var description: String { "zlib: \(message)" }
}
