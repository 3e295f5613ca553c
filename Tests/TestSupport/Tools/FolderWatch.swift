import Foundation
import Glibc

/// Waits until something has come true that a change in a folder goes with: inotify(7).
package final class FolderWatch: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Changes count from here on.
    package init(_ path: String) throws {
        self.path = path
        descriptor = inotify_init1(Int32(IN_CLOEXEC))
        let events = UInt32(IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE)
        guard descriptor >= 0, inotify_add_watch(descriptor, path, events) >= 0 else {
            throw CommandError("\(path) cannot be watched: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// - Throws: After twenty minutes without a change: only a test that fails anyway waits so long.
    package func wait(until what: String, _ condition: () throws -> Bool) async throws {
        while try !condition() {
            guard await changes() else { throw CommandError("waited in vain in \(path) until \(what)") }
        }
    }

    private func changes() async -> Bool {
        let descriptor = self.descriptor
        return await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            Thread.detachNewThread {
                var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                let isReady = poll(&request, 1, 1_200_000) > 0
                var events = [UInt8](repeating: 0, count: 4096)
                if isReady { _ = read(descriptor, &events, events.count) }
                continuation.resume(returning: isReady)
            }
        }
    }
}
