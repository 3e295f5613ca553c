import CLinux
import Glibc

/// A program in a session of its own that gets nothing of this process but what it is given: no variable, no descriptor,
/// no ignored or blocked signal. What it writes to its standard output and its standard error comes through one pipe.
///
/// Used by one thread, which may block. Nobody else may wait for children of the process.
package final class ChildProcess {
    /// It could not be started.
    package struct StartFailure: Error {
        /// As errno(3) has it.
        package let number: Int32
    }

    /// Nobody knows how it ended: somebody else has waited for it, or SIGCHLD is ignored, so that the kernel has.
    package struct Lost: Error {}

    package enum End: Sendable, Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    private let id: pid_t
    private let output: Int32
    private var isOutputOpen = true
    private var end: End?
    private let buffer: UnsafeMutableRawBufferPointer

    /// - Parameters:
    ///   - command: The program's absolute path, and its arguments.
    ///   - environment: `NAME=value`, all that it gets.
    ///   - directory: Where it starts.
    package init(_ command: [String], environment: [String], directory: String) throws(StartFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw StartFailure(number: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let (code, started) = Self.spawn(command, environment, directory, output: ends[1])
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw StartFailure(number: code)
        }
        id = started
        output = ends[0]
        buffer = .allocate(byteCount: 64 << 10, alignment: 16)
    }

    deinit {
        _ = try? finish()
        close(output)
        buffer.deallocate()
    }

    /// Whether it has ended. Until `finish` nobody else gets its id.
    package var hasEnded: Bool { end != nil || look(WNOHANG) ?? true }

    /// Sends a signal to it and to all that it has started, but for what has begun a session of its own.
    package func send(_ signal: Int32) {
        guard end == nil, look(WNOHANG) != nil else { return }
        kill(-id, signal)
        for follower in ProcessSession(id: id).followers where follower.group != id { kill(follower.id, signal) }
    }

    /// Waits for output, but no longer than so many milliseconds.
    /// - Returns: Whether there was any.
    @discardableResult
    package func read(waiting milliseconds: Int32, into sink: (UnsafeRawBufferPointer) -> Void) -> Bool {
        guard isOutputOpen else {
            usleep(UInt32(milliseconds) * 1000)
            return false
        }
        var request = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, milliseconds) > 0 else { return false }
        let count = Glibc.read(output, buffer.baseAddress, buffer.count)
        if count > 0 { sink(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        if count == 0 { isOutputOpen = false }
        return count > 0
    }

    /// Kills it and all that it has left behind, but for what has begun a session of its own, and waits for its end.
    /// - Throws: Where nobody knows how it ended; nothing is killed then, as its id may be another's.
    @discardableResult
    package func finish() throws(Lost) -> End {
        if let end { return end }
        guard look(WNOHANG) != nil else { throw Lost() }
        kill(-id, SIGKILL)
        // What has ended and was not waited for keeps its id.
        guard look(0) != nil else { throw Lost() }
        ProcessSession(id: id).end()
        var status: Int32 = 0
        var waited = waitpid(id, &status, 0)
        while waited < 0 && errno == EINTR { waited = waitpid(id, &status, 0) }
        guard waited == id else { throw Lost() }
        let signal = status & 0x7F
        let end = signal == 0 ? End.exit((status >> 8) & 0xFF) : .signal(signal)
        self.end = end
        return end
    }

    /// - Parameter options: 0 to wait for its end, or `WNOHANG`.
    /// - Returns: Whether it has ended; nil where it is no child of this process any more.
    private func look(_ options: Int32) -> Bool? {
        var facts = siginfo_t()
        while waitid(P_PID, id_t(id), &facts, WEXITED | WNOWAIT | options) != 0 {
            guard errno == EINTR else { return nil }
        }
        return facts.si_signo != 0
    }

    private static func spawn(
        _ command: [String], _ environment: [String], _ directory: String, output: Int32
    ) -> (code: Int32, id: pid_t) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
        posix_spawn_file_actions_addchdir_np(&actions, directory)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        let flags = NIGHTJAR_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
        variables.append(nil)
        defer { for pointer in arguments + variables { free(pointer) } }
        var id = pid_t()
        let code = posix_spawn(&id, command.first ?? "", &actions, &attributes, arguments, variables)
        return (code, id)
    }
}
