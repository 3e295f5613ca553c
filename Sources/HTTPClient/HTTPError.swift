internal import CCurl

/// Why a request got no whole answer. Names the URL's host or the socket, and nothing else of the URL: paths and queries may
/// hold secrets.
package struct HTTPError: Error, CustomStringConvertible, Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        /// libcurl gave up; `curlCode` says why (https://curl.se/libcurl/c/libcurl-errors.html).
        case transfer
        /// The task was cancelled, or the stream was dropped.
        case cancelled
        /// The answer's body is larger than the caller takes.
        case bodyTooLarge
        /// The request cannot be sent as it is.
        case invalidRequest
        /// The client has been shut down, or could not start.
        case stopped
    }

    package let reason: Reason
    /// The request's method.
    package let operation: String
    /// A CURLcode, 0 when the reason is not `transfer`.
    package let curlCode: Int32
    /// The URL's, or the path of the socket that was asked in its place.
    package let host: String
    /// In plain words, without a full stop.
    package let detail: String

    package init(_ reason: Reason, operation: String, host: String, curlCode: Int32 = 0, detail: String) {
        self.reason = reason
        self.operation = operation
        self.host = host
        self.curlCode = curlCode
        self.detail = detail
    }

    /// Whether the same request may succeed later: names, connections, time-outs and broken transfers.
    package var isTransient: Bool {
        reason == .transfer && Self.isTransient(curlCode)
    }

    /// Whether nobody took the connection: nothing was sent, and another address of the host may do.
    package var isConnectFailure: Bool { reason == .transfer && curlCode == Self.connectFailure }

    /// Whether it took longer than it may.
    package var isTimeout: Bool { reason == .transfer && curlCode == Self.timeout }

    /// CURLE_COULDNT_CONNECT
    static let connectFailure: Int32 = 7
    /// CURLE_OPERATION_TIMEDOUT
    private static let timeout: Int32 = 28

    static func isTransient(_ curlCode: Int32) -> Bool {
        // Resolving 5 6, connecting 7, HTTP/2 16 92, short body 18, time-out 28, TLS handshake 35, empty reply 52,
        // sending 55, receiving 56, no connection available 89.
        [5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 89, 92].contains(curlCode)
    }

    /// Whether the server's certificate or the local list of authorities is at fault.
    package var isCertificateProblem: Bool {
        reason == .transfer && [51, 58, 60, 77, 83, 90, 91].contains(curlCode)
    }

    package var description: String {
        let code = reason == .transfer ? " (curl \(curlCode))" : ""
        return "\(operation) to \(host): \(detail)\(code)"
    }

    /// The words libcurl has for a code, without its full stop.
    static func words(for code: Int32) -> String {
        guard let text = nightjar_strerror(code) else { return "transfer failed" }
        return String(cString: text)
    }
}
