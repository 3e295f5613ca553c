import FoundationEssentials

/// Text in header fields, which are ASCII: RFC 2047, 2.
enum EncodedWord {
    /// A word has at most 75 characters; of these, `=?UTF-8?B?` and `?=` take 12, and base64 makes four of three bytes.
    private static let bytesOfWord = 45

    /// The text itself where it is printable ASCII that cannot be taken for an encoded word; encoded words with spaces
    /// between them otherwise, which a reader joins again. No character is cut in two.
    static func encode(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && !text.contains("=?")
        if isPlain { return text }
        var words: [String] = []
        var piece: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if piece.count + bytes.count > bytesOfWord {
                words.append(word(piece))
                piece = []
            }
            piece += bytes
        }
        words.append(word(piece))
        return words.joined(separator: " ")
    }

    private static func word(_ bytes: [UInt8]) -> String {
        "=?UTF-8?B?\(Data(bytes).base64EncodedString())?="
    }
}
