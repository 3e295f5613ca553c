/// A schedule that cannot be read, or that would never come.
package struct ScheduleError: Failure, Equatable {
    /// Where it stands, what stands there, and why it will not do.
    package let message: String
    /// What is allowed there, or what was probably meant.
    package let hint: String?

    package var code: FailureCode { .configuration }

    init(_ message: String, hint: String? = nil) {
        // It quotes what was written.
        self.message = PrintableText.line(message)
        self.hint = hint.map { PrintableText.line($0) }
    }
}
