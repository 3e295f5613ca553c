import CZlib

/// What zlib answered instead of doing what it was asked.
package struct ZlibError: Error, Sendable, CustomStringConvertible {
    package let message: String

    init(code: Int32, detail: UnsafePointer<CChar>?) {
        message = detail.map { String(cString: $0) } ?? String(cString: zError(code))
    }

    package var description: String { "zlib: \(message)" }
}
