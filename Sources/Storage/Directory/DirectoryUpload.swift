import Glibc
import Model
import Synchronization

/// An upload into a directory store: each part goes to its place in one temporary file.
package final class DirectoryUpload: ObjectUpload {
    /// What there is of the upload.
    enum Stage: Sendable {
        /// Its temporary file, locked.
        case open(TemporaryFile)
        /// The object, which an earlier process made of it; or another one of that name.
        case published
        /// Nothing that is any business of this one.
        case ended
    }

    package var id: String { UploadFile.name(of: name) }

    private let key: String
    private let folder: Descriptor
    private let name: String
    private let location: String
    private let partSize: Int64
    private let thread: BlockingThread
    private let stage: Mutex<Stage>

    init(
        key: String, folder: Descriptor, name: String, location: String, partSize: Int64, stage: Stage,
        thread: BlockingThread
    ) {
        self.key = key
        self.folder = folder
        self.name = name
        self.location = location
        self.partSize = partSize
        self.thread = thread
        self.stage = Mutex(stage)
    }

    deinit {
        if let file = end() { thread.post { file.discard() } }
    }

    package func upload(_ part: Part) async throws -> UploadedPart {
        let operation = "upload part \(part.number) of"
        guard part.number >= 1, part.size <= partSize else {
            throw failure(operation, "\(part.size) bytes do not fit parts of \(partSize)")
        }
        let file: TemporaryFile
        switch stage.withLock({ $0 }) {
        case .open(let open): file = open
        case .published: throw gone(operation, "an earlier process has completed the upload")
        case .ended: throw failure(operation, "the upload has ended already")
        }
        let offset = Int64(part.number - 1) * partSize
        try await translating(operation, key, location) {
            try await thread.run(bytes: part.bytes.count) {
                try file.write(part.bytes, at: offset)
                // A part that is reported is on the disk; and the last one does not wait for all of them.
                try file.flush(offset..<offset + part.size)
            }
        }
        return UploadedPart(part, etag: nil)
    }

    package func complete(_ parts: [UploadedPart]) async throws -> ObjectInfo {
        if let complaint = parts.complaint(partSize: partSize) { throw failure("complete", complaint) }
        let size = parts.totalSize
        switch stage.withLock({ $0 }) {
        case .open(let file): try await publish(file, size: size)
        case .published: try await settle(size: size)
        case .ended: throw failure("complete", "the upload has ended already")
        }
        _ = end()
        return ObjectInfo(key: key, size: size)
    }

    private func publish(_ file: TemporaryFile, size: Int64) async throws {
        let name = self.name
        let tooShort = gone("complete", "its file is shorter than the \(size) bytes of its parts")
        try await translating("complete", key, location) {
            try await thread.run {
                guard try file.size() >= size else { throw tooShort }
                try file.seal(size: size)
                try file.publish(as: name)
            }
        }
    }

    /// The object is there already: the earlier process was killed before it could tell.
    private func settle(size: Int64) async throws {
        let folder = self.folder
        let name = self.name
        let there = try await translating("complete", key, location) {
            try await thread.run { () throws -> Int64? in
                guard let status = try folder.status(of: name), status.st_mode & S_IFMT == S_IFREG else { return nil }
                // Perhaps it was killed before this, too.
                try folder.synchronize()
                return Int64(status.st_size)
            }
        }
        guard let there else { throw gone("complete", "the object that was made of it has been deleted") }
        guard there == size else { throw SystemError(number: EEXIST).failure("complete", key, at: location) }
    }

    package func abort() async -> Bool {
        guard let file = end() else { return true }
        // Discarding cannot throw, and running it to its end is what abort promises.
        return (try? await thread.run(isNeeded: true) { file.discard() }) ?? false
    }

    package func suspend() async {
        guard let file = end() else { return }
        // Not left to the descriptor's end: whoever is told that it is free finds it free.
        _ = try? await thread.run(isNeeded: true) { file.release() }
    }

    /// Ends this object's part in the upload; gives its file, where there still was one.
    private func end() -> TemporaryFile? {
        let last = stage.withLock { stage in
            let last = stage
            stage = .ended
            return last
        }
        if case .open(let file) = last { return file }
        return nil
    }

    private func failure(_ operation: String, _ reason: String) -> StoreError {
        StoreError(.internal, operation: operation, key: key, location: location, reason: reason)
    }

    private func gone(_ operation: String, _ reason: String) -> StoreError {
        StoreError(
            .io, operation: operation, key: key, location: location, reason: reason,
            hint: "the upload must start anew", mustStartAnew: true)
    }
}
