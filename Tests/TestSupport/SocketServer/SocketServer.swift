import Glibc
import Synchronization

/// A small HTTP/1.1 server on a Unix socket or on 127.0.0.1 that answers as a closure says: a daemon on its control
/// socket, for one.
///
///     try await withSocketServer(at: path, answering: { request in .json(200, "{}") }) { server in
///         …
///         #expect(server.requests.map(\.line) == ["GET /healthz"])
///     }
package final class SocketServer: Sendable {
    package struct Request: Sendable {
        package let method: String
        /// Path and query, as they were sent.
        package let target: String
        /// In the order sent; names in lower case.
        package let fields: [(name: String, value: String)]
        package let body: String

        /// The first field of that name (in lower case).
        package func header(_ name: String) -> String? { fields.first { $0.name == name }?.value }

        package var host: String? { header("host") }

        /// `GET /healthz`
        package var line: String { "\(method) \(target)" }
    }

    package struct Answer: Sendable {
        package var status: Int
        package var headers: [(name: String, value: String)]
        package var body: String

        package init(_ status: Int, headers: [(name: String, value: String)] = [], body: String = "") {
            self.status = status
            self.headers = headers
            self.body = body
        }

        package static func json(_ status: Int, _ body: String) -> Answer {
            Answer(status, headers: [(name: "Content-Type", value: "application/json")], body: body)
        }

        fileprivate var bytes: [UInt8] {
            var head = "HTTP/1.1 \(status) Answer\r\nContent-Length: \(body.utf8.count)\r\n"
            for header in headers { head += "\(header.name): \(header.value)\r\n" }
            return Array("\(head)\r\n\(body)".utf8)
        }
    }

    /// What a request is answered with; nil ends the connection without an answer.
    package typealias Answering = @Sendable (Request) -> Answer?

    private struct Waiter {
        let condition: @Sendable ([Request]) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var isStopping = false
        var requests: [Request] = []
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())
    private let server: ConnectionServer
    /// The socket's file; nil on 127.0.0.1.
    private let path: String?
    private let answering: Answering

    fileprivate init(listener: Int32, path: String?, answering: @escaping Answering) {
        self.path = path
        self.answering = answering
        server = ConnectionServer(listener: listener)
    }

    /// In the order in which they came.
    package var requests: [Request] { state.withLock { $0.requests } }

    package var connectionsAccepted: Int { server.connectionsAccepted }

    /// Returns when the requests so far are what `condition` waits for, or the server is stopped.
    package func wait(until condition: @escaping @Sendable ([Request]) -> Bool) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isDone = state.withLock { state in
                if state.isStopping || condition(state.requests) { return true }
                state.waiters.append(Waiter(condition: condition, continuation: continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    // MARK: - Serving

    fileprivate func start() {
        server.start { connection in self.serve(connection) }
    }

    private func serve(_ connection: LoopbackConnection) {
        while let head = connection.readHead(), let parsed = R2Request(head: head),
            let body = connection.readBody(count: parsed.contentLength ?? 0)
        {
            let target = parsed.rawQuery.isEmpty ? parsed.rawPath : "\(parsed.rawPath)?\(parsed.rawQuery)"
            let request = Request(
                method: parsed.method, target: target, fields: parsed.fields,
                body: String(decoding: body, as: UTF8.self))
            note(request)
            guard let answer = answering(request) else { break }
            let bytes = answer.bytes
            guard connection.send(bytes[...], progress: { _ in }, resting: {}) else { break }
        }
    }

    private func note(_ request: Request) {
        let ready = state.withLock { state in
            state.requests.append(request)
            let requests = state.requests
            let ready = state.waiters.filter { $0.condition(requests) }
            state.waiters.removeAll { $0.condition(requests) }
            return ready.map { $0.continuation }
        }
        for continuation in ready { continuation.resume() }
    }

    /// Closes everything, removes the socket's file, and waits until every thread has ended.
    fileprivate func stop() async {
        let waiting = state.withLock { state in
            state.isStopping = true
            let waiting = state.waiters.map { $0.continuation }
            state.waiters = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
        await server.stop()
        if let path { _ = unlink(path) }
    }
}

/// Runs `body` with a server that listens at `path`, and stops it afterwards, also when `body` throws.
package func withSocketServer<Value>(
    at path: String, answering: @escaping SocketServer.Answering, _ body: (SocketServer) async throws -> Value
) async throws -> Value {
    let server = SocketServer(listener: try UnixListener.open(at: path), path: path, answering: answering)
    server.start()
    return try await withEnding({ await server.stop() }) { try await body(server) }
}

/// The same with one that listens on 127.0.0.1, at a port that the kernel picks; `body` gets its URL, too.
package func withLoopbackServer<Value>(
    answering: @escaping SocketServer.Answering, _ body: (SocketServer, _ url: String) async throws -> Value
) async throws -> Value {
    let port = try LoopbackPort.reserve()
    defer { port.release() }
    let server = SocketServer(listener: try port.openListener(), path: nil, answering: answering)
    server.start()
    return try await withEnding({ await server.stop() }) {
        try await body(server, "http://127.0.0.1:\(port.number)")
    }
}
