import Glibc

/// The bytes of a small file, and who may read it.
struct FileContents {
    /// Which file it is, whatever path led to it.
    struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// Why a file could not be read.
    struct Problem: Error {
        /// An error number of the system, 0 when the file is too large.
        let number: Int32
        /// For a sentence that began with the file's path.
        let text: String

        var isMissing: Bool { number == ENOENT || number == ENOTDIR }
    }

    let bytes: [UInt8]
    let identity: Identity
    /// Permission bits.
    let mode: UInt32
    let owner: UInt32
    let group: UInt32
    let changed: FileTime

    /// Reads a file of at most `limit` bytes.
    init(path: String, limit: Int) throws(Problem) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.problem(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.problem(errno) }
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        mode = UInt32(status.st_mode) & 0o7777
        owner = UInt32(status.st_uid)
        group = UInt32(status.st_gid)
        changed = FileTime(status)

        var content: [UInt8] = []
        let step = 16384
        var buffer = [UInt8](repeating: 0, count: step)
        while true {
            let count = read(descriptor, &buffer, step)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.problem(errno) }
            guard count > 0 else { break }
            content.append(contentsOf: buffer[..<count])
            guard content.count <= limit else {
                throw Problem(number: 0, text: "is larger than \(limit) bytes")
            }
        }
        bytes = content
    }

    private static func problem(_ number: Int32) -> Problem {
        switch number {
        case ENOENT: Problem(number: number, text: "does not exist")
        case EISDIR: Problem(number: number, text: "is a directory, not a file")
        case EACCES: Problem(number: number, text: "cannot be read: permission denied")
        default: Problem(number: number, text: "cannot be read: \(String(cString: strerror(number)))")
        }
    }
}
