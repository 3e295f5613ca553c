import FoundationEssentials

/// Text beyond ASCII in the head of a message (RFC 2047).
enum EncodedWords {
    /// Bytes of text a word: with them it has 72 characters of the 75 that it may have.
    private static let longest = 45

    /// Printable ASCII as it is, everything else in encoded words with spaces between them.
    static func text(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (32...126).contains($0) } && !text.contains("=?")
        if isPlain { return text }
        var words: [String] = []
        var word: [UInt8] = []
        // No character is divided between two words (RFC 2047, 5).
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if word.count + bytes.count > longest {
                words.append(encoded(word))
                word = []
            }
            word += bytes
        }
        if !word.isEmpty { words.append(encoded(word)) }
        return words.joined(separator: " ")
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        "=?UTF-8?B?\(Data(bytes).base64EncodedString())?="
    }
}
