import Model
import Synchronization

/// An upload into a directory store: each part goes to its place in one temporary file.
package final class DirectoryUpload: ObjectUpload {
    private let key: String
    private let name: String
    private let location: String
    private let partSize: Int64
    private let thread: BlockingThread
    /// Nil once the upload has ended.
    private let file: Mutex<TemporaryFile?>

    init(
        key: String, name: String, location: String, partSize: Int64, file: TemporaryFile, thread: BlockingThread
    ) {
        self.key = key
        self.name = name
        self.location = location
        self.partSize = partSize
        self.thread = thread
        self.file = Mutex(file)
    }

    deinit {
        if let file = takeFile() { thread.post { file.discard() } }
    }

    package func upload(_ part: Part) async throws -> UploadedPart {
        guard part.number >= 1, part.size <= partSize else {
            throw failure("part \(part.number) of \(part.size) bytes does not fit parts of \(partSize)")
        }
        guard let file = file.withLock({ $0 }) else { throw failure("the upload has ended already") }
        let offset = Int64(part.number - 1) * partSize
        try await translating("upload part \(part.number) of", key, location) {
            try await thread.run {
                try file.write(part.bytes, at: offset)
                // A part that is reported is on the disk; and the last one does not wait for all of them.
                try file.flush()
            }
        }
        return UploadedPart(part, etag: nil)
    }

    package func complete(_ parts: [UploadedPart]) async throws -> ObjectInfo {
        if let complaint = parts.complaint(partSize: partSize) { throw failure(complaint) }
        guard let file = takeFile() else { throw failure("the upload has ended already") }
        let size = parts.totalSize
        let name = self.name
        do {
            try await translating("complete", key, location) {
                try await thread.run {
                    try file.seal(size: size)
                    try file.publish(as: name)
                }
            }
        } catch {
            thread.post { file.discard() }
            throw error
        }
        return ObjectInfo(key: key, size: size)
    }

    package func abort() async {
        guard let file = takeFile() else { return }
        // Discarding cannot throw, and running it to its end is what abort promises.
        _ = try? await thread.run { file.discard() }
    }

    private func takeFile() -> TemporaryFile? {
        file.withLock { slot in
            let file = slot
            slot = nil
            return file
        }
    }

    private func failure(_ reason: String) -> StoreError {
        StoreError(.internal, operation: "complete", key: key, location: location, reason: reason)
    }
}
