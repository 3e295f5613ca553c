import FoundationEssentials
import Glibc
import Model

/// A folder in the scratch directory for restored copies: 0700, gone with what needs it.
///
/// A lock says that its owner lives; folders of killed processes are swept before the next one is made.
final class WorkDirectory: Sendable {
    private static let namePrefix = "run-"
    /// Seconds after which a folder that never got its name was left by a killed process.
    private static let longestPreparation = 3600

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

    /// Whether the process that its name tells of lives, or nobody can say.
    private static func isPrepared(_ name: String) -> Bool {
        let numbers = name.dropFirst(namePrefix.count + 1).split(separator: "-")
        guard let process = numbers.first.flatMap({ pid_t($0) }) else { return true }
        return kill(process, 0) == 0 || errno != ESRCH
    }

    /// Removes what killed processes have left.
    static func sweep(_ scratchDirectory: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: scratchDirectory)) ?? []
        for name in names {
            let isHidden = name.hasPrefix(".\(namePrefix)")
            guard isHidden || name.hasPrefix(namePrefix) else { continue }
            let folder = "\(scratchDirectory)/\(name)"
            var facts = stat()
            guard lstat(folder, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else { continue }
            // A young one may be about to be locked and named, unless its process is no more.
            if isHidden && time(nil) - facts.st_mtim.tv_sec < longestPreparation && isPrepared(name) { continue }
            let descriptor = open("\(folder)/lock", O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else {
                // A folder with its name always had a lock: somebody was killed while removing it.
                if errno == ENOENT { try? FileManager.default.removeItem(atPath: folder) }
                continue
            }
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            try? FileManager.default.removeItem(atPath: folder)
        }
    }
}
