import Glibc

/// The processes of a session but for its leader, as /proc tells of them (proc(5)).
///
/// A shell with job control and timeout(1) put what they start into other process groups: whoever wants all of it
/// has to go by the session.
struct ProcessSession {
    struct Follower {
        let id: pid_t
        let group: pid_t
    }

    /// Times that `end` looks for what was started meanwhile, and how long it waits between two, in microseconds.
    private static let sweeps = 100
    private static let nap: UInt32 = 10_000
    /// Bytes; the fields that count stand at the beginning.
    private static let statLength = 512

    /// Its leader's. While the leader or a follower is there, no other session gets it.
    let id: pid_t

    /// Those that are alive; none where /proc cannot be read.
    var followers: [Follower] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var followers: [Follower] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let process = pid_t(name), process != id, let follower = member(process) else { continue }
            followers.append(follower)
        }
        return followers
    }

    /// Kills them until none is left.
    func end() {
        for _ in 0..<Self.sweeps {
            let left = followers
            if left.isEmpty { return }
            for follower in left { kill(follower.id, SIGKILL) }
            usleep(Self.nap)
        }
    }

    /// nil where the process is another session's, or no longer alive.
    private func member(_ process: pid_t) -> Follower? {
        let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.statLength)
        let count = read(descriptor, &bytes, Self.statLength)
        // The program's name, in parentheses, may hold any byte.
        guard count > 0, let nameEnd = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        // State, parent, process group, session.
        let fields = bytes[(nameEnd + 1)..<count].split(separator: UInt8(ascii: " "), maxSplits: 4)
        guard fields.count >= 4, fields[0].first != UInt8(ascii: "Z"), fields[0].first != UInt8(ascii: "X"),
            pid_t(String(decoding: fields[3], as: UTF8.self)) == id,
            let group = pid_t(String(decoding: fields[2], as: UTF8.self))
        else { return nil }
        return Follower(id: process, group: group)
    }
}
