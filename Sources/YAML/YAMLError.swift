/// Why a text is not a document that can be read, and where.
package struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in Unicode scalars.
    package let column: Int
    package let message: String
    /// What the person can do.
    package let hint: String?

    package init(at mark: YAMLMark, _ message: String, hint: String? = nil) {
        self.line = mark.line
        self.column = mark.column
        self.message = message
        self.hint = hint
    }

    package var mark: YAMLMark { YAMLMark(line: line, column: column) }

    package var description: String {
        let text = "\(line):\(column): \(message)"
        guard let hint else { return text }
        return "\(text) — \(hint)"
    }
}
