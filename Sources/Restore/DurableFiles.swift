import Glibc
import Model

/// Files that survive a power cut.
enum DurableFiles {
    /// Brings a finished file and its name to the disk.
    static func synchronize(_ path: String) throws(NightjarError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        for name in [path, folder.isEmpty ? "/" : folder] {
            let descriptor = open(name, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure(name) }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else { throw failure(name) }
        }
    }

    private static func failure(_ name: String) -> NightjarError {
        NightjarError(.io, "\(name) could not be brought to the disk: \(String(cString: strerror(errno)))")
    }
}
