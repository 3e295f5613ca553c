/// Why a mail was not taken. Never holds the password.
package struct MailError: Error, CustomStringConvertible, Sendable, Equatable {
    /// The mail server's.
    package let host: String
    /// In plain words, without a full stop: what the server answered, where it did.
    package let detail: String
    /// The server's reply code where it refused: 400 to 599 (RFC 5321, 4.2); nil where there was no such reply.
    package let code: Int?
    /// Whether the same mail may be taken later: connections, time-outs, and replies of 400 to 499.
    package let isTransient: Bool
    /// Whether nobody took the connection: nothing was sent, and another address of the host may do.
    package let isConnectFailure: Bool

    package init(
        host: String, detail: String, code: Int? = nil, isTransient: Bool = false, isConnectFailure: Bool = false
    ) {
        self.host = host
        self.detail = detail
        self.code = code
        self.isTransient = isTransient
        self.isConnectFailure = isConnectFailure
    }

    package var description: String { "mail to \(host): \(detail)" }
}
