import Glibc
import Pipeline

/// A new file that is written from its beginning to its end.
package final class PlainFile {
    /// Why one could not be written.
    package struct Failure: Error {
        package let name: String
        package let errorNumber: Int32
    }

    /// As much as may wait for the disk.
    private static let unwritten = 8 << 20

    private let name: String
    /// nil once the file is finished.
    private var descriptor: Int32?
    private var waiting = 0

    /// - Throws: `Failure`, also where there is something of that name.
    package init(_ name: String, in folder: String) throws(Failure) {
        self.name = name
        let opened = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw Failure(name: name, errorNumber: errno) }
        descriptor = opened
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    package func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        guard let descriptor, WholeWrite.write(bytes, to: descriptor) else {
            throw Failure(name: name, errorNumber: errno)
        }
        waiting += bytes.count
        if waiting >= Self.unwritten { startWriting() }
    }

    /// Lets its bytes go to the disk without waiting for them.
    package func startWriting() {
        if let descriptor { PageCache.startWriting(descriptor) }
        waiting = 0
    }

    /// Waits until all bytes are on the disk, and closes the file: some file systems tell of errors only then.
    package func finish() throws(Failure) {
        guard let open = descriptor.take() else { return }
        let isOnDisk = fsync(open) == 0
        let reason = errno
        guard close(open) == 0, isOnDisk else { throw Failure(name: name, errorNumber: isOnDisk ? errno : reason) }
    }
}
