import Model

/// Who asks, and what they may do.
package struct Access: Sendable, Equatable {
    /// How they showed it.
    package enum Method: Sendable, Equatable {
        /// `Authorization: Bearer TOKEN`; no browser sends it by itself.
        case bearer
        /// `Authorization: Basic`, the token as password; browsers send it with every request, whoever caused it.
        case basic
        /// The control socket, whose permissions are proof enough.
        case control
    }

    /// The token's name in the configuration; `control` for the control socket.
    package let name: String
    package let scope: AccessScope
    package let method: Method
    /// SHA-256 of the token; empty for the control socket.
    let digest: [UInt8]

    init(name: String, scope: AccessScope, method: Method, digest: [UInt8]) {
        self.name = name
        self.scope = scope
        self.method = method
        self.digest = digest
    }

    /// Whoever can open the control socket: <https://man7.org/linux/man-pages/man7/unix.7.html>, pathname sockets.
    package static let control = Access(name: "control", scope: .admin, method: .control, digest: [])
}
