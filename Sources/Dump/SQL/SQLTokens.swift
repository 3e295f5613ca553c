import Model

/// The tokens of a statement of the schema: words, quoted text and single bytes; white space and comments stand between.
package struct SQLTokens: Sequence, IteratorProtocol {
    package struct Token {
        /// A word in small letters; empty where the token is none.
        package let word: String
        package let range: Range<Int>
        /// How many brackets are open.
        package let depth: Int
        package let isQuoted: Bool
    }

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package mutating func next() -> Token? {
        skipSpace()
        guard index < bytes.count else { return nil }
        let start = index
        var word = ""
        var isQuoted = false
        switch bytes[index] {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "["):
            isQuoted = true
            skipQuoted()
        case UInt8(ascii: "("):
            depth += 1
            index += 1
        case UInt8(ascii: ")"):
            depth -= 1
            index += 1
        case let byte where Self.isWord(byte):
            // A byte order mark inside a word is part of it.
            while index < bytes.count, Self.isWord(bytes[index]) { index += 1 }
            word = SQLText(bytes: Array(bytes[start..<index])).folded.description
        default: index += 1
        }
        return Token(word: word, range: start..<index, depth: depth, isQuoted: isQuoted)
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 0x5F, 0x24, 0x80...: true
        default: false
        }
    }

    /// Inside quotes the closing byte stands twice for itself; `]` cannot stand for itself.
    private mutating func skipQuoted() {
        let end = bytes[index] == UInt8(ascii: "[") ? UInt8(ascii: "]") : bytes[index]
        index += 1
        while index < bytes.count {
            index += 1
            guard bytes[index - 1] == end else { continue }
            guard end != UInt8(ascii: "]"), index < bytes.count, bytes[index] == end else { return }
            index += 1
        }
    }

    /// Folded: what a token of a statement is called, with quotes or without.
    package static func name(_ token: Token, in bytes: [UInt8]) -> SQLText {
        let text = Array(bytes[token.range])
        return SQLText(bytes: token.isQuoted ? unquoted(text) : text).folded
    }

    /// What stands between quotes.
    static func unquoted(_ quoted: [UInt8]) -> [UInt8] {
        guard let quote = quoted.first, quoted.count >= 2 else { return quoted }
        // Brackets know no doubling.
        if quote == UInt8(ascii: "[") { return Array(quoted[1..<(quoted.count - 1)]) }
        var bytes: [UInt8] = []
        var index = 1
        while index < quoted.count - 1 {
            bytes.append(quoted[index])
            index += quoted[index] == quote ? 2 : 1
        }
        return bytes
    }

    private mutating func skipSpace() {
        while index < bytes.count {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            if bytes[index] <= 0x20 {
                index += 1
            } else if bytes[index...].starts(with: Self.byteOrderMark) {
                // White space to SQLite where a token might begin.
                index += 3
            } else if bytes[index] == UInt8(ascii: "-") && next == UInt8(ascii: "-") {
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            } else if bytes[index] == UInt8(ascii: "/") && next == UInt8(ascii: "*") {
                // `/*/` does not end what it begins.
                index += 3
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
