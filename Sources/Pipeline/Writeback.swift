import CLinux

/// What the kernel keeps in memory of a file.
package enum Writeback {
    /// Lets a file's bytes go to the disk soon, without waiting for them (sync_file_range(2)). It promises nothing.
    package static func start(_ descriptor: Int32) {
        _ = sync_file_range(descriptor, 0, 0, NIGHTJAR_SYNC_FILE_RANGE_WRITE)
    }
}
