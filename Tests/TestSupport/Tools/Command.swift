import Foundation
import Glibc

/// A command could not be started.
package struct CommandError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A command that runs by itself; its output goes to files, so nothing can fill up and block it.
package struct RunningCommand: Sendable {
    package let processID: pid_t
    private let outputPath: String
    private let errorPath: String

    /// How a command ended.
    package struct Outcome: Sendable, CustomStringConvertible {
        /// As a shell reports it: 128 plus the signal's number where a signal ended it.
        package let exitCode: Int32
        package let standardOutput: [UInt8]
        package let standardError: String

        package var text: String { String(decoding: standardOutput, as: UTF8.self) }

        /// Whether one of the two outputs holds `words`.
        package func mentions(_ words: String) -> Bool {
            text.contains(words) || standardError.contains(words)
        }

        package var description: String {
            "exit code \(exitCode)\nstdout: \(text.prefix(4000))\nstderr: \(standardError.prefix(4000))"
        }
    }

    /// - Parameters:
    ///   - arguments: The executable's absolute path, and what is passed to it.
    ///   - environment: All of it: nothing is handed down from the test's own.
    ///   - input: The file that the command reads from; nothing by default.
    ///   - output: Where standard output goes to; a file of its own by default, which is removed after reading.
    package static func start(
        _ arguments: [String], environment: [String: String], input: String = "/dev/null", output: String? = nil
    ) throws -> RunningCommand {
        let stem = FileManager.default.temporaryDirectory.path + "/nightjar-command-\(UUID().uuidString)"
        let outputPath = output ?? stem + ".out"
        let errorPath = stem + ".err"

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let writing = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, writing, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, writing, 0o600)

        var argumentPointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        argumentPointers.append(nil)
        var environmentPointers: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") }
        environmentPointers.append(nil)
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }

        var processID = pid_t()
        let code = posix_spawn(&processID, arguments[0], &actions, nil, argumentPointers, environmentPointers)
        guard code == 0 else {
            throw CommandError("\(arguments[0]) cannot be started: \(String(cString: strerror(code)))")
        }
        return RunningCommand(processID: processID, outputPath: outputPath, errorPath: errorPath)
    }

    package func send(signal: Int32) {
        _ = kill(processID, signal)
    }

    /// Waits for the end on a thread of its own, and leaves the outcome to `finish`.
    package func end() async {
        let child = id_t(processID)
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread {
                var information = siginfo_t()
                while waitid(P_PID, child, &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
                continuation.resume()
            }
        }
    }

    /// Waits for the end on a thread of its own; to be called once.
    package func finish() async -> Outcome {
        let child = processID
        let exitCode = await withCheckedContinuation { (continuation: CheckedContinuation<Int32, Never>) in
            Thread.detachNewThread {
                var status: Int32 = 0
                while waitpid(child, &status, 0) < 0 && errno == EINTR {}
                let signal = status & 0x7F
                continuation.resume(returning: signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
            }
        }
        let isOwnOutput = outputPath.hasPrefix(FileManager.default.temporaryDirectory.path + "/nightjar-command-")
        let outcome = Outcome(
            exitCode: exitCode,
            standardOutput: isOwnOutput ? [UInt8](FileManager.default.contents(atPath: outputPath) ?? Data()) : [],
            standardError: String(decoding: FileManager.default.contents(atPath: errorPath) ?? Data(), as: UTF8.self))
        if isOwnOutput { _ = unlink(outputPath) }
        _ = unlink(errorPath)
        return outcome
    }
}

/// Commands that are run to their end.
package enum Command {
    /// Looks the name up in PATH and runs it; see `RunningCommand.start`.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null", output: String? = nil
    ) async throws -> RunningCommand.Outcome {
        let command = try RunningCommand.start(
            ["/usr/bin/env"] + arguments, environment: basicEnvironment.merging(environment) { $1 }, input: input,
            output: output)
        return await command.finish()
    }

    /// PATH and what the Swift runtime is found by; no HOME, so that no start-up file of a person's is read.
    package static let basicEnvironment: [String: String] = {
        let own = ProcessInfo.processInfo.environment
        var environment = ["HOME": "/nonexistent", "LC_ALL": "C.UTF-8"]
        environment["PATH"] = own["PATH"] ?? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        for name in ["LD_LIBRARY_PATH", "LD_PRELOAD", "TMPDIR", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"] {
            environment[name] = own[name]
        }
        return environment
    }()
}
