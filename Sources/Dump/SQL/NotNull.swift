import Model

/// `NOT NULL` in the text of a CREATE TABLE.
///
/// A row may violate it where somebody changed the schema behind SQLite's back; such rows are imported while the table's
/// text is without.
enum NotNull {
    /// The text without the `NOT NULL` of its columns, which blanks take the place of.
    static func removed(from sql: SQLText) -> SQLText {
        var bytes = sql.bytes
        var words: [Word] = []
        for word in Tokens(sql.bytes) where word.depth == 1 {
            words.append(word)
            guard words.count > 1, word.text == "null", words[words.count - 2].text == "not" else { continue }
            blank(&bytes, words[words.count - 2].range.lowerBound..<word.range.upperBound)
        }
        // ON CONFLICT belongs to the constraint before it, and means nothing without.
        for (index, word) in words.enumerated() where word.text == "conflict" && index >= 3 && index + 1 < words.count {
            guard words[index - 1].text == "on", words[index - 2].text == "null", words[index - 3].text == "not" else {
                continue
            }
            blank(&bytes, words[index - 1].range.lowerBound..<words[index + 1].range.upperBound)
        }
        return SQLText(bytes: bytes)
    }

    private static func blank(_ bytes: inout [UInt8], _ range: Range<Int>) {
        for index in range { bytes[index] = UInt8(ascii: " ") }
    }

    private struct Word {
        let text: String
        let range: Range<Int>
        /// How many brackets are open.
        let depth: Int
    }

    /// The words of a statement; anything else that is not white space or a comment stands as an empty word.
    private struct Tokens: Sequence, IteratorProtocol {
        private let bytes: [UInt8]
        private var index = 0
        private var depth = 0

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        mutating func next() -> Word? {
            skipSpace()
            guard index < bytes.count else { return nil }
            let start = index
            switch bytes[index] {
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): skip(to: bytes[index])
            case UInt8(ascii: "["): skip(to: UInt8(ascii: "]"))
            case UInt8(ascii: "("):
                depth += 1
                index += 1
            case UInt8(ascii: ")"):
                depth -= 1
                index += 1
            case let byte where Self.isWord(byte):
                while index < bytes.count, Self.isWord(bytes[index]) { index += 1 }
                let text = SQLText(bytes: Array(bytes[start..<index])).folded.description
                return Word(text: text, range: start..<index, depth: depth)
            default: index += 1
            }
            return Word(text: "", range: start..<index, depth: depth)
        }

        private static func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case 48...57, 65...90, 97...122, 0x5F, 0x24, 0x80...: true
            default: false
            }
        }

        private mutating func skip(to end: UInt8) {
            index += 1
            while index < bytes.count, bytes[index] != end { index += 1 }
            index += 1
        }

        private mutating func skipSpace() {
            while index < bytes.count {
                let next = index + 1 < bytes.count ? bytes[index + 1] : 0
                if bytes[index] <= 0x20 {
                    index += 1
                } else if bytes[index] == UInt8(ascii: "-") && next == UInt8(ascii: "-") {
                    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
                } else if bytes[index] == UInt8(ascii: "/") && next == UInt8(ascii: "*") {
                    index += 2
                    while index < bytes.count,
                        !(bytes[index] == UInt8(ascii: "/") && bytes[index - 1] == UInt8(ascii: "*"))
                    {
                        index += 1
                    }
                    index += 1
                } else {
                    return
                }
            }
        }
    }
}
