/// The sum, modulo 2^128, of the XXH3-128 of every row of a table; the order of the rows does not matter.
package struct TableDigest: Sendable, Equatable, CustomStringConvertible {
    package private(set) var sum: UInt128 = 0

    package init() {}

    package mutating func add(rowHash: UInt128) {
        sum &+= rowHash
    }

    /// Thirty-two hexadecimal digits.
    package var description: String {
        let text = String(sum, radix: 16)
        return String(repeating: "0", count: 32 - text.count) + text
    }

    package init?(_ text: String) {
        guard text.utf8.count == 32, let sum = UInt128(text, radix: 16) else { return nil }
        self.sum = sum
    }
}

extension TableDigest: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let digest = TableDigest(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a digest"))
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
