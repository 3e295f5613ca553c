import CZstd

/// What zstd answered instead of doing what it was asked.
package struct ZstdError: Error, Sendable, CustomStringConvertible {
    package let message: String

    package init(message: String) {
        self.message = message
    }

    package var description: String { "zstd: \(message)" }

    /// - Returns: `result`, where it is no error.
    @discardableResult
    static func check(_ result: Int) throws(ZstdError) -> Int {
        guard ZSTD_isError(result) == 0 else {
            throw ZstdError(message: String(cString: ZSTD_getErrorName(result)))
        }
        return result
    }
}
