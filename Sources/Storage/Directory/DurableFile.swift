import Glibc

/// Owns a file descriptor and closes it at the end.
final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Up to `count` bytes from `offset` on; fewer only at the end of the file.
    func read(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        var failed: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let base = buffer.baseAddress else { return }
            var filled = 0
            while filled < count {
                let got = pread(number, base + filled, count - filled, off_t(offset) + off_t(filled))
                if got < 0 {
                    if errno == EINTR { continue }
                    failed = SystemError.last
                    break
                }
                if got == 0 { break }
                filled += got
            }
            initialized = filled
        }
        if let failed { throw failed }
        return bytes
    }

    /// Size and kind; symbolic links are not followed.
    func status() throws(SystemError) -> stat {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw SystemError.last }
        return status
    }
}

/// A file under a temporary name, locked while in use, that appears under its real name whole or not at all.
final class TemporaryFile: Sendable {
    private static let namePrefix = ".nightjar-"
    private static let nameSuffix = ".tmp"

    private let folder: Descriptor
    private let name: String
    private let file: Descriptor

    private init(folder: Descriptor, name: String, file: Descriptor) {
        self.folder = folder
        self.name = name
        self.file = file
    }

    static func isTemporary(_ name: String) -> Bool {
        name.hasPrefix(namePrefix) && name.hasSuffix(nameSuffix)
    }

    /// Creates a file, readable for its owner only.
    static func create(in folder: Descriptor) throws(SystemError) -> TemporaryFile {
        while true {
            let name = namePrefix + String(UInt64.random(in: .min ... .max), radix: 16) + nameSuffix
            let number = openat(folder.number, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if number < 0 {
                if errno == EEXIST || errno == EINTR { continue }
                throw SystemError.last
            }
            let file = Descriptor(number)
            // A sweep elsewhere may have found the file before it was locked; then it is gone or about to go.
            if flock(number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK { continue }
            if try file.status().st_nlink == 0 { continue }
            return TemporaryFile(folder: folder, name: name, file: file)
        }
    }

    /// Removes temporary files that nobody holds: what processes that were killed left behind.
    static func sweep(_ folder: Descriptor) throws(SystemError) {
        for name in try folder.names() where isTemporary(name) {
            let number = openat(folder.number, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            if number < 0 { continue }
            let file = Descriptor(number)
            if flock(file.number, LOCK_EX | LOCK_NB) == 0 { unlinkat(folder.number, name, 0) }
        }
    }

    func write(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let start = done
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(
                    file.number, buffer.baseAddress.map { $0 + start }, buffer.count - start,
                    off_t(offset) + off_t(start))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError.last
            }
            done += count
        }
    }

    /// Brings what has been written to the disk.
    func flush() throws(SystemError) {
        guard fdatasync(file.number) == 0 else { throw SystemError.last }
    }

    /// Cuts the file to `size`, which it must have reached, and makes its bytes durable.
    func seal(size: Int64) throws(SystemError) {
        guard try file.status().st_size >= off_t(size) else { throw SystemError(number: ENODATA) }
        guard ftruncate(file.number, off_t(size)) == 0, fsync(file.number) == 0 else { throw SystemError.last }
    }

    /// Gives the file its real name, durably; `EEXIST` if that is taken.
    func publish(as target: String) throws(SystemError) {
        if linkat(folder.number, name, folder.number, target, 0) == 0 {
            unlinkat(folder.number, name, 0)
        } else {
            let problem = SystemError.last
            // File systems without hard links: FAT, some network shares.
            guard [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(problem.number) else { throw problem }
            try renameWhenFree(to: target)
        }
        do {
            try folder.synchronize()
        } catch {
            unlinkat(folder.number, target, 0)
            throw error
        }
    }

    /// Not atomic by itself, so the folder is locked against other appliances on this machine.
    private func renameWhenFree(to target: String) throws(SystemError) {
        _ = flock(folder.number, LOCK_EX)
        defer { _ = flock(folder.number, LOCK_UN) }
        if try folder.status(of: target) != nil { throw SystemError(number: EEXIST) }
        guard renameat(folder.number, name, folder.number, target) == 0 else { throw SystemError.last }
    }

    /// Removes the file, if it still has its temporary name.
    func discard() {
        unlinkat(folder.number, name, 0)
    }
}
