import NIOCore

/// What a connection may cost.
package struct ServerLimits: Sendable, Equatable {
    /// Open at once; more are answered with 503 and closed.
    package var connections = 1024
    /// The same of the control socket, so that it works when the others are all taken.
    package var controlConnections = 64
    /// Connections beyond those that are kept until their clients have read the 503; the others are closed at once.
    package var refusals = 64
    /// Bytes of one header field, its name included.
    package var headerField = 16 << 10
    /// Bytes of all header fields and of the target.
    package var headers = 32 << 10
    package var headerCount = 100
    /// Bytes of the target: path and query.
    package var target = 8 << 10
    /// Bytes of a request's body, whether a route reads it or not.
    package var body = 64 << 10
    /// From the connection's begin, or the last answer, until a request's headers are complete.
    package var idleTime = TimeAmount.seconds(15)
    /// From a request's headers to the end of its body.
    package var bodyTime = TimeAmount.seconds(30)
    /// How long an answer may wait for a client that takes nothing of it.
    package var stallTime = TimeAmount.seconds(120)
    /// How long a connection that was ended here waits for the client to end it too.
    package var lingerTime = TimeAmount.seconds(2)
    /// How long the end of the server waits for the answers that it owes.
    package var graceTime = TimeAmount.seconds(5)

    package init() {}
}
