extension Failure {
    /// On one line, for logs: what happened, and what to do about it in parentheses.
    package var line: String { hint.map { "\(message) (\($0))" } ?? message }
}

/// Any error on one line.
package enum ErrorText {
    package static func line(_ error: any Error) -> String {
        (error as? any Failure)?.line ?? "\(error)"
    }
}
