import FoundationEssentials
import Glibc
import Model

/// A folder in the scratch directory for one run's snapshot and restored copies: 0700, gone with the run.
///
/// A lock says that its owner lives; folders of killed processes are swept before the next one is made.
final class WorkDirectory: Sendable {
    private static let namePrefix = "run-"

    let path: String
    private let lock: Int32

    init(in scratchDirectory: String) throws(NightjarError) {
        try PrivateFolder.create(scratchDirectory, setting: "scratch_dir")
        Self.sweep(scratchDirectory)
        let name = "\(Self.namePrefix)\(getpid())-\(UInt32.random(in: 0 ... .max))"
        path = "\(scratchDirectory)/\(name)"
        // The lock is taken before the folder has its name: a sweep never sees it unlocked.
        let hidden = "\(scratchDirectory)/.\(name)"
        guard mkdir(hidden, 0o700) == 0 else { throw SmallFile.failure("make", hidden) }
        lock = open("\(hidden)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(hidden, path) == 0 else {
            let error = SmallFile.failure("prepare", hidden)
            try? FileManager.default.removeItem(atPath: hidden)
            throw error
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        close(lock)
    }

    /// Removes what killed processes have left.
    private static func sweep(_ scratchDirectory: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: scratchDirectory)) ?? []
        for name in names where name.hasPrefix(namePrefix) {
            let folder = "\(scratchDirectory)/\(name)"
            let descriptor = open("\(folder)/lock", O_RDWR | O_CLOEXEC)
            if descriptor >= 0 {
                defer { close(descriptor) }
                guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
                try? FileManager.default.removeItem(atPath: folder)
            }
        }
    }
}
