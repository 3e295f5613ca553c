import Foundation
import Glibc

/// Waits until something has come true that a change in a folder goes with: inotify(7).
package final class FolderWatch: Sendable {
    private let descriptor: Int32
    private let bell = Pipe()
    private let path: String
    private let isDeep: Bool

    /// Changes count from here on.
    ///
    /// - Parameter isDeep: Whether changes in folders inside count too, also in those that come later.
    package init(_ path: String, isDeep: Bool = false) throws {
        self.path = path
        self.isDeep = isDeep
        descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0, Self.add(path, to: descriptor) else {
            throw CommandError("\(path) cannot be watched: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// - Throws: After twenty minutes without a change: only a test that fails anyway waits so long.
    package func wait(until what: String, _ condition: () throws -> Bool) async throws {
        follow()
        while try !condition() {
            guard await changes() else { throw CommandError("waited in vain in \(path) until \(what)") }
            follow()
        }
    }

    /// Has the condition looked at again, as something has come about of which no folder tells.
    package func ring() {
        bell.fileHandleForWriting.write(Data([1]))
    }

    private static func add(_ path: String, to descriptor: Int32) -> Bool {
        let events = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | Int32(IN_ONLYDIR)
        return inotify_add_watch(descriptor, path, UInt32(events)) >= 0
    }

    /// Watches the folders inside that have come. What was done in one before is seen by the condition, which follows.
    private func follow() {
        guard isDeep else { return }
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? [] {
            _ = Self.add("\(path)/\(name)", to: descriptor)
        }
    }

    private func changes() async -> Bool {
        let descriptors = [descriptor, bell.fileHandleForReading.fileDescriptor]
        return await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            Thread.detachNewThread {
                var requests = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                let isReady = poll(&requests, nfds_t(requests.count), 1_200_000) > 0
                var events = [UInt8](repeating: 0, count: 4096)
                for request in requests where request.revents != 0 { _ = read(request.fd, &events, events.count) }
                continuation.resume(returning: isReady)
            }
        }
    }
}
