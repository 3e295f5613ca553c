import FoundationEssentials
import Glibc
import Model
import Pipeline

/// Runs a command of the user's on a restored copy.
///
/// Without a shell, in an empty folder and a session of its own, with nothing of this process's environment or
/// descriptors: no credential reaches it, and nothing that it starts outlives it but what begins another session. It is
/// as sandboxed as the service is.
struct DrillRun: Sendable {
    /// Milliseconds after which its time, its end and a cancellation are looked at.
    private static let nap: Int32 = 20
    /// More than a pipe holds.
    private static let readsAfterEnd = 64
    private static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// What may be otherwise at another try.
    private static let passing = [EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY]

    let drill: Drill
    let database: String
    let backup: String
    /// The restored copy.
    let file: String
    /// Made for it, and removed with all that it leaves there.
    let folder: String
    /// How long it has from SIGTERM to SIGKILL.
    var grace = Duration.seconds(2)

    /// Finds out before hours of work whether the program is there.
    /// - Throws: code `configuration` where it cannot be run.
    static func check(_ drill: Drill) throws(NightjarError) {
        guard let program = drill.command.first else {
            throw NightjarError(.configuration, "verify.drill has an empty command")
        }
        guard access(program, X_OK) == 0 else { throw failure(program, errno) }
    }

    /// - Returns: What it came to, whatever that is.
    /// - Throws: code `configuration` or `io` where it could not be started, `busy` where its time was over, `internal`
    ///   where nobody knows how it ended; `CancellationError`.
    func run(_ cancellation: Cancellation) throws -> VerificationReport.DrillResult {
        guard mkdir(folder, 0o700) == 0 else {
            throw NightjarError(
                .io, "\(folder) could not be made for the drill: \(String(cString: strerror(errno)))",
                isTransient: true)
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let start = ContinuousClock.now
        let process = try self.start()
        var output = DrillOutput()
        var timedOut = false
        var killTime: ContinuousClock.Instant?
        while !process.hasEnded {
            let now = ContinuousClock.now
            if let killTime {
                if now >= killTime { break }
            } else if cancellation.isCancelled || now - start >= drill.timeout {
                timedOut = !cancellation.isCancelled
                process.send(SIGTERM)
                killTime = now + grace
            }
            process.read(waiting: Self.nap) { output.append($0) }
        }
        let seconds = (ContinuousClock.now - start).seconds
        let end = try finish(process)
        for _ in 0..<Self.readsAfterEnd {
            guard process.read(waiting: 0, into: { output.append($0) }) else { break }
        }
        try cancellation.check()
        // A machine under load is no damage.
        if timedOut { throw tooLong }
        var result = VerificationReport.DrillResult(
            program: program, exitCode: nil, signal: nil, seconds: seconds, output: output.text)
        switch end {
        case .exit(let code): result.exitCode = Int(code)
        case .signal(let number): result.signal = Int(number)
        }
        return result
    }

    private var program: String { drill.command.first ?? "" }

    private var tooLong: NightjarError {
        NightjarError(
            .busy, "the drill of \(database) took longer than \(DurationText.written(drill.timeout)) and was ended",
            hint: "See why \(program) takes so long, or raise verify.drill.timeout in the configuration.",
            isTransient: true)
    }

    private func finish(_ process: ChildProcess) throws(NightjarError) -> ChildProcess.End {
        do {
            return try process.finish()
        } catch {
            throw NightjarError(
                .internal, "nobody knows how the drill of \(database) ended: the system has no exit code of it",
                hint: "Verify again; if it stays so, see whether SIGCHLD is ignored in /proc/PID/status.")
        }
    }

    private func start() throws(NightjarError) -> ChildProcess {
        let environment = [
            "PATH=\(Self.searchPath)", "LANG=C.UTF-8", "HOME=/", "TMPDIR=\(folder)", "NIGHTJAR_DATABASE_FILE=\(file)",
            "NIGHTJAR_DATABASE=\(database)", "NIGHTJAR_BACKUP=\(backup)",
        ]
        do {
            return try ChildProcess(drill.command + [file], environment: environment, directory: folder)
        } catch {
            throw Self.failure(program, error.number)
        }
    }

    private static func failure(_ program: String, _ number: Int32) -> NightjarError {
        let reason = String(cString: strerror(number))
        if passing.contains(number) {
            return NightjarError(.io, "the drill \(program) could not be started: \(reason)", isTransient: true)
        }
        return NightjarError(
            .configuration, "the drill \(program) cannot be run: \(reason)",
            hint: "Look at verify.drill in the configuration: its command begins with the path of a program that the "
                + "service may run; a script needs its interpreter in its first line.")
    }
}
