import Glibc
import Model

/// A unix socket that is bound to a path, and is removed with it.
package struct SocketFile: Sendable {
    /// Owner and group may connect.
    private static let mode: mode_t = 0o660

    package let path: String
    /// Not listening yet.
    package let descriptor: Int32
    private let device: dev_t
    private let inode: ino_t

    /// Binds a new socket. One that a process left behind is replaced; one that somebody answers on stays.
    ///
    /// - Throws: code `configuration` for a path that cannot be one, `busy` where somebody listens, `io` for the rest.
    package init(path: String) throws(NightjarError) {
        self.path = path
        guard path.utf8.count < Self.capacity else {
            throw NightjarError(
                .configuration, "\(path) is too long for a socket: \(path.utf8.count) bytes",
                hint: "Its path may have \(Self.capacity - 1) bytes (unix(7)): choose a shorter one.")
        }
        try Self.removeLeftover(path)
        descriptor = try Self.bind(path)
        var facts = stat()
        guard lstat(path, &facts) == 0 else {
            let problem = Self.failure(path)
            close(descriptor)
            throw problem
        }
        device = facts.st_dev
        inode = facts.st_ino
    }

    /// Removes the file, unless another process has put its own there.
    package func remove() {
        var facts = stat()
        guard lstat(path, &facts) == 0, facts.st_dev == device, facts.st_ino == inode else { return }
        unlink(path)
    }

    private static func bind(_ path: String) throws(NightjarError) -> Int32 {
        let descriptor = try open(path)
        // Before it has a name, so that at no time more people can open it; the umask may take away of it.
        guard fchmod(descriptor, mode) == 0,
            withAddress(path, { Glibc.bind(descriptor, $0, $1) }) == 0, chmod(path, mode) == 0
        else {
            let problem = failure(path)
            close(descriptor)
            throw problem
        }
        return descriptor
    }

    private static func removeLeftover(_ path: String) throws(NightjarError) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return }
        guard facts.st_mode & S_IFMT == S_IFSOCK else {
            throw NightjarError(
                .configuration, "\(path) is no socket", hint: "Move it away, or choose another path for the socket.")
        }
        let descriptor = try open(path)
        defer { close(descriptor) }
        let number = withAddress(path, { connect(descriptor, $0, $1) }) == 0 ? 0 : errno
        switch number {
        case ECONNREFUSED:
            guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
        case ENOENT:
            return
        case 0, EAGAIN, EINPROGRESS:
            throw NightjarError(
                .busy, "cannot listen at \(path): another process does",
                hint: "See which one: ss -xlp | grep \(path). Stop it, or choose another path.")
        default:
            errno = number
            throw failure(path)
        }
    }

    private static func open(_ path: String) throws(NightjarError) -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, flags, 0)
        guard descriptor >= 0 else { throw failure(path) }
        return descriptor
    }

    private static let capacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func failure(_ path: String) -> NightjarError {
        let number = errno
        let hint: String? =
            switch number {
            case ENOENT: "Make its directory first; under systemd RuntimeDirectory=nightjar does."
            case EACCES, EPERM: "Let the service's user write its directory, or choose another path."
            default: nil
            }
        return NightjarError(.io, "cannot listen at \(path): \(String(cString: strerror(number)))", hint: hint)
    }
}
