/// Text on its way into HTML, for element content and for attributes in double or single quotes.
package enum MarkupText {
    /// Control characters other than a tab and a line's end show as U+FFFD, so that nothing that came from a database
    /// can turn the direction of what follows or vanish.
    ///
    /// It looks at single Unicode scalars, as browsers do: a quotation mark with a combining accent behind it is one
    /// grapheme cluster, and still ends an attribute.
    package static func escape(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(isUnprintable(scalar) ? "\u{FFFD}" : scalar)
            }
        }
        return escaped
    }

    /// Controls of ISO 6429 but for a tab and a line's end, and those that change the direction of text (Unicode
    /// Standard Annex 9).
    package static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
