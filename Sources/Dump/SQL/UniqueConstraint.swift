import Model

/// UNIQUE constraints in the text of a CREATE TABLE.
package enum UniqueConstraint {
    /// The text without them, a CHECK that everything passes in the place of each; other text stays as it is.
    /// - Parameter columns: Folded names: constraints that name none of these columns stay. nil means that none stays.
    package static func removed(from sql: SQLText, naming columns: Set<SQLText>? = nil) -> SQLText {
        let tokens = Array(SQLTokens(sql.bytes))
        var bytes: [UInt8] = []
        var position = 0
        var definition = 0
        var index = 0
        while index < tokens.count {
            let token = tokens[index]
            let byte = sql.bytes[token.range.lowerBound]
            if token.depth == 1, byte == UInt8(ascii: "(") || byte == UInt8(ascii: ",") { definition = index + 1 }
            // Between the table's own brackets the bare word means nothing else.
            guard token.word == "unique", token.depth == 1 else {
                index += 1
                continue
            }
            let first = index
            let names = columnNames(of: first, definedAt: definition, in: tokens, of: sql)
            index = end(of: first, in: tokens)
            if let columns, columns.isDisjoint(with: names) { continue }
            bytes += sql.bytes[position..<token.range.lowerBound]
            bytes += "CHECK(1)".utf8
            position = tokens[index - 1].range.upperBound
        }
        return SQLText(bytes: bytes + sql.bytes[position...])
    }

    /// Folded names of the columns that the constraint at `first` is about.
    /// - Parameter definition: Where the definition begins that it stands in; a column's begins with its name.
    private static func columnNames(
        of first: Int, definedAt definition: Int, in tokens: [SQLTokens.Token], of sql: SQLText
    ) -> Set<SQLText> {
        let listed = tokens[(first + 1)...].prefix { $0.depth > 1 }
        guard !listed.isEmpty else { return [SQLTokens.name(tokens[definition], in: sql.bytes)] }
        var names: Set<SQLText> = []
        // Brackets may stand around a name, and COLLATE, ASC or DESC behind it.
        var isExpected = true
        for token in listed {
            switch sql.bytes[token.range.lowerBound] {
            case UInt8(ascii: "("): continue
            case UInt8(ascii: ","): isExpected = true
            default:
                if isExpected { names.insert(SQLTokens.name(token, in: sql.bytes)) }
                isExpected = false
            }
        }
        return names
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
