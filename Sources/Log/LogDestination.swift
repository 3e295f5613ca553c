import Glibc

/// Where log lines go, and in which shape.
package enum LogDestination: String, Sendable {
    /// Lines for people, on standard error.
    case text
    /// One JSON object a line, on standard error.
    case json
    /// systemd's journal, with priority and fields.
    case journal

    /// The journal where standard error is connected to it, else `text`.
    /// <https://www.freedesktop.org/software/systemd/man/252/systemd.exec.html#%24JOURNAL_STREAM>
    package static func standard(environment: [String: String]) -> LogDestination {
        guard let stream = environment["JOURNAL_STREAM"] else { return .text }
        let numbers = stream.split(separator: ":").compactMap { UInt64($0) }
        var facts = stat()
        // Whoever redirected standard error has inherited the variable nevertheless.
        guard numbers.count == 2, fstat(STDERR_FILENO, &facts) == 0, UInt64(facts.st_dev) == numbers[0],
            UInt64(facts.st_ino) == numbers[1]
        else { return .text }
        return .journal
    }
}
