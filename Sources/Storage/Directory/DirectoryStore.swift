import Glibc
import Model
import Synchronization

/// A store in a folder: each object is a file under its key, written under a temporary name and then linked.
///
/// What `create`, `upload` and `complete` have returned for is on the disk. Folders are made with mode 0700, files with 0600.
/// All calls that may block run on one thread of the store's own.
package final class DirectoryStore: ObjectStore {
    package let location: String
    private let tree: FolderTree
    private let thread: BlockingThread

    /// - Parameters:
    ///   - path: a folder, made when the first object is written.
    ///   - prefix: a folder below it; empty for none.
    /// - Throws: `StoreError` when no thread can be started.
    package init(path: String, prefix: String = "") throws {
        let below = ObjectKey.normalizedPrefix(prefix)
        let folder = path.hasSuffix("/") || below.isEmpty ? path + below : path + "/" + below
        let root = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        location = root
        tree = FolderTree(root: root)
        do {
            thread = try BlockingThread()
        } catch {
            throw error.failure("open", "", at: root)
        }
    }

    package func head(_ key: String) async throws -> ObjectInfo? {
        let (folders, name) = try place(of: key, for: "look up")
        return try await perform("look up", key) { [tree] () throws -> ObjectInfo? in
            guard let folder = try tree.open(folders), let status = try folder.status(of: name),
                status.st_mode & S_IFMT == S_IFREG
            else { return nil }
            return ObjectInfo(key: key, size: Int64(status.st_size))
        }
    }

    package func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader {
        let (folders, name) = try place(of: key, for: "read")
        let (file, size) = try await perform("read", key) { [tree] () throws -> (Descriptor, Int64) in
            guard let folder = try tree.open(folders) else { throw SystemError(number: ENOENT) }
            let number = openat(folder.number, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
            guard number >= 0 else { throw SystemError.last }
            let file = Descriptor(number)
            let status = try file.status()
            guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError(number: ENOENT) }
            return (file, Int64(status.st_size))
        }
        let wanted = range ?? 0..<size
        guard wanted.lowerBound >= 0, wanted.upperBound <= size else {
            throw StoreError(
                .io, operation: "read", key: key, location: location,
                reason: "it has \(size) bytes, but bytes \(wanted.lowerBound) to \(wanted.upperBound) were asked for")
        }
        let cursor = FileCursor(file: file, range: wanted, thread: thread)
        let location = self.location
        return ObjectReader(key: key, location: location, size: Int64(wanted.count)) {
            try await translating("read", key, location) { try await cursor.next() }
        }
    }

    package func create(_ key: String, _ part: Part) async throws -> ObjectInfo {
        let (folders, name) = try place(of: key, for: "create")
        return try await perform("create", key, bytes: part.bytes.count) { [tree] () throws -> ObjectInfo in
            let file = try TemporaryFile.create(in: DirectoryStore.prepare(name, in: folders, of: tree))
            do {
                try file.write(part.bytes, at: 0)
                try file.seal(size: part.size)
                try file.publish(as: name)
            } catch {
                file.discard()
                throw error
            }
            return ObjectInfo(key: key, size: part.size)
        }
    }

    package func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload {
        let (folders, name) = try place(of: key, for: "create")
        let (folder, file) = try await perform("create", key) { [tree] () throws -> (Descriptor, TemporaryFile) in
            let folder = try DirectoryStore.prepare(name, in: folders, of: tree)
            return (folder, try TemporaryFile.beginUpload(of: name, in: folder))
        }
        return DirectoryUpload(
            key: key, folder: folder, name: name, location: location, partSize: partSize, stage: .open(file),
            thread: thread)
    }

    package func resumeUpload(_ key: String, id: String, partSize: Int64) async throws -> (any ObjectUpload)? {
        let operation = "go on with the upload of"
        let (folders, name) = try place(of: key, for: operation)
        guard id == UploadFile.name(of: name) else { return nil }
        let found = try await perform(operation, key) { [tree] () throws -> (Descriptor, DirectoryUpload.Stage)? in
            guard let folder = try tree.open(folders) else { return nil }
            let file = try TemporaryFile.resumeUpload(of: name, in: folder)
            // Looked for second: what is held here, nobody else completes.
            if try folder.status(of: name) != nil {
                // Of an upload that was completed, a second name of the object may be left.
                file?.discard()
                return (folder, .published)
            }
            guard let file else { return nil }
            return (folder, .open(file))
        }
        guard let (folder, stage) = found else { return nil }
        return DirectoryUpload(
            key: key, folder: folder, name: name, location: location, partSize: partSize, stage: stage, thread: thread)
    }

    package func openUploads(prefix: String) async throws -> [OpenUpload] {
        try await perform("list the uploads of", prefix) { [tree] in
            try UploadListing.uploads(below: tree.open([]), prefix: prefix)
        }
    }

    package func list(prefix: String, after: ListPosition?, limit: Int) async throws -> ListPage {
        try await perform("list", prefix) { [tree] in
            try DirectoryListing.page(of: tree.open([]), prefix: prefix, after: after?.key, limit: limit)
        }
    }

    package func delete(_ key: String) async throws {
        let (folders, name) = try place(of: key, for: "delete")
        try await perform("delete", key) { [tree] () throws -> Void in
            guard let folder = try tree.open(folders) else { return }
            if unlinkat(folder.number, name, 0) == 0 {
                try folder.synchronize()
            } else if errno != ENOENT {
                throw SystemError.last
            }
            // A folder below a database's own goes with the last object in it; one that holds anything stays.
            guard folders.count > 1, let last = folders.last, let parent = try tree.open(folders.dropLast()) else {
                return
            }
            guard unlinkat(parent.number, last, AT_REMOVEDIR) != 0, errno == ENOTEMPTY || errno == EEXIST else {
                return
            }
            // Perhaps only what a killed process has left is in it.
            guard try folder.firstName(where: { !TemporaryFile.isTemporary($0) }) == nil else { return }
            try TemporaryFile.sweepWithoutUploads(folder)
            unlinkat(parent.number, last, AT_REMOVEDIR)
        }
    }

    package func shutdown() async {
        thread.stop()
    }

    // MARK: - Helpers

    /// The folder of an object that is not there yet, after the sweep of what killed processes left in it.
    private static func prepare(_ name: String, in folders: [String], of tree: FolderTree) throws -> Descriptor {
        let folder = try tree.make(folders)
        guard try folder.status(of: name) == nil else { throw SystemError(number: EEXIST) }
        try TemporaryFile.sweep(folder)
        return folder
    }

    private func place(of key: String, for operation: String) throws -> (folders: [String], name: String) {
        let complaint = ObjectKey.complaint(key, componentLimit: ObjectKey.longestComponent)
        var components = ObjectKey.components(of: key)
        guard complaint == nil, let name = components.popLast(), !TemporaryFile.isTemporary(name) else {
            throw StoreError(
                .io, operation: operation, key: key, location: location, reason: complaint ?? "the key is reserved")
        }
        return (components, name)
    }

    private func perform<Value: Sendable>(
        _ operation: String, _ key: String, bytes: Int = 0, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await translating(operation, key, location) { try await thread.run(bytes: bytes, work) }
    }
}

