import CLinux
import Glibc

/// What the kernel keeps in memory of a file.
package enum PageCache {
    /// Lets a file's bytes go to the disk soon, without waiting for them (sync_file_range(2)). It promises nothing.
    package static func startWriting(_ descriptor: Int32) {
        _ = sync_file_range(descriptor, 0, 0, NIGHTJAR_SYNC_FILE_RANGE_WRITE)
    }

    /// Keeps nothing in memory of bytes that the disk has (posix_fadvise(2)): whoever reads them reads the disk, and the memory is
    /// there for others. What the disk does not have yet goes there soon. It promises nothing.
    /// - Parameter bytes: Where in the file; nil is all of it.
    package static func drop(_ descriptor: Int32, bytes: Range<Int64>? = nil) {
        _ = posix_fadvise(
            descriptor, off_t(bytes?.lowerBound ?? 0), off_t(bytes?.count ?? 0), Int32(POSIX_FADV_DONTNEED))
    }
}
