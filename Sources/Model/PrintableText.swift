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
            let isMark = ["\t", "\n", "\u{2028}", "\u{2029}", "\u{200E}", "\u{200F}", "\u{061C}"].contains(scalar)
            let isShown = !isMark && !MarkupText.isUnprintable(scalar)
            line.append(isShown ? scalar : "\u{FFFD}")
        }
        return String(line)
    }
}
