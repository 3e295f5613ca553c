import Glibc

/// A socket call failed.
package struct SocketError: Error, CustomStringConvertible {
    package let call: String
    package let number: Int32

    package var description: String { "\(call): \(String(cString: strerror(number)))" }
}

/// A TCP port of 127.0.0.1 that the kernel picked.
///
/// As long as it is held, nobody else is given the port, and whoever connects while no listener is open is refused: a
/// server that is gone stays gone, even when many tests run side by side.
package struct LoopbackPort: Sendable {
    package let number: UInt16
    private let descriptor: Int32

    /// Takes a port without listening on it.
    package static func reserve() throws -> LoopbackPort {
        let descriptor = try makeSocket()
        do {
            try bindSocket(descriptor, port: 0)
            return LoopbackPort(number: try boundPort(descriptor), descriptor: descriptor)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    /// Opens a listener on the port; the caller closes the descriptor.
    package func openListener() throws -> Int32 {
        let listener = try Self.makeSocket()
        do {
            try Self.bindSocket(listener, port: number)
            guard Glibc.listen(listener, 128) == 0 else { throw SocketError(call: "listen", number: errno) }
            return listener
        } catch {
            _ = Glibc.close(listener)
            throw error
        }
    }

    /// Gives the port back to the kernel.
    package func release() {
        _ = Glibc.close(descriptor)
    }

    private static func makeSocket() throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw SocketError(call: "socket", number: errno) }
        var one: Int32 = 1
        // Lets the listener share the port with the socket that reserves it.
        _ = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    private static func bindSocket(_ descriptor: Int32, port: UInt16) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, size) }
        }
        guard result == 0 else { throw SocketError(call: "bind", number: errno) }
    }

    private static func boundPort(_ descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { throw SocketError(call: "getsockname", number: errno) }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Runs `body` with a port of 127.0.0.1 on which nobody listens.
package func withClosedPort<Value>(_ body: (UInt16) async throws -> Value) async throws -> Value {
    let port = try LoopbackPort.reserve()
    defer { port.release() }
    return try await body(port.number)
}
