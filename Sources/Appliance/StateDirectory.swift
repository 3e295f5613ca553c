import FoundationEssentials
import Glibc
import Model
import Pipeline

/// Where the appliance keeps what it must not lose: who it is, and the last backup id that it gave out.
struct StateDirectory: Sendable {
    let path: String

    /// - Throws: code `io` where the folder cannot be made.
    init(path: String) throws(NightjarError) {
        self.path = path
        try PrivateFolder.create(path, setting: "state_dir")
        SmallFile.sweepKilled(in: path)
    }

    /// The appliance's own id, made at the first call and kept.
    func applianceID() throws(NightjarError) -> String {
        let file = path + "/appliance.id"
        for _ in 0..<2 {
            if let bytes = try SmallFile.read(file), let id = String(validating: bytes, as: UTF8.self) {
                let trimmed = id.filter { !$0.isWhitespace }
                if !trimmed.isEmpty { return trimmed }
            }
            try SmallFile.create(file, Array((UUID().uuidString.lowercased() + "\n").utf8))
        }
        throw NightjarError(.io, "\(file) is empty", hint: "Remove it: nightjar writes a new one.")
    }

    /// An id that no other backup of this appliance has, later than all before it.
    func nextBackupID() async throws -> BackupID {
        while true {
            if let id = try claimBackupID() { return id }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// - Returns: nil where the last id was given out in this very second.
    private func claimBackupID() throws(NightjarError) -> BackupID? {
        let file = path + "/last-backup-id"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SmallFile.failure("open", file) }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { throw SmallFile.failure("lock", file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let last = BackupID(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).filter { !$0.isWhitespace })
        let now = Timestamp(seconds: Int64(time(nil)))
        var next = now
        if let last, last.time >= now {
            // A clock that was set back must not bring an id back; a second is simply waited for.
            guard last.time.seconds - now.seconds > 2 else { return nil }
            next = Timestamp(seconds: last.time.seconds + 1)
        }
        let id = BackupID(time: next)
        let text = Array("\(id)\n".utf8)
        guard pwrite(descriptor, text, text.count, 0) == text.count, fdatasync(descriptor) == 0 else {
            throw SmallFile.failure("write", file)
        }
        return id
    }
}

/// Folders that only their owner may look into.
enum PrivateFolder {
    static func create(_ path: String, setting: String) throws(NightjarError) {
        var built = ""
        for component in path.split(separator: "/") {
            built += "/\(component)"
            guard mkdir(built, 0o700) != 0, errno != EEXIST else { continue }
            let reason = String(cString: strerror(errno))
            // A folder above may exist without our being allowed to make anything in its parent.
            var facts = stat()
            if stat(built, &facts) == 0 { continue }
            throw NightjarError(
                .io, "cannot make the directory \(path): \(reason)",
                hint: "Set \(setting) to a directory that the user \(geteuid()) can write, or run as the service does.")
        }
    }
}

extension PrivateFolder {
    /// What root makes in somebody else's directory, its owner has to be able to use.
    static func giveToOwner(of directory: String, _ paths: [String]) {
        var facts = stat()
        guard geteuid() == 0, stat(directory, &facts) == 0, facts.st_uid != 0 else { return }
        for path in paths { _ = chown(path, facts.st_uid, facts.st_gid) }
    }
}

/// Files of a line or two.
enum SmallFile {
    /// - Returns: nil where there is no such file.
    static func read(_ path: String) throws(NightjarError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failure("read", path) }
        return Array(bytes.prefix(count))
    }

    /// All of a file of up to a MiB or so.
    /// - Returns: nil where there is no such file.
    static func readAll(_ path: String) throws(NightjarError) -> [UInt8]? {
        guard access(path, F_OK) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw failure("read", path) }
            return nil
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw failure("read", path) }
        return Array(data)
    }

    /// Writes a new file whole; one that exists stays.
    static func create(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws(NightjarError) {
        let temporary = temporaryPath(of: path)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("create", path) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        guard fchmod(descriptor, mode) == 0, writeWhole(bytes, to: descriptor) else { throw failure("write", path) }
        let number = FreeName.move(temporary, in: AT_FDCWD, to: path, in: AT_FDCWD)
        guard number == 0 || number == EEXIST else {
            errno = number
            throw failure("create", path)
        }
    }

    /// Writes a file whole, in place of the one before, durably.
    static func replace(_ path: String, _ bytes: [UInt8]) throws(NightjarError) {
        let temporary = temporaryPath(of: path)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", path) }
        defer { close(descriptor) }
        guard writeWhole(bytes, to: descriptor), rename(temporary, path) == 0 else {
            let error = failure("write", path)
            unlink(temporary)
            throw error
        }
        synchronize(folderOf: path)
    }

    /// Removes files that processes were writing when they were killed.
    static func sweepKilled(in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasSuffix(temporarySuffix) {
            guard let process = name.split(separator: ".").dropLast().last.flatMap({ pid_t($0) }), process > 0,
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            unlink("\(folder)/\(name)")
        }
    }

    /// Beside the file that it becomes, with the number of the process that writes it.
    static func temporaryPath(of path: String) -> String { "\(path).\(getpid())\(temporarySuffix)" }

    private static let temporarySuffix = ".tmp"

    /// - Returns: false where not all of it came to the disk; `errno` says why.
    private static func writeWhole(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { WholeWrite.write($0, to: descriptor) } && fsync(descriptor) == 0
    }

    /// Brings a file's name to the disk.
    static func synchronize(folderOf path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        // Some file systems know no such thing, and need none.
        fsync(descriptor)
        close(descriptor)
    }

    static func failure(_ operation: String, _ path: String) -> NightjarError {
        let number = errno
        let hint: String? =
            switch number {
            case ENOSPC, EDQUOT: "Free space on its disk."
            case EROFS: "Its disk is mounted read-only; it may have failed: see journalctl -k."
            case EACCES, EPERM: "Run it as the service's user or as root; nightjar doctor says what is missing."
            case EIO: "Its disk may be failing: see journalctl -k."
            default: nil
            }
        return NightjarError(
            .io, "cannot \(operation) \(path): \(String(cString: strerror(number)))", hint: hint,
            isTransient: [ENOSPC, EDQUOT, EROFS].contains(number))
    }
}
