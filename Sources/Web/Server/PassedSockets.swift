import Glibc

/// Sockets that systemd has bound for us:
/// <https://www.freedesktop.org/software/systemd/man/252/sd_listen_fds.html>.
enum PassedSockets {
    private static let first: Int32 = 3

    /// The descriptors that are called `name` (`FileDescriptorName=`); the only one may have any name.
    static func descriptors(
        named name: String, _ environment: [String: String], process: Int32 = getpid()
    ) -> [Int32] {
        guard environment["LISTEN_PID"] == String(process),
            let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), count > 0
        else { return [] }
        let all = Array(first..<(first + count))
        if count == 1 { return all }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return zip(all, names).filter { $0.1 == name }.map { $0.0 }
    }

    /// A copy to serve at: the one that was passed stays open for the next time. Programs that this one starts get
    /// neither.
    ///
    /// - Returns: nil for what is no socket that accepts connections.
    static func copy(_ descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0, value != 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { return nil }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        return copy >= 0 ? copy : nil
    }
}
