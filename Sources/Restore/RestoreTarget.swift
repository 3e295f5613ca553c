import FoundationEssentials
import Glibc
import Model
import Pipeline

/// The file that a restore makes, and what stands in its place before.
///
/// All of it blocks, on /proc and on the disk: call it from a thread that may.
struct RestoreTarget: Sendable {
    /// What SQLite keeps beside a database (https://www.sqlite.org/tempfiles.html).
    static let sideSuffixes = ["-wal", "-shm", "-journal"]
    /// Bytes of the target's name that names made of it carry; a file name has 255 at most.
    private static let longestStem = 150

    let path: String
    /// Beside the target, so that renaming it is one step.
    let temporaryPath: String
    let folder: String
    /// What names of files that were set aside begin with.
    private let asideStem: String
    /// What names of temporary files for this target begin with; the number of their process follows.
    private let temporaryPrefix: String
    private let force: Bool

    /// - Throws: code `exists` where the target or a file of its journal is there and `force` is not given, where a
    ///   process has it open, or where there is no such folder.
    init(path: String, force: Bool) throws(NightjarError) {
        self.path = path
        self.force = force
        let slash = path.lastIndex(of: "/")
        folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        guard !name.isEmpty, name != ".", name != ".." else {
            throw NightjarError(.usage, "'\(path)' is not a file name")
        }
        temporaryPrefix = ".\(Self.shortened(name)).nightjar-"
        let stem = "\(folder)/\(temporaryPrefix)\(getpid())-\(UInt32.random(in: 0 ... .max))"
        temporaryPath = "\(stem).tmp"
        asideStem = stem
        guard let folderFacts = Self.facts(folder), folderFacts.st_mode & S_IFMT == S_IFDIR else {
            throw NightjarError(
                .exists, "there is no directory \(folder) to restore into", hint: "mkdir -p \(ShellText.quote(folder))")
        }
        _ = try OpenFiles.refuse(filesInPlace())
    }

    /// Makes the temporary file, which nobody else can read.
    func createTemporary() throws(NightjarError) {
        let descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw unwritable(errno)
        }
        close(descriptor)
        sweepKilled()
    }

    func unwritable(_ number: Int32) -> NightjarError {
        NightjarError(
            .exists, "cannot write into \(folder): \(String(cString: strerror(number)))",
            hint: "Restore as a user who may, or into another directory.")
    }

    /// Removes what restores to the same place left behind when they were killed.
    private func sweepKilled() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(temporaryPrefix) && name.contains(".tmp") {
            let process = pid_t(name.dropFirst(temporaryPrefix.count).prefix { $0.isNumber }) ?? 0
            guard process > 0, kill(process, 0) != 0, errno == ESRCH else { continue }
            unlink("\(folder)/\(name)")
        }
    }

    /// Gives the finished file its owner, mode and name, and brings it to the disk.
    /// - Returns: What a person should know; one sentence each.
    /// - Throws: code `exists` where something has appeared in its place, or where a process has opened what was there.
    func replace() throws(NightjarError) -> [String] {
        // Slow work first: between the last look at what is there and the renaming there should be nothing.
        var notes = try settle()
        let existing = try filesInPlace()
        guard force else {
            try publish()
            return notes
        }
        notes += try OpenFiles.refuse(existing)
        try exchange(existing)
        return notes
    }

    // MARK: The name

    /// - Returns: What is there of a database with the target's name.
    /// - Throws: code `exists` where there is anything and `force` is not given, or where it is no regular file.
    func filesInPlace() throws(NightjarError) -> [String] {
        var files: [String] = []
        for suffix in [""] + Self.sideSuffixes {
            guard let facts = Self.facts(path + suffix) else { continue }
            guard facts.st_mode & S_IFMT == S_IFREG else {
                throw NightjarError(.exists, "\(path)\(suffix) is there and is not a regular file")
            }
            guard force else {
                let reason = suffix.isEmpty ? "" : " (it belongs to a database that was here)"
                throw NightjarError(
                    .exists, "\(path)\(suffix) exists already\(reason)",
                    hint: "Choose another file, or replace it with --force.")
            }
            files.append(path + suffix)
        }
        return files
    }

    /// Gives the file its name where there is none of that name, whatever happens at the same time.
    private func publish() throws(NightjarError) {
        switch FreeName.move(temporaryPath, in: AT_FDCWD, to: path, in: AT_FDCWD) {
        case 0: break
        case EOPNOTSUPP:
            // A file system without hard links: a last look has to do.
            _ = try filesInPlace()
            guard rename(temporaryPath, path) == 0 else { throw failure("create \(path)", errno) }
        case let reason: throw failure("create \(path)", reason)
        }
        try synchronizeFolder()
    }

    /// Puts the file in the old one's place. The old one's journal, which would be replayed into the new file, is set
    /// aside first and removed last.
    private func exchange(_ existing: [String]) throws(NightjarError) {
        var aside: [(name: String, place: String)] = []
        for suffix in Self.sideSuffixes where existing.contains(path + suffix) {
            let name = path + suffix
            let place = "\(asideStem)\(suffix).old"
            if rename(name, place) == 0 {
                aside.append((name, place))
                continue
            }
            let reason = errno
            // Whoever had it open last has removed it.
            if reason == ENOENT { continue }
            Self.putBack(aside)
            throw failure("set \(name) aside", reason)
        }
        guard rename(temporaryPath, path) == 0 else {
            let reason = errno
            Self.putBack(aside)
            throw failure("replace \(path)", reason)
        }
        do {
            try synchronizeFolder()
        } catch {
            // After a power cut the old file may be back, and would need what was set aside.
            let places = aside.map { $0.place }.joined(separator: ", ")
            throw NightjarError(
                .io, error.message,
                hint: places.isEmpty ? nil : "The journal of the file that was here is kept: \(places)")
        }
        for file in aside { unlink(file.place) }
    }

    private static func putBack(_ aside: [(name: String, place: String)]) {
        for file in aside.reversed() { rename(file.place, file.name) }
    }

    // MARK: Owner, mode and disk

    /// Gives the temporary file the owner and mode of the file that it replaces, else those that fit its folder, and
    /// brings its bytes to the disk. It never becomes more readable than the file that it replaces.
    private func settle() throws(NightjarError) -> [String] {
        let descriptor = open(temporaryPath, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open \(temporaryPath)", errno) }
        defer { close(descriptor) }
        let replaced = Self.facts(path)
        var notes: [String] = []
        if let model = replaced ?? Self.facts(folder) {
            let wanted = replaced.map { $0.st_mode & 0o777 } ?? (model.st_mode & 0o660 | 0o600)
            // Only root can give files away; anybody else can at most choose among their own groups.
            if fchown(descriptor, model.st_uid, model.st_gid) != 0 { _ = fchown(descriptor, uid_t.max, model.st_gid) }
            var made = stat()
            guard fstat(descriptor, &made) == 0 else { throw failure("look at \(temporaryPath)", errno) }
            var mode = wanted
            if made.st_gid != model.st_gid {
                // Who is in which group has changed: each gets what both the group and everybody else had.
                let shared = (wanted >> 3) & wanted & 0o7
                mode = wanted & 0o700 | shared << 3 | shared
            }
            let hasMode = fchmod(descriptor, mode) == 0
            if let replaced, !hasMode || mode != wanted || made.st_uid != replaced.st_uid {
                notes.append(ownerNote(replaced, made, mode: hasMode ? mode : 0o600))
            }
        }
        guard fsync(descriptor) == 0 else { throw failure("bring \(temporaryPath) to the disk", errno, .io) }
        return notes
    }

    private func ownerNote(_ replaced: stat, _ made: stat, mode: mode_t) -> String {
        let wanted = String(replaced.st_mode & 0o777, radix: 8)
        let file = ShellText.quote(path)
        return "The owner or mode of the replaced file could not be kept: the new one belongs to "
            + "\(made.st_uid):\(made.st_gid), mode \(String(mode, radix: 8)). As root: "
            + "chown \(replaced.st_uid):\(replaced.st_gid) \(file) && chmod \(wanted) \(file)"
    }

    private func synchronizeFolder() throws(NightjarError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the directory \(folder)", errno, .io) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw failure("bring \(path), which is in its place, to the disk", errno, .io)
        }
    }

    private func failure(_ action: String, _ number: Int32, _ code: FailureCode = .exists) -> NightjarError {
        NightjarError(code, "cannot \(action): \(String(cString: strerror(number)))")
    }

    static func facts(_ path: String) -> stat? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? facts : nil
    }

    private static func shortened(_ name: String) -> String {
        var scalars = name.unicodeScalars
        while String(scalars).utf8.count > longestStem { scalars.removeLast() }
        return String(scalars)
    }
}

