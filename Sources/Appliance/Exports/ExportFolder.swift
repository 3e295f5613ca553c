import FoundationEssentials
import Glibc
import Model
import Pipeline

/// The folder that an export writes plain files into, and a hidden one in it where they are made: they get their names
/// when all of them are whole.
///
/// The hidden one is locked while its owner lives; those of killed processes are swept before the next one is made. All of
/// it blocks, on the disk.
struct ExportFolder: Sendable {
    /// What the names of hidden folders begin with.
    static let prefix = ".nightjar-export-"
    /// Names that an error tells.
    private static let namesTold = 5

    let path: String
    /// Where the files are made: 0700.
    let workPath: String
    private let force: Bool
    /// Folders that were not there before, the outermost first.
    private let made: [String]
    private let folder: Int32
    private let work: Int32

    /// Makes the folder where it is not there.
    /// - Parameter force: Whether files that are there are replaced.
    /// - Throws: code `exists` where there is something else, or nothing can be made there.
    init(_ path: String, force: Bool) throws(NightjarError) {
        guard !path.isEmpty else { throw NightjarError(.usage, "the name of the directory is empty") }
        let made = try Self.make(path)
        do throws(NightjarError) {
            let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { throw Self.unwritable(path, errno) }
            Self.sweep(folder, path)
            do throws(NightjarError) {
                let (name, work) = try Self.makeWork(in: folder, path)
                workPath = "\(path)/\(name)"
                self.work = work
            } catch {
                close(folder)
                throw error
            }
            self.folder = folder
        } catch {
            Self.remove(made)
            throw error
        }
        self.path = path
        self.force = force
        self.made = made
    }

    /// Removes what was made, but for files that have their names.
    func remove() {
        // Once more for an error that passes; what is there still after that goes with the next export.
        for _ in 0..<2 where (try? FileManager.default.removeItem(atPath: workPath)) != nil { break }
        close(work)
        close(folder)
        Self.remove(made)
    }

    // MARK: The files' names

    func has(_ name: String) -> Bool {
        var facts = stat()
        return fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// - Throws: code `exists` where there is something of these names that is not to be replaced.
    func refuseTaken(_ names: [String]) throws(NightjarError) {
        var taken: [String] = []
        for name in names {
            var facts = stat()
            guard fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            guard force else {
                taken.append(name)
                continue
            }
            guard facts.st_mode & S_IFMT == S_IFREG else {
                throw NightjarError(
                    .exists, "\(path)/\(name) is there and is not a regular file",
                    hint: "Move it away, or choose another directory: --force replaces regular files only.")
            }
        }
        if !taken.isEmpty { throw refusal(taken) }
    }

    /// Gives all files their names, or none; brings the names to the disk. Where files are replaced and that fails midway,
    /// those before are replaced.
    /// - Throws: code `exists` where a name is taken.
    func publish(_ names: [String]) throws(NightjarError) {
        try refuseTaken(names)
        giveToOwner(names)
        for (index, name) in names.enumerated() {
            do throws(NightjarError) {
                try place(name)
            } catch {
                if !force { for name in names[..<index] { unlinkat(folder, name, 0) } }
                throw error
            }
        }
        guard fsync(folder) == 0 || [EINVAL, EOPNOTSUPP].contains(errno) else {
            throw SmallFile.failure("synchronize", path)
        }
    }

    private func place(_ name: String) throws(NightjarError) {
        if !force {
            switch FreeName.move(name, in: work, to: name, in: folder) {
            case 0: return
            case EEXIST: throw refusal([name])
            // A file system without hard links: a last look has to do.
            case EOPNOTSUPP: try refuseTaken([name])
            case let reason:
                errno = reason
                throw failure(name)
            }
        }
        guard renameat(work, name, folder, name) == 0 else { throw failure(name) }
    }

    private func failure(_ name: String) -> NightjarError { SmallFile.failure("create", "\(path)/\(name)") }

    private func refusal(_ taken: [String]) -> NightjarError {
        var names = taken.prefix(Self.namesTold).joined(separator: ", ")
        let untold = taken.count - Self.namesTold
        if untold > 0 { names += " and \(CountText.format(Int64(untold))) more" }
        return NightjarError(
            .exists, "\(path) has files of these names already: \(names)",
            hint: "Choose another directory, or replace them with --force.")
    }

    /// What root makes in somebody else's folder, its owner has to be able to use.
    private func giveToOwner(_ names: [String]) {
        var facts = stat()
        guard geteuid() == 0, fstat(folder, &facts) == 0, facts.st_uid != 0 else { return }
        for name in names { _ = fchownat(work, name, facts.st_uid, facts.st_gid, AT_SYMLINK_NOFOLLOW) }
    }
}
