import Glibc

/// Which folder a path leads to, whatever links and mounts lead there.
package struct FolderIdentity: Sendable, Equatable {
    private let device: UInt64
    private let number: UInt64

    /// Disks that hang are found by others: this one is waited for no longer.
    private static let patience = Duration.seconds(9)

    /// - Returns: nil where there is none.
    /// - Throws: `StoreError`, code `unreachable`, where its disk gives no answer.
    package static func of(_ path: String) async throws -> FolderIdentity? {
        try await translating("look up", "", path) {
            let thread = try BlockingThread(patience: patience)
            defer { thread.stop() }
            return try await thread.run {
                var facts = stat()
                guard stat(path, &facts) == 0 else { return nil }
                return FolderIdentity(device: UInt64(facts.st_dev), number: UInt64(facts.st_ino))
            }
        }
    }
}
