import CLinux
import Glibc

/// How this process uses its memory.
package enum Memory {
    /// Gives large blocks back to the system as soon as they are freed, instead of keeping ever more of them:
    /// glibc raises its threshold for that by itself otherwise (mallopt(3)). Call it before other threads exist.
    package static func returnLargeBlocks() {
        mallopt(M_MMAP_THRESHOLD, 1 << 20)
        // Smaller ones are wanted again at once: no trimming after each.
        mallopt(M_TRIM_THRESHOLD, 1 << 20)
        mallopt(M_ARENA_MAX, 2)
    }

    /// Gives back what work that has ended needed and what follows does not: the free parts of the heap (malloc_trim(3)), and the
    /// code, whose pages the system fetches from their files again when they are wanted (madvise(2), `MADV_DONTNEED`).
    package static func settle() {
        malloc_trim(0)
        for range in codeRanges() {
            let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound)
            madvise(start, Int(range.upperBound - range.lowerBound), MADV_DONTNEED)
        }
    }

    /// Where the code of the program and of its libraries lies: mappings of files that nobody can have written to.
    private static func codeRanges() -> [Range<UInt>] {
        guard let file = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(file) }
        var ranges: [Range<UInt>] = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            if let range = codeRange(String(cString: line)) { ranges.append(range) }
        }
        return ranges
    }

    /// Reads a line of `/proc/PID/maps` (proc_pid_maps(5)).
    /// - Returns: nil where it tells of something else than a file's code.
    static func codeRange(_ line: String) -> Range<UInt>? {
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }).hasPrefix("/") else {
            return nil
        }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard ends.count == 2, ends[0] < ends[1] else { return nil }
        return ends[0]..<ends[1]
    }
}
