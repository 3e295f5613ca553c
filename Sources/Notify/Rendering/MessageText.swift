import Model

/// Text as messages to people carry it.
package enum MessageText {
    private static let ellipsis = "…"

    /// On one line, and without what steers a terminal or turns the direction of what follows.
    /// - Parameter limit: in bytes of UTF-8.
    package static func line(_ text: String, limit: Int) -> String {
        var line = ""
        var isBlank = true
        for scalar in text.unicodeScalars {
            switch scalar {
            case " ", "\t", "\n", "\r", "\u{2028}", "\u{2029}":
                if !isBlank { line.unicodeScalars.append(" ") }
                isBlank = true
            default:
                line.unicodeScalars.append(MarkupText.isUnprintable(scalar) ? "\u{FFFD}" : scalar)
                isBlank = false
            }
        }
        if isBlank, !line.isEmpty { line.unicodeScalars.removeLast() }
        return cut(line, to: limit)
    }

    /// What fits, with an ellipsis where something is left out.
    /// - Parameters:
    ///   - limit: in bytes of UTF-8, of which no text has fewer than characters or UTF-16 units.
    ///   - escape: what stands for a scalar in the result; nil for itself.
    package static func cut(
        _ text: String, to limit: Int, escaping escape: (Unicode.Scalar) -> String? = { _ in nil }
    ) -> String {
        var whole = ""
        var kept = 0
        for character in text {
            for scalar in character.unicodeScalars {
                if let escaped = escape(scalar) {
                    whole += escaped
                } else {
                    whole.unicodeScalars.append(scalar)
                }
            }
            let count = whole.utf8.count
            if count > limit { return String(decoding: whole.utf8.prefix(kept), as: UTF8.self) + ellipsis }
            if count + ellipsis.utf8.count <= limit { kept = count }
        }
        return whole
    }

    /// With a capital letter and a full stop, where it has none.
    /// - Parameter name: stays as it is, also at the beginning.
    package static func sentence(_ text: String, keeping name: String? = nil) -> String {
        guard let last = text.unicodeScalars.last else { return "" }
        let word = String(text.prefix { $0 != " " && $0 != "," && $0 != ":" && $0 != ";" && $0 != "." })
        // A name of a file or of a backup is no word, and neither is one's own way of writing.
        let isWord = !word.isEmpty && word.utf8.allSatisfy { (97...122).contains($0) } && word != name
        let begun = isWord ? "\(text.prefix(1).uppercased())\(text.dropFirst())" : text
        return ".!?…".unicodeScalars.contains(last) ? begun : "\(begun)."
    }

    /// `2026-03-15 02:30 UTC`
    package static func time(_ time: Timestamp) -> String {
        let text = time.text
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
