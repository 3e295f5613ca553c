import ArgumentParser
import Glibc
import Model
import Pipeline

@main
struct Main {
    /// The work is done elsewhere; this thread waits for signals, which it blocks before there is any other.
    static func main() {
        let arguments = GlobalOptions.behindVerb(Array(CommandLine.arguments.dropFirst()))
        let signals = SignalWatcher(isDaemon: arguments.first == "serve")
        // Nothing that Nightjar writes is for everybody to read.
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        // Whoever started this process may have it ignored, and the exit code of a child would be lost.
        signal(SIGCHLD, SIG_DFL)
        Memory.returnLargeBlocks()
        let work = Task.detached { () -> Int32 in
            do {
                var command = try NightjarCommand.parseAsRoot(arguments)
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return 0
            } catch {
                return report(error, asJSON: arguments.contains("--json"))
            }
        }
        Task.detached {
            let code = await work.value
            // Work that was already done when the signal came ends as it did.
            let isStopped = code == FailureCode.cancelled.exitCode
            exit(isStopped ? 128 + (signals.stoppedBy ?? SIGINT) : code)
        }
        signals.watch { work.cancel() }
    }

    /// Says what went wrong, to people or to programs.
    /// - Returns: The exit code.
    private static func report(_ error: any Error, asJSON: Bool) -> Int32 {
        if let reported = error as? ReportedFailure { return reported.code.exitCode }
        if let failure = FailureText(error) {
            if asJSON { Output.json(["error": failure]) }
            Output.complain(failure)
            return failure.exitCode
        }
        let code = NightjarCommand.exitCode(for: error).rawValue
        guard code != ExitCode.failure.rawValue else {
            // Nobody foresaw this one.
            let failure = FailureText(describing: error)
            if asJSON { Output.json(["error": failure]) }
            Output.complain(failure)
            return failure.exitCode
        }
        // Wrong arguments, and the help that was asked for.
        let message = NightjarCommand.fullMessage(for: error)
        if code == 0 { Output.line(message) } else { Output.errorLine(message) }
        return code
    }
}
