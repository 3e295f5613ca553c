/// What others have written, fit for a line of a terminal or a log.
package enum PrintableText {
    /// Ends of lines, and what steers a terminal or turns the direction of what follows, show as U+FFFD.
    /// - Parameter limit: Unicode scalars; where there are more, an ellipsis stands for them.
    package static func line(_ text: String, limit: Int = .max) -> String {
        var line = String.UnicodeScalarView()
        for (index, scalar) in text.unicodeScalars.enumerated() {
            guard index < limit else {
                line.append("…")
                break
            }
            line.append(isBlank(scalar) || steers(scalar) ? "\u{FFFD}" : scalar)
        }
        return String(line)
    }

    /// As `line`, with tabs and ends of lines as they are.
    package static func lines(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { steers($0) ? "\u{FFFD}" : $0 }))
    }

    /// As `line`, with a space for each tab and each end of a line: what was written in several lines reads well in one.
    package static func oneLine(_ text: String, limit: Int = .max) -> String {
        let breaks: Set<Unicode.Scalar> = ["\t", "\n", "\r", "\u{2028}", "\u{2029}"]
        return line(
            String(String.UnicodeScalarView(text.unicodeScalars.map { breaks.contains($0) ? " " : $0 })), limit: limit)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == "\t" || scalar == "\n" }

    private static func steers(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{2028}", "\u{2029}", "\u{200E}", "\u{200F}", "\u{061C}": true
        default: MarkupText.isUnprintable(scalar)
        }
    }
}
