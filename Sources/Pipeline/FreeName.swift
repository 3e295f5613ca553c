import CLinux
import Glibc

/// Giving a file its name only where nothing has that name, whatever happens at the same time.
package enum FreeName {
    /// Moves a file, from and to a name in an open folder or, with `AT_FDCWD`, a path.
    ///
    /// One call where the system and its file system know `RENAME_NOREPLACE` (renameat2(2)): no moment has both names, and none has
    /// to be taken away. Elsewhere a hard link, and then the old name goes.
    /// - Returns: 0, or an error number: `EEXIST` where the name is taken, `EOPNOTSUPP` where neither way is to be had.
    package static func move(_ name: String, in folder: Int32, to target: String, in targetFolder: Int32) -> Int32 {
        if renameat2(folder, name, targetFolder, target, NIGHTJAR_RENAME_NOREPLACE) == 0 { return 0 }
        // Network shares, old file systems.
        guard [EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) else { return errno }
        guard linkat(folder, name, targetFolder, target, 0) == 0 else {
            // And without hard links: FAT.
            return [EPERM, ENOSYS, EMLINK].contains(errno) ? EOPNOTSUPP : errno
        }
        unlinkat(folder, name, 0)
        return 0
    }
}
