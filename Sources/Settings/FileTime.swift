import Glibc
import Model

/// When a file was changed last: what it holds, or which file it is that has its name (stat(2): the later of `st_mtim` and
/// `st_ctim`). Seconds alone would not tell a change from what came just before it.
package struct FileTime: Sendable, Comparable {
    private let seconds: Int
    private let nanoseconds: Int

    package init(seconds: Int, nanoseconds: Int = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    init(_ status: stat) {
        self = max(Self(status.st_mtim), Self(status.st_ctim))
    }

    private init(_ time: timespec) {
        self.init(seconds: Int(time.tv_sec), nanoseconds: Int(time.tv_nsec))
    }

    /// Of a file that is there and may be looked at; nil otherwise.
    package static func of(_ path: String) -> FileTime? {
        var status = stat()
        return stat(path, &status) == 0 ? FileTime(status) : nil
    }

    /// For people, to the second.
    package var timestamp: Timestamp { Timestamp(seconds: Int64(seconds)) }

    package static func < (left: FileTime, right: FileTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}
