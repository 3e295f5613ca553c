import Glibc
import Model

/// One run a database at a time, also of several processes. The lock goes with the process that holds it.
final class RunLock: Sendable {
    /// In place of a database's name: the outbox, for commands that deliver messages. No database may be called so.
    static let outbox = "@outbox"

    private let descriptor: Int32

    /// - Returns: nil where somebody else works on that database.
    static func acquire(_ database: String, stateDirectory: String) throws(NightjarError) -> RunLock? {
        let folder = stateDirectory + "/locks"
        try PrivateFolder.create(folder, setting: "state_dir")
        let path = "\(folder)/\(database)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SmallFile.failure("open", path) }
        PrivateFolder.giveToOwner(of: stateDirectory, [folder, path])
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            close(descriptor)
            if isHeld { return nil }
            throw SmallFile.failure("lock", path)
        }
        return RunLock(descriptor)
    }

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
