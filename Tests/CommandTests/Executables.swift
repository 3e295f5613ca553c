import Foundation
import Glibc
import TestSupport

/// The program, for users who may not be able to reach the build folder.
enum Executables {
    /// The program's path where `user` can run it, else that of a copy below the workbench.
    static func reachable(by user: TestUser?, in bench: Workbench) async throws -> String {
        guard let user else { return CommandLineTool.path }
        let test = try await Command.run(user.prefix + ["test", "-x", CommandLineTool.path])
        if test.exitCode == 0 { return CommandLineTool.path }
        let copy = bench.path + "/nightjar"
        try FileManager.default.copyItem(atPath: CommandLineTool.path, toPath: copy)
        guard chmod(copy, 0o755) == 0 else { throw CommandError("chmod \(copy)") }
        return copy
    }
}

extension Workbench {
    /// Gives everything but the source's folder to the user that `nightjar` shall run as.
    func handOver(to user: TestUser?) throws {
        guard let user else { return }
        guard chmod(path, 0o755) == 0 else { throw CommandError("chmod \(path)") }
        for name in [configuration, store, scratch, state, target] {
            guard chown(name, user.id, user.group) == 0 else { throw CommandError("chown \(name)") }
        }
    }
}
