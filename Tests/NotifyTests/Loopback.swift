import Foundation
import Glibc
import TestSupport
import Testing

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

    /// Runs `body` while 127.0.0.2 neither takes connections at a port nor refuses them: its queue is full.
    static func withDeafAddress<Value>(
        at port: UInt16, running body: (_ address: String) async throws -> Value
    ) async throws -> Value {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0002).bigEndian)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let filling = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            _ = close(filling)
            _ = close(listener)
        }
        let isDeaf = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, size) == 0 && listen(listener, 0) == 0 && connect(filling, name, size) == 0
            }
        }
        try #require(isDeaf)
        return try await body("127.0.0.2")
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
