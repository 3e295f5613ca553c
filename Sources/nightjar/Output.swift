import Glibc
import Log
import Logging
import Model
import Pipeline
import Storage

/// What is printed: results to standard output, everything else to standard error, without what would steer the terminal: names
/// out of a database may hold that.
enum Output {
    /// For work that logs: what went wrong, to standard error.
    static let log: Logger = {
        var log = Logger(label: "nightjar") { _ in DestinationLogHandler(.text) }
        log.logLevel = .warning
        return log
    }()

    static func line(_ text: String = "") {
        write(PrintableText.lines(text) + "\n", to: STDOUT_FILENO)
    }

    static func errorLine(_ text: String) {
        write(PrintableText.lines(text) + "\n", to: STDERR_FILENO)
    }

    static func json(_ value: some Encodable) {
        guard let text = try? JSONText.text(value) else { return }
        write(text + "\n", to: STDOUT_FILENO)
    }

    static func complain(_ failure: FailureText) {
        errorLine("nightjar: \(failure.message)")
        if let hint = failure.hint {
            for line in hint.split(separator: "\n", omittingEmptySubsequences: false) { errorLine("  \(line)") }
        }
    }

    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { _ = WholeWrite.write(UnsafeRawBufferPointer($0), to: descriptor) }
    }
}

/// A failure as it is printed.
struct FailureText: Encodable {
    let code: String
    let message: String
    let hint: String?
    let exitCode: Int32

    private enum CodingKeys: CodingKey { case code, message, hint }

    /// nil for what is not a failure of the work: wrong arguments, a request for help.
    init?(_ error: any Error) {
        if let failure = error as? any Failure {
            self.init(
                code: failure.code.rawValue, message: failure.message, hint: failure.hint,
                exitCode: failure.code.exitCode)
        } else if error is CancellationError {
            self.init(NightjarError(.cancelled, "stopped"))
        } else {
            return nil
        }
    }

    /// Any error.
    init(describing error: any Error) {
        self =
            FailureText(error)
            ?? FailureText(code: FailureCode.internal.rawValue, message: "\(error)", hint: nil, exitCode: 70)
    }

    private init(code: String, message: String, hint: String?, exitCode: Int32) {
        self.code = code
        self.message = message
        self.hint = hint
        self.exitCode = exitCode
    }
}

/// A failure that has been printed already.
struct ReportedFailure: Error {
    let code: FailureCode
}
