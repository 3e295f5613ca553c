import CLinux

/// How this process uses its heap.
package enum Memory {
    /// Gives large blocks back to the system as soon as they are freed, instead of keeping ever more of them:
    /// glibc raises its threshold for that by itself otherwise (mallopt(3)). Call it before other threads exist.
    package static func returnLargeBlocks() {
        mallopt(M_MMAP_THRESHOLD, 1 << 20)
        // Smaller ones are wanted again at once: no trimming after each.
        mallopt(M_TRIM_THRESHOLD, 1 << 20)
        mallopt(M_ARENA_MAX, 2)
    }
}
