import Glibc
import Pipeline

/// A file under a temporary name, locked while in use, that appears under its real name whole or not at all.
final class TemporaryFile: Sendable {
    private static let namePrefix = ".nightjar-"
    private static let nameSuffix = ".tmp"
    /// Seconds that an upload nobody holds is kept after its last part: a run that was killed may go on with it.
    private static let uploadsAreKept = 86_400

    private let folder: Descriptor
    private let name: String
    private let file: Descriptor

    private init(folder: Descriptor, name: String, file: Descriptor) {
        self.folder = folder
        self.name = name
        self.file = file
    }

    static func isTemporary(_ name: String) -> Bool {
        ObjectKey.begins(name, with: namePrefix) && ObjectKey.ends(name, with: nameSuffix)
    }

    /// Creates a file of a random name, readable for its owner only.
    static func create(in folder: Descriptor) throws(SystemError) -> TemporaryFile {
        while true {
            let name = namePrefix + String(UInt64.random(in: .min ... .max), radix: 16) + nameSuffix
            if let file = try make(name, in: folder) { return file }
        }
    }

    /// Creates the file of an upload, durably; what an upload of the same object has left is removed first.
    ///
    /// - Throws: `EBUSY` where another upload of that object holds its file.
    static func beginUpload(of object: String, in folder: Descriptor) throws(SystemError) -> TemporaryFile {
        let name = UploadFile.name(of: object)
        while true {
            // Not written over: a process killed while it completed an upload leaves the object's own bytes here.
            if let leftover = try claim(name, in: folder) { leftover.discard() }
            if let file = try make(name, in: folder) {
                try folder.synchronize()
                return file
            }
        }
    }

    /// The file of an upload that nobody holds any more, or nil where there is none.
    ///
    /// - Throws: `EBUSY` where somebody holds it.
    static func resumeUpload(of object: String, in folder: Descriptor) throws(SystemError) -> TemporaryFile? {
        try claim(UploadFile.name(of: object), in: folder)
    }

    /// Removes temporary files that nobody holds: what processes that were killed left behind. Uploads have a day.
    static func sweep(_ folder: Descriptor) throws(SystemError) {
        for name in try folder.names() where isTemporary(name) {
            if UploadFile.isOne(name) {
                guard let status = try folder.status(of: name) else { continue }
                if time(nil) - status.st_mtim.tv_sec < uploadsAreKept { continue }
            }
            try sweep(name, in: folder)
        }
    }

    /// The same, but for uploads, which may be gone on with.
    static func sweepWithoutUploads(_ folder: Descriptor) throws(SystemError) {
        for name in try folder.names() where isTemporary(name) && !UploadFile.isOne(name) {
            try sweep(name, in: folder)
        }
    }

    private static func sweep(_ name: String, in folder: Descriptor) throws(SystemError) {
        let number = openat(folder.number, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        if number < 0 { return }
        let file = Descriptor(number)
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { return }
        // The name may be another upload's by now.
        if try folder.holds(file, as: name) { unlinkat(folder.number, name, 0) }
    }

    /// A new file of that name, locked; nil where the name is taken.
    private static func make(_ name: String, in folder: Descriptor) throws(SystemError) -> TemporaryFile? {
        let number = openat(folder.number, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if number < 0 {
            if errno == EEXIST || errno == EINTR { return nil }
            throw SystemError.last
        }
        let file = Descriptor(number)
        // A sweep elsewhere may have found the file before it was locked; then it is gone or about to go.
        if flock(number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK { return nil }
        if try file.status().st_nlink == 0 { return nil }
        return TemporaryFile(folder: folder, name: name, file: file)
    }

    /// The file of that name, locked; nil where there is none.
    private static func claim(_ name: String, in folder: Descriptor) throws(SystemError) -> TemporaryFile? {
        while true {
            let number = openat(folder.number, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            if number < 0 {
                if errno == ENOENT { return nil }
                if errno == EINTR { continue }
                throw SystemError.last
            }
            let file = Descriptor(number)
            if flock(number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK { throw SystemError(number: EBUSY) }
            // Who held it before may have given it its real name meanwhile: then it is an object and no upload.
            if try folder.holds(file, as: name) { return TemporaryFile(folder: folder, name: name, file: file) }
        }
    }

    /// Bytes.
    func size() throws(SystemError) -> Int64 {
        Int64(try file.status().st_size)
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
    /// - Parameter bytes: The place of what was written last. Nothing of it is kept in memory: a proof reads it from the disk.
    func flush(_ bytes: Range<Int64>) throws(SystemError) {
        guard fdatasync(file.number) == 0 else { throw SystemError.last }
        PageCache.drop(file.number, bytes: bytes)
    }

    /// Cuts the file to `size`, which it must have reached, and makes its bytes durable.
    func seal(size: Int64) throws(SystemError) {
        guard try self.size() >= size else { throw SystemError(number: ENODATA) }
        guard ftruncate(file.number, off_t(size)) == 0, fsync(file.number) == 0 else { throw SystemError.last }
    }

    /// Gives the file its real name, durably; `EEXIST` if that is taken.
    func publish(as target: String) throws(SystemError) {
        switch FreeName.move(name, in: folder.number, to: target, in: folder.number) {
        case 0: break
        case EOPNOTSUPP: try renameWhenFree(to: target)
        case let number: throw SystemError(number: number)
        }
        do {
            try folder.synchronize()
        } catch {
            unlinkat(folder.number, target, 0)
            throw error
        }
    }

    /// For file systems without hard links. Not atomic by itself, so the folder is locked against other appliances on this machine.
    private func renameWhenFree(to target: String) throws(SystemError) {
        _ = flock(folder.number, LOCK_EX)
        defer { _ = flock(folder.number, LOCK_UN) }
        if try folder.status(of: target) != nil { throw SystemError(number: EEXIST) }
        guard renameat(folder.number, name, folder.number, target) == 0 else { throw SystemError.last }
    }

    /// Removes the file, if it still has its temporary name.
    /// - Returns: Whether the name is gone.
    @discardableResult
    func discard() -> Bool {
        unlinkat(folder.number, name, 0) == 0 || errno == ENOENT
    }

    /// Lets another process have the file, as it is.
    func release() {
        _ = flock(file.number, LOCK_UN)
    }
}

extension Descriptor {
    /// Whether `file` is what has that name in this folder.
    fileprivate func holds(_ file: Descriptor, as name: String) throws(SystemError) -> Bool {
        let opened = try file.status()
        guard let named = try status(of: name) else { return false }
        return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }
}
