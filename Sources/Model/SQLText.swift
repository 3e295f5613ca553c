/// A name or a statement as SQLite stores it: bytes that are nearly always UTF-8, but need not be.
package struct SQLText: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    package init(stringLiteral text: String) {
        self.init(text)
    }

    /// For people; invalid bytes show as U+FFFD.
    package var description: String { String(decoding: bytes, as: UTF8.self) }

    /// As an SQL identifier in double quotes.
    package var quoted: [UInt8] {
        let quote = UInt8(ascii: "\"")
        var quoted: [UInt8] = [quote]
        quoted.reserveCapacity(bytes.count + 2)
        for byte in bytes {
            if byte == quote { quoted.append(quote) }
            quoted.append(byte)
        }
        quoted.append(quote)
        return quoted
    }

    /// SQLite compares names so: ASCII letters regardless of case, all other bytes as they are.
    package var folded: SQLText {
        SQLText(bytes: bytes.map { (65...90).contains($0) ? $0 + 32 : $0 })
    }

    package func hasPrefixIgnoringCase(_ prefix: String) -> Bool {
        folded.bytes.starts(with: SQLText(prefix).folded.bytes)
    }
}

/// A JSON string, or `{"hex": "…"}` where the bytes are not UTF-8.
extension SQLText: Codable {
    private enum Key: String, CodingKey { case hex }

    package init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.init(text)
            return
        }
        let text = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .hex)
        guard let bytes = Hex.decode(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not hex"))
        }
        self.init(bytes: bytes)
    }

    package func encode(to encoder: any Encoder) throws {
        if let text = String(validating: bytes, as: UTF8.self) {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        } else {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(Hex.encode(bytes), forKey: .hex)
        }
    }
}
