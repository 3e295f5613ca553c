import YAML

/// Paths of Unix sockets.
enum SocketPath {
    /// Bytes: what `sun_path` holds besides its NUL (unix(7)).
    static let limit = 107

    static func fits(_ path: String) -> Bool { path.utf8.count <= limit }

    /// Where the daemon's control socket is unless the configuration says it: in the service's runtime directory, and
    /// in the state directory of every other appliance of the machine. Nil where that is too long for a socket.
    static func standardControl(stateDirectory: String, standard: String) -> String? {
        if stateDirectory == standard { return "/run/nightjar/control.sock" }
        let path = "\(stateDirectory)/control.sock"
        return fits(path) ? path : nil
    }
}

extension NodeReader {
    /// What `control_socket` says: a path, or off.
    func controlSocket() -> Switchable<String>? {
        orOff { reader in reader.path().flatMap { reader.socketPath($0) } }
    }

    /// An absolute path, unless it is too long for a socket.
    func socketPath(_ path: String) -> String? {
        let clean = FilePath.resolve(path, in: folder)
        guard SocketPath.fits(clean) else {
            complain("`\(key)`: is longer than a socket's path can be: \(SocketPath.limit) bytes")
            return nil
        }
        return clean
    }
}
