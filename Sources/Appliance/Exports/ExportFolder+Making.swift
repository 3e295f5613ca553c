import FoundationEssentials
import Glibc
import Model

/// The folders themselves, and what killed processes have left in them.
extension ExportFolder {
    /// - Returns: Those that it made, the outermost first; each belongs to whom the one above belongs.
    static func make(_ path: String) throws(NightjarError) -> [String] {
        var missing: [String] = []
        var next = path
        var facts = stat()
        while stat(next, &facts) != 0 {
            guard errno == ENOENT else { throw unwritable(path, errno) }
            missing.append(next)
            next = parent(of: next)
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw NightjarError(.exists, "\(next) is there and is not a directory", hint: "Choose another directory.")
        }
        var made: [String] = []
        for folder in missing.reversed() {
            if mkdir(folder, 0o700) == 0 {
                made.append(folder)
                if geteuid() == 0 && facts.st_uid != 0 { _ = lchown(folder, facts.st_uid, facts.st_gid) }
            } else if errno != EEXIST {
                let error = unwritable(folder, errno)
                remove(made)
                throw error
            }
        }
        return made
    }

    private static func parent(of path: String) -> String {
        let parent = (path.hasPrefix("/") ? "/" : "") + path.split(separator: "/").dropLast().joined(separator: "/")
        return parent.isEmpty ? "." : parent
    }

    static func makeWork(
        in folder: Int32, _ path: String
    ) throws(NightjarError) -> (name: String, work: Int32) {
        while true {
            let name = "\(prefix)\(getpid())-\(UInt32.random(in: 0 ... .max))"
            guard mkdirat(folder, name, 0o700) == 0 else { throw unwritable(path, errno) }
            let work = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard work >= 0 else {
                // Another one's sweep came before the lock.
                if errno == ENOENT { continue }
                let error = unwritable(path, errno)
                unlinkat(folder, name, AT_REMOVEDIR)
                throw error
            }
            // Where a file system knows no locks, nobody sweeps.
            let isSwept = flock(work, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
            if !isSwept && faccessat(folder, name, F_OK, 0) == 0 { return (name, work) }
            close(work)
        }
    }

    /// Removes what killed processes have left.
    static func sweep(_ folder: Int32, _ path: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let left = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard left >= 0 else { continue }
            defer { close(left) }
            guard flock(left, LOCK_EX | LOCK_NB) == 0 else { continue }
            try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }

    /// Those that are not empty stay.
    static func remove(_ folders: [String]) {
        for folder in folders.reversed() { rmdir(folder) }
    }

    static func unwritable(_ path: String, _ number: Int32) -> NightjarError {
        let isFull = number == ENOSPC || number == EDQUOT
        let hint =
            switch number {
            case ENOSPC, EDQUOT: "Free space on its disk, or choose another directory."
            case EACCES, EPERM: "Export as a user who may, or into another directory."
            default: "Choose another directory."
            }
        return NightjarError(
            .exists, "cannot write into \(path): \(String(cString: strerror(number)))", hint: hint, lacksSpace: isFull)
    }
}
