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

    /// - Parameter otherwise: What a person can do who cannot free space on that disk.
    /// - Throws: code `io` where less than `bytes` are free.
    package static func require(
        _ bytes: Int64, in path: String, purpose: String, otherwise: String = "point scratch_dir to a larger one"
    ) throws(NightjarError) {
        guard let free = available(for: path), free < bytes else { return }
        throw NightjarError(
            .io, "not enough space for \(purpose): needs \(SizeText.format(bytes)), has \(SizeText.format(free))",
            hint: "Free space on the disk of \(path), or \(otherwise).", isTransient: true, lacksSpace: true)
    }
}
