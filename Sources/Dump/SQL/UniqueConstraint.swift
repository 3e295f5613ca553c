import Model

/// UNIQUE constraints in the text of a CREATE TABLE.
package enum UniqueConstraint {
    /// The text without them, a CHECK that everything passes in the place of each; other text stays as it is.
    package static func removed(from sql: SQLText) -> SQLText {
        let tokens = Array(SQLTokens(sql.bytes))
        var bytes: [UInt8] = []
        var position = 0
        var index = 0
        while index < tokens.count {
            let token = tokens[index]
            // Between the table's own brackets the bare word means nothing else.
            guard token.word == "unique", token.depth == 1 else {
                index += 1
                continue
            }
            index = end(of: index, in: tokens)
            bytes += sql.bytes[position..<token.range.lowerBound]
            bytes += "CHECK(1)".utf8
            position = tokens[index - 1].range.upperBound
        }
        return SQLText(bytes: bytes + sql.bytes[position...])
    }

    /// Behind the last token of the constraint that begins at `first`.
    private static func end(of first: Int, in tokens: [SQLTokens.Token]) -> Int {
        var end = first + 1
        // A constraint of the table's names its columns in brackets; the closing one is outside them again.
        while end < tokens.count, tokens[end].depth > 1 { end += 1 }
        if end > first + 1 { end += 1 }
        if tokens.dropFirst(end).prefix(2).map(\.word) == ["on", "conflict"] { end += 3 }
        return min(end, tokens.count)
    }
}
