import Model

/// How complaints quote what they speak of.
enum Wording {
    /// `` `a`, `b` or `c` ``
    static func choice(_ names: [String]) -> String {
        let quoted = names.map { "`\($0)`" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }

    /// A found value, short and on one line.
    static func quote(_ text: String) -> String {
        "`\(PrintableText.line(text, limit: 60))`"
    }

    /// A path that was found, whole and on one line: whoever may name files must not write lines of a log.
    static func path(_ text: String) -> String { PrintableText.line(text) }

    /// An argument of a shell command to paste.
    static func shell(_ argument: String) -> String {
        let isPlain = argument.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "A"..."Z", "a"..."z", "0"..."9", "/", ".", "_", "-", ":", "@", "+": true
            default: false
            }
        }
        if isPlain && !argument.isEmpty { return argument }
        let escaped = argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        return "'\(escaped)'"
    }

    /// A hint of errors, which is a sentence, as complaints have theirs.
    static func clause(_ sentence: String) -> String {
        let words = sentence.hasSuffix(".") ? sentence.dropLast() : sentence[...]
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    /// What a missing or a mistyped name gets as a hint.
    static func hint(for word: String, among known: [String], otherwise: String? = nil) -> String? {
        if let nearest = Suggestion.nearest(to: word, among: known) { return "did you mean `\(nearest)`?" }
        return otherwise
    }
}
