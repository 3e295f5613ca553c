import CLinux
import Glibc

/// What the kernel keeps in memory of a file.
package enum PageCache {
    /// Lets a file's bytes go to the disk soon, without waiting for them (sync_file_range(2)). It promises nothing.
    package static func startWriting(_ descriptor: Int32) {
        _ = sync_file_range(descriptor, 0, 0, NIGHTJAR_SYNC_FILE_RANGE_WRITE)
    }

    /// Keeps nothing of a file in memory that the disk has (posix_fadvise(2)): whoever reads it reads the disk, and the memory is
    /// there for others. It promises nothing.
    package static func drop(_ descriptor: Int32) {
        _ = posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_DONTNEED))
    }
}
