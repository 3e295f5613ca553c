import Foundation
import Glibc

/// A file system in memory of a test's own, mounted over a folder.
package struct FaultDisk: Sendable {
    package let path: String

    /// Whether this process may mount; found out once, by doing it.
    package static let isAvailable: Bool = {
        guard geteuid() == 0 else { return false }
        return
            (try? withTemporaryDirectory { path in
                guard SystemProgram.succeeds("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path]) else {
                    return false
                }
                return SystemProgram.succeeds("umount", [path])
            }) ?? false
    }()

    /// Runs `body` with an empty disk at `path`, a folder that is made for it.
    /// - Parameter size: As mount(8) takes it: `10m`.
    package static func mounted(
        at path: String, size: String, _ body: (FaultDisk) async throws -> Void
    ) async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard SystemProgram.succeeds("mount", ["-t", "tmpfs", "-o", "size=\(size),mode=0700", "tmpfs", path]) else {
            throw CommandError("no disk can be mounted at \(path)")
        }
        defer { _ = SystemProgram.succeeds("umount", ["-l", path]) }
        try await body(FaultDisk(path: path))
    }

    /// Runs `body` while nothing below `folder` can be opened for writing, whoever asks; what is open already stays so.
    package static func readOnly(_ folder: String, _ body: () async throws -> Void) async throws {
        guard SystemProgram.succeeds("mount", ["--bind", folder, folder]) else {
            throw CommandError("\(folder) cannot be mounted over itself")
        }
        defer { _ = SystemProgram.succeeds("umount", ["-l", folder]) }
        guard SystemProgram.succeeds("mount", ["-o", "remount,bind,ro", folder]) else {
            throw CommandError("\(folder) cannot be made read-only")
        }
        try await body()
    }

    package func resize(to size: String) throws {
        guard SystemProgram.succeeds("mount", ["-o", "remount,size=\(size)", path]) else {
            throw CommandError("\(path) cannot be resized")
        }
    }

    private var filling: String { path + "/filling" }

    /// Leaves no room at all.
    package func fill() throws {
        let file = open(filling, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CommandError("\(filling) cannot be made") }
        defer { close(file) }
        for size in [1 << 20, 4096] {
            let block = [UInt8](repeating: 1, count: size)
            while write(file, block, block.count) > 0 {}
        }
    }

    /// Takes back what `fill` took.
    package func makeRoom() {
        _ = unlink(filling)
    }
}
