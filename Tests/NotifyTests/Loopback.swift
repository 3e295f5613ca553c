import Foundation
import Glibc
import TestSupport

/// Servers on 127.0.0.1 that take one connection after the other.
enum Loopback {
    /// Runs `body` beside a thread that gives each connection to `serve`, and closes it then.
    static func withListener<Server: Sendable, Value>(
        _ make: (_ port: UInt16) -> Server, serving serve: @escaping @Sendable (Server, Int32) -> Void,
        running body: (Server) async throws -> Value
    ) async throws -> Value {
        let port = try LoopbackPort.reserve()
        defer { port.release() }
        let listener = try port.openListener()
        let server = make(port.number)
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { break }
                serve(server, connection)
                _ = close(connection)
            }
            _ = close(listener)
        }
        defer { _ = shutdown(listener, Int32(SHUT_RDWR)) }
        return try await body(server)
    }

    /// Returns whether all of it was sent.
    static func send(_ text: String, to connection: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { rest in
                Glibc.send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// Returns once the other side has closed the connection.
    static func waitForEnd(_ connection: Int32) {
        var rest = [UInt8](repeating: 0, count: 4096)
        while recv(connection, &rest, rest.count, 0) > 0 {}
    }
}
