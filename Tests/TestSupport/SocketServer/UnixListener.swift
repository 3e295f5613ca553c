import Glibc

/// Unix sockets that tests listen on.
package enum UnixListener {
    /// Binds a socket to a path that must not exist, and listens; the caller closes the descriptor.
    package static func open(at path: String) throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw SocketError(call: "socket", number: errno) }
        do {
            try bind(descriptor, to: path)
            guard Glibc.listen(descriptor, 64) == 0 else { throw SocketError(call: "listen", number: errno) }
            return descriptor
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    /// Leaves what a killed daemon leaves: a socket's file that nobody listens on.
    package static func leaveStaleFile(at path: String) throws {
        _ = Glibc.close(try open(at: path))
    }

    private static func bind(_ descriptor: Int32, to path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SocketError(call: "bind \(path)", number: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, size) }
        }
        guard result == 0 else { throw SocketError(call: "bind \(path)", number: errno) }
    }
}
