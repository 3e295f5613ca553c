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
    private let descriptor: Int32
    private var waiting = 0

    /// - Throws: `Failure`, also where there is something of that name.
    package init(_ name: String, in folder: String) throws(Failure) {
        self.name = name
        descriptor = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Failure(name: name, errorNumber: errno) }
    }

    deinit { close(descriptor) }

    package func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        guard WholeWrite.write(bytes, to: descriptor) else { throw Failure(name: name, errorNumber: errno) }
        waiting += bytes.count
        if waiting >= Self.unwritten { startWriting() }
    }

    /// Lets its bytes go to the disk without waiting for them.
    package func startWriting() {
        Writeback.start(descriptor)
        waiting = 0
    }

    /// Waits until all bytes of a file are on the disk.
    package static func synchronize(_ name: String, in folder: String) throws(Failure) {
        let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw Failure(name: name, errorNumber: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure(name: name, errorNumber: errno) }
    }
}
