/// One thing that is wrong with a configuration, and where.
package struct Complaint: Sendable, Equatable, Comparable, CustomStringConvertible {
    /// The absolute path of the file.
    package let file: String
    /// Counted from 1; 0 when the complaint is about the file as a whole.
    package let line: Int
    /// Counted from 1, in Unicode scalars; 0 when the complaint is about the file as a whole.
    package let column: Int
    /// What was expected and what was found. Never holds a secret.
    package let message: String
    /// What the person can do.
    package let hint: String?

    package init(file: String, line: Int, column: Int, message: String, hint: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }

    /// `file:line:column`, or the file alone.
    package var place: String { line > 0 ? "\(file):\(line):\(column)" : file }

    /// One line: `file:line:column: message — hint`.
    package var description: String {
        guard let hint else { return "\(place): \(message)" }
        return "\(place): \(message) — \(hint)"
    }

    /// By file, then by place.
    package static func < (left: Complaint, right: Complaint) -> Bool {
        (left.file, left.line, left.column, left.message) < (right.file, right.line, right.column, right.message)
    }
}
