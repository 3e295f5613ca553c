import Foundation
import Glibc

/// A user of the system whom a command is run as.
package struct TestUser: Sendable, CustomStringConvertible {
    package let name: String
    package let id: uid_t
    package let group: gid_t
    /// The supplementary groups.
    package var groups: [gid_t] = []

    /// Looks a user up; nil where there is none of that name.
    package init?(named name: String) {
        guard let entry = getpwnam(name) else { return nil }
        self.name = name
        id = entry.pointee.pw_uid
        group = entry.pointee.pw_gid
    }

    package var description: String { name }

    /// What comes before a command that this user shall run; only root may.
    package var prefix: [String] {
        let list = groups.map { String($0) }.joined(separator: ",")
        let supplementary = groups.isEmpty ? ["--clear-groups"] : ["--groups", list]
        return ["setpriv", "--reuid", String(id), "--regid", String(group)] + supplementary + ["--"]
    }
}

/// The built `nightjar`, run as a person or a timer runs it.
package enum CommandLineTool {
    /// `NIGHTJAR_BINARY`, else the one that was built together with these tests.
    package static let path: String = {
        if let given = ProcessInfo.processInfo.environment["NIGHTJAR_BINARY"] { return given }
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let bundles = [try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")].compactMap { $0 }
        let folders =
            (bundles + CommandLine.arguments.filter { $0.contains(".xctest") })
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
        let candidates = (folders + [root + "/.build/debug"]).map { $0 + "/nightjar" }
        return candidates.first { access($0, X_OK) == 0 } ?? candidates[candidates.count - 1]
    }()

    /// Runs `nightjar` to its end.
    /// - Parameters:
    ///   - arguments: Without the program's name.
    ///   - environment: In addition to PATH.
    ///   - output: A file that standard output goes to, where it is too large to be kept in memory.
    ///   - user: Whom it runs as; only root can choose.
    ///   - executable: Another copy of the program, for users who cannot reach the build folder.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], output: String? = nil, asUser user: TestUser? = nil,
        executable: String = path
    ) async throws -> RunningCommand.Outcome {
        try await start(arguments, environment: environment, output: output, asUser: user, executable: executable)
            .finish()
    }

    /// Starts `nightjar` without waiting for it.
    package static func start(
        _ arguments: [String], environment: [String: String] = [:], output: String? = nil, asUser user: TestUser? = nil,
        executable: String = path
    ) throws -> RunningCommand {
        let prefix = user.map { ["/usr/bin/env"] + $0.prefix } ?? []
        return try RunningCommand.start(
            prefix + [executable] + arguments,
            environment: Command.basicEnvironment.merging(environment) { $1 }, output: output)
    }
}

/// The plain sqlite3 shell, which knows nothing of Nightjar.
package enum Shell {
    /// `sqlite3 DATABASE < SCRIPT`
    package static func sqlite3(
        _ database: String, script: String, asUser user: TestUser? = nil
    ) async throws -> RunningCommand.Outcome {
        try await Command.run((user?.prefix ?? []) + ["sqlite3", database], input: script)
    }

    /// Runs a statement or a dot command given as text.
    package static func sqlite3(
        _ database: String, _ statement: String, asUser user: TestUser? = nil
    ) async throws -> RunningCommand.Outcome {
        try await Command.run((user?.prefix ?? []) + ["sqlite3", database, statement])
    }
}
