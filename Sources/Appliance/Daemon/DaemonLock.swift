import Glibc
import Model
import Settings

/// Says that a daemon works with this state directory, and which one.
package final class DaemonLock: Sendable {
    private static let fileName = "daemon.lock"

    private let descriptor: Int32

    /// - Throws: code `busy`, naming the daemon that is there already.
    package init(stateDirectory: String) throws(NightjarError) {
        let path = try StateDirectory(path: stateDirectory).path + "/" + Self.fileName
        // Kept in the property only in the end: a class whose last property is set is taken down by `deinit`, also where
        // this throws, and a descriptor that is closed twice may be somebody else's by then.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SmallFile.failure("open", path) }
        PrivateFolder.giveToOwner(of: stateDirectory, [path])
        // Somebody who asks whether a daemon works holds it for a moment.
        var attempts = 20
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 && attempts > 0 {
            attempts -= 1
            usleep(50_000)
        }
        guard attempts > 0 else {
            let holder = Self.holder(of: descriptor)
            close(descriptor)
            throw NightjarError(
                .busy, "a daemon works with \(stateDirectory) already\(holder.map { ": \($0)" } ?? "")",
                hint: "See what it does with: nightjar status. A second one needs a state_dir and a prefix of its own.")
        }
        let text = Array("process \(getpid()), since \(Timestamp(seconds: Int64(time(nil))).text)\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            let error = SmallFile.failure("write", path)
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The daemon that works with a state directory; nil where none does.
    package static func holder(in stateDirectory: String) -> String? {
        let descriptor = open(stateDirectory + "/" + fileName, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // A shared lock disturbs no daemon that is about to start for longer than this call.
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        return holder(of: descriptor) ?? "a process"
    }

    /// When the daemon that works with a state directory has started; nil where none works, or where the one that does may
    /// not be asked. It is the time at which it wrote its lock file.
    package static func start(in stateDirectory: String) -> FileTime? {
        holder(in: stateDirectory).flatMap { _ in FileTime.of(stateDirectory + "/" + fileName) }
    }

    private static func holder(of descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).filter { $0 != "\n" }
        return text.isEmpty ? nil : text
    }
}
