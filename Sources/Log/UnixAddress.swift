import Glibc

/// The address of a datagram socket: a path, or with `@` in front a name in the abstract namespace (unix(7)).
package struct UnixAddress: Sendable {
    private let bytes: [UInt8]

    package init(_ path: String) {
        var bytes = Array(path.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        self.bytes = bytes
    }

    /// - Returns: Whether all of it was taken.
    package func send(_ message: [UInt8], through descriptor: Int32) -> Bool {
        var address = sockaddr_un()
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < capacity else { return false }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // A name in the abstract namespace is as long as it is; a path ends with its NUL.
        let isAbstract = bytes.first == 0
        let length = MemoryLayout<sa_family_t>.size + bytes.count + (isAbstract ? 0 : 1)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
        return sent == message.count
    }
}
