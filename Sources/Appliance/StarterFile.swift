import Glibc
import Model
import Settings

/// The configuration that `nightjar init` writes: for root and the service's group only.
package enum StarterFile {
    /// - Throws: code `exists` where there is a file already, or where it cannot be made.
    package static func write(to path: String) throws(NightjarError) {
        var facts = stat()
        guard lstat(path, &facts) != 0 else {
            throw NightjarError(
                .exists, "\(path) exists already", hint: "Edit it, or name another file with --config.")
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if !folder.isEmpty && stat(folder, &facts) != 0 && mkdir(folder, 0o755) == 0 { chmod(folder, 0o755) }
        do {
            try SmallFile.create(path, Array(StarterConfiguration.text.utf8), mode: 0o640)
        } catch {
            throw NightjarError(
                .exists, error.message, hint: "Run it as root, or name a file of your own with --config PATH.")
        }
        if geteuid() == 0, let group = getgrnam("nightjar") { _ = chown(path, 0, group.pointee.gr_gid) }
    }
}
