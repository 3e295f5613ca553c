import Glibc

/// What `stat` says about a file, without opening it.
struct FileFacts: Equatable {
    let inode: UInt64
    let device: UInt64
    let size: Int64
    let mode: UInt32
    let owner: UInt32
    let group: UInt32
    let modified: [Int]
    let changed: [Int]

    init?(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        inode = UInt64(facts.st_ino)
        device = UInt64(facts.st_dev)
        size = Int64(facts.st_size)
        mode = facts.st_mode
        owner = facts.st_uid
        group = facts.st_gid
        modified = [facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec]
        changed = [facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec]
    }

    var isRegular: Bool { mode & S_IFMT == S_IFREG }
    var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    var hasSetGroup: Bool { mode & UInt32(S_ISGID) != 0 }

    static func exists(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0
    }

    /// Whether the process may do so, with the user and groups that it works as.
    static func allows(_ path: String, _ access: Int32) -> Bool {
        faccessat(AT_FDCWD, path, access, AT_EACCESS) == 0
    }
}
