import Dump
import Glibc
import Model

/// The file that a restore makes, and what stands in its place before.
struct RestoreTarget: Sendable {
    let path: String
    /// Beside the target, so that renaming it is one step.
    let temporaryPath: String
    private let folder: String
    private let replaced: stat?

    /// - Throws: code `exists` where the target or a file of its journal is there and `force` is not given, or where a
    ///   process has it open; `missing` where there is no such folder.
    init(path: String, force: Bool) throws(NightjarError) {
        self.path = path
        let slash = path.lastIndex(of: "/")
        folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        guard !name.isEmpty, name != ".", name != ".." else {
            throw NightjarError(.usage, "'\(path)' is not a file name")
        }
        temporaryPath = "\(folder)/.\(name.prefix(180)).nightjar-\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
        guard let folderFacts = Self.facts(folder), folderFacts.st_mode & S_IFMT == S_IFDIR else {
            throw NightjarError(.exists, "there is no directory \(folder) to restore into", hint: "mkdir -p '\(folder)'")
        }
        replaced = Self.facts(path)
        if let replaced, replaced.st_mode & S_IFMT != S_IFREG {
            throw NightjarError(.exists, "\(path) is there and is not a regular file")
        }
        for suffix in ["", "-wal", "-shm", "-journal"] where Self.facts(path + suffix) != nil {
            if !force {
                let reason = suffix.isEmpty ? "" : " (it belongs to a database that was here)"
                throw NightjarError(
                    .exists, "\(path)\(suffix) exists already\(reason)",
                    hint: "Choose another file, or replace it with --force.")
            }
            try Self.refuseIfOpen(path + suffix)
        }
    }

    /// Makes the temporary file, which nobody else can read.
    func createTemporary() throws(NightjarError) {
        let descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw NightjarError(
                .exists, "cannot write into \(folder): \(String(cString: strerror(errno)))",
                hint: "Restore as a user who may, or into another directory.")
        }
        close(descriptor)
    }

    /// Gives the finished file its owner, mode and name.
    func replace() throws {
        let folderFacts = Self.facts(folder)
        if let owner = replaced ?? folderFacts {
            // Only root can give files away; anybody else keeps what is made.
            if chown(temporaryPath, owner.st_uid, owner.st_gid) != 0 { _ = chown(temporaryPath, geteuid(), owner.st_gid) }
            let mode = replaced.map { $0.st_mode & 0o777 } ?? (owner.st_mode & 0o660 | 0o600)
            chmod(temporaryPath, mode)
        }
        try DurableFiles.synchronize(temporaryPath)
        // A journal of the database that was here would be replayed into the new one.
        for suffix in ["-wal", "-shm", "-journal"] { unlink(path + suffix) }
        if replaced == nil {
            // Without --force nothing may have appeared meanwhile.
            guard link(temporaryPath, path) == 0 else {
                throw NightjarError(.exists, "cannot create \(path): \(String(cString: strerror(errno)))")
            }
            unlink(temporaryPath)
        } else {
            guard rename(temporaryPath, path) == 0 else {
                throw NightjarError(.exists, "cannot replace \(path): \(String(cString: strerror(errno)))")
            }
        }
        try DurableFiles.synchronize(path)
    }

    private static func facts(_ path: String) -> stat? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? facts : nil
    }

    /// Looks through /proc for processes that hold the file.
    private static func refuseIfOpen(_ path: String) throws(NightjarError) {
        var wanted = stat()
        guard stat(path, &wanted) == 0, let processes = opendir("/proc") else { return }
        defer { closedir(processes) }
        while let process = readdir(processes) {
            let name = Self.name(of: process)
            guard let number = Int32(name), number != getpid(), let files = opendir("/proc/\(name)/fd") else { continue }
            defer { closedir(files) }
            while let file = readdir(files) {
                var facts = stat()
                guard stat("/proc/\(name)/fd/\(Self.name(of: file))", &facts) == 0, facts.st_ino == wanted.st_ino,
                    facts.st_dev == wanted.st_dev
                else { continue }
                throw NightjarError(
                    .exists, "\(path) is open in process \(number) (\(Self.command(of: number)))",
                    hint: "Stop it first; replacing a database under a running process loses what it writes.")
            }
        }
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
