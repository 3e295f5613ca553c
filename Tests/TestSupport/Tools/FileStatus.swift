import Glibc

/// What `lstat` says of a file.
///
/// It does not open the file: closing a database's file would drop SQLite's locks in this process.
package struct FileStatus: Sendable, Equatable {
    package let inode: UInt64
    package let size: Int64
    /// The permission bits alone.
    package let mode: UInt32
    package let owner: uid_t
    package let group: gid_t
    /// Seconds and nanoseconds.
    package let modified: [Int]

    /// Nil where there is no such file.
    package init?(_ path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return nil }
        inode = UInt64(facts.st_ino)
        size = Int64(facts.st_size)
        mode = UInt32(facts.st_mode) & 0o7777
        owner = facts.st_uid
        group = facts.st_gid
        modified = [Int(facts.st_mtim.tv_sec), Int(facts.st_mtim.tv_nsec)]
    }
}
