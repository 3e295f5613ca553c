import Glibc
import Model

/// The file `catalog.db`, its companions `-wal`, `-shm` and `-journal`, and the rights to them.
struct CatalogFile: Sendable {
    /// The same for two names of one file.
    struct Identity: Sendable, Equatable {
        let device: UInt64
        let inode: UInt64
    }

    let directory: String
    var path: String { directory + "/catalog.db" }

    private static let companions = ["-wal", "-shm", "-journal"]

    /// Nil where there is no such file.
    var identity: Identity? {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        return Identity(device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino))
    }

    /// Whether there is a file, which has to be an ordinary one.
    func exists() throws(NightjarError) -> Bool {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            if errno == ENOENT { return false }
            throw Self.failure(errno, "read", path)
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            let kind = facts.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not an ordinary file"
            throw NightjarError(
                .io, "\(path), where the catalog should be, is \(kind)",
                hint: "Move it away: nightjar makes a new catalog, and `nightjar rebuild` fills it from the stores.")
        }
        return true
    }

    /// Makes an empty file that nobody but its owner may read, whatever the umask is. SQLite gives `-wal` and `-shm` the
    /// same mode, and where root works, the same owner.
    func makeIfMissing() throws(NightjarError) {
        if try exists() { return }
        // Not open(2): to close another descriptor of a database would drop SQLite's locks in this process.
        guard mknod(path, S_IFREG | 0o600, 0) == 0 || errno == EEXIST else {
            throw Self.failure(errno, "make", path)
        }
        guard chmod(path, 0o600) == 0 else { throw Self.failure(errno, "make", path) }
        // What root makes belongs to the service all the same.
        var facts = stat()
        if geteuid() == 0, stat(directory, &facts) == 0, facts.st_uid != 0 {
            guard chown(path, facts.st_uid, facts.st_gid) == 0 else { throw Self.failure(errno, "make", path) }
        }
    }

    /// Asks beforehand for what SQLite could only call "unable to open", or would quietly open for reading.
    func requireWritable() throws(NightjarError) {
        try require(R_OK | W_OK | X_OK, directory, to: "write")
        try require(R_OK | W_OK, path, to: "write")
        for companion in Self.companions where Self.isTaken(path + companion) {
            try require(R_OK | W_OK, path + companion, to: "write")
        }
    }

    func requireReadable() throws(NightjarError) {
        try require(R_OK, path, to: "read")
    }

    private func require(_ rights: Int32, _ target: String, to action: String) throws(NightjarError) {
        guard faccessat(AT_FDCWD, target, rights, AT_EACCESS) == 0 else {
            throw Self.failure(errno, action, target)
        }
    }

    /// Takes away what others may do with the files.
    func makePrivate() throws(NightjarError) {
        for target in [path] + Self.companions.map({ path + $0 }) {
            var facts = stat()
            guard stat(target, &facts) == 0, facts.st_mode & 0o7777 != 0o600 else { continue }
            guard chmod(target, 0o600) == 0 else { throw Self.failure(errno, "close to others", target) }
        }
    }

    /// Whether a write-ahead log may hold what the file itself does not.
    var hasLog: Bool {
        var facts = stat()
        return stat(path + "-wal", &facts) == 0 && facts.st_size > 0
    }

    /// Gives the file and its companions a name that says what they are; nobody has it open.
    /// - Returns: the new path of the file itself.
    func setAside(at time: Timestamp) throws(NightjarError) -> String {
        let stem = "\(path).corrupt-\(time.compact)"
        var target = stem
        var number = 1
        while ([""] + Self.companions).contains(where: { Self.isTaken(target + $0) }) {
            number += 1
            target = "\(stem)-\(number)"
        }
        // The file first: SQLite drops a log whose database is gone, but would believe a database that lost its log.
        guard rename(path, target) == 0 else { throw Self.failure(errno, "set aside", path) }
        for companion in Self.companions where rename(path + companion, target + companion) != 0 {
            if errno != ENOENT { throw Self.failure(errno, "set aside", path + companion) }
        }
        return target
    }

    private static func isTaken(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0
    }

    private static func failure(_ number: Int32, _ action: String, _ target: String) -> NightjarError {
        if number == ENOSPC || number == EDQUOT { return CatalogFailure.noSpace(target, cause: nil) }
        let hint: String? =
            switch number {
            case EACCES, EPERM:
                "Run it as the user of the service, or give that user state_dir and the files in it (chown)."
            case EROFS: "The disk is mounted read-only; it may have failed: see journalctl -k."
            case ENOENT, ENOTDIR: "Make that directory, or set state_dir to one that exists."
            default: "See journalctl -k for what the disk has to say."
            }
        let reason = String(cString: strerror(number))
        return NightjarError(.io, "cannot \(action) \(target), which the catalog needs: \(reason)", hint: hint)
    }
}
