import Glibc
import Model

/// Disk space, asked for before it is needed.
package enum FreeSpace {
    /// Bytes that are free for this user on the disk of `path`'s folder; nil where nobody can say.
    package static func available(for path: String) -> Int64? {
        var facts = statvfs()
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard statvfs(folder.isEmpty ? "/" : folder, &facts) == 0 else { return nil }
        return Int64(facts.f_bavail) * Int64(facts.f_frsize)
    }

    /// - Throws: code `io` where less than `bytes` are free.
    package static func require(_ bytes: Int64, in path: String, purpose: String) throws(NightjarError) {
        guard let free = available(for: path), free < bytes else { return }
        throw NightjarError(
            .io, "not enough space for \(purpose): needs \(SizeText.format(bytes)), has \(SizeText.format(free))",
            hint: "Free space on the disk of \(path), or point scratch_dir to a larger one.", isTransient: true)
    }
}

/// Files that survive a power cut.
package enum DurableFiles {
    /// Brings a finished file and its name to the disk.
    package static func synchronize(_ path: String) throws(NightjarError) {
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