/// Runs `work` unless the task is cancelled, and tells errno values as people need them.
func translating<Value: Sendable>(
    _ operation: String, _ key: String, _ location: String, _ work: () async throws -> Value
) async throws -> Value {
    if Task.isCancelled {
        throw StoreError(.cancelled, operation: operation, key: key, location: location, reason: "cancelled")
    }
    do {
        return try await work()
    } catch let error as SystemError {
        throw error.failure(operation, key, at: location)
    }
}

/// Reads a file's range in order.
private final class FileCursor: Sendable {
    private static let chunk: Int64 = 256 << 10

    private let file: Descriptor
    private let end: Int64
    private let position: Mutex<Int64>
    private let thread: BlockingThread

    init(file: Descriptor, range: Range<Int64>, thread: BlockingThread) {
        self.file = file
        self.thread = thread
        end = range.upperBound
        position = Mutex(range.lowerBound)
    }

    /// Nil at the end, and where the file turns out to be shorter.
    func next() async throws -> [UInt8]? {
        let end = self.end
        let (start, count) = position.withLock { position -> (Int64, Int) in
            let start = position
            let count = min(Self.chunk, end - start)
            position += count
            return (start, Int(count))
        }
        guard count > 0 else { return nil }
        let bytes = try await thread.run(bytes: count) { [file] in try file.read(at: start, count: count) }
        return bytes.isEmpty ? nil : bytes
    }
}