/// Who has files open, as /proc says (proc(5)).
enum OpenFiles {
    private struct Wanted {
        let path: String
        let device: dev_t
        let inode: ino_t
    }

    /// - Returns: A note where not every process could be looked into.
    /// - Throws: code `exists`, naming the process that has one of the files open.
    static func refuse(_ paths: [String]) throws(NightjarError) -> [String] {
        var wanted: [Wanted] = []
        for path in paths {
            var facts = stat()
            guard stat(path, &facts) == 0 else { continue }
            wanted.append(Wanted(path: path, device: facts.st_dev, inode: facts.st_ino))
        }
        if wanted.isEmpty { return [] }
        guard let processes = opendir("/proc") else { return [note(of: wanted)] }
        defer { closedir(processes) }
        // The first process is always there; who cannot see it sees only processes of their own (hidepid).
        var isIncomplete = access("/proc/1", F_OK) != 0
        while let process = readdir(processes) {
            let name = Self.name(of: process)
            guard let number = Int32(name), number != getpid() else { continue }
            guard let files = opendir("/proc/\(name)/fd") else {
                if errno == EACCES || errno == EPERM { isIncomplete = true }
                continue
            }
            defer { closedir(files) }
            while let file = readdir(files) {
                var facts = stat()
                guard stat("/proc/\(name)/fd/\(Self.name(of: file))", &facts) == 0 else { continue }
                for candidate in wanted where candidate.inode == facts.st_ino && candidate.device == facts.st_dev {
                    throw NightjarError(
                        .exists, "\(candidate.path) is open in process \(number) (\(Self.command(of: number)))",
                        hint: "Stop it first; replacing a database under a running process loses what it writes.")
                }
            }
        }
        return isIncomplete ? [note(of: wanted)] : []
    }

    private static func note(of wanted: [Wanted]) -> String {
        "Processes of other users could not be looked into: make sure that none of them has "
            + "\(wanted.first?.path ?? "the file") open, for it would go on writing to the file that was replaced."
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
    }

    private static func command(of process: Int32) -> String {
        let descriptor = open("/proc/\(process)/comm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "?" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).filter { $0 != "\n" }
    }
}

/// Arguments of shell commands to paste.
package enum ShellText {
    /// `text` in single quotes, as POSIX shells read it.
    package static func quote(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
