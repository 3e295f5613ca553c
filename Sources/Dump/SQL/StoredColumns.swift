import Model

/// Stored generated columns in the text of a CREATE TABLE.
package enum StoredColumns {
    /// A generated column, be it stored or not.
    private struct Column {
        let name: SQLText
        /// Folded, of everything that its expression may call or read.
        let names: Set<SQLText>
        /// Where its expression stands, without the brackets.
        let expression: Range<Int>
        let isStored: Bool
    }

    /// The text with NULL for the expressions of those that call one of these functions, or read a generated column
    /// that does; other text stays as it is.
    /// - Parameter functions: Folded names.
    package static func emptied(in sql: SQLText, calling functions: Set<SQLText>) -> SQLText {
        let columns = generatedColumns(in: sql)
        var names = functions
        var count = 0
        repeat {
            count = names.count
            for column in columns where !column.names.isDisjoint(with: names) { names.insert(column.name) }
        } while names.count > count
        var bytes = sql.bytes
        for column in columns.reversed() where column.isStored && !column.names.isDisjoint(with: names) {
            bytes.replaceSubrange(column.expression, with: "NULL".utf8)
        }
        return SQLText(bytes: bytes)
    }

    private static func generatedColumns(in sql: SQLText) -> [Column] {
        let tokens = Array(SQLTokens(sql.bytes))
        func name(_ token: SQLTokens.Token) -> SQLText {
            let bytes = Array(sql.bytes[token.range])
            return SQLText(bytes: token.isQuoted ? SQLTokens.unquoted(bytes) : bytes).folded
        }
        var columns: [Column] = []
        var definition = 0
        for (index, token) in tokens.enumerated() where token.depth == 1 {
            let byte = sql.bytes[token.range.lowerBound]
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: ",") { definition = index + 1 }
            let opening = index + 1
            guard token.word == "as", opening < tokens.count, tokens[opening].depth == 2,
                let closing = tokens[opening...].firstIndex(where: { $0.depth == 1 })
            else { continue }
            columns.append(
                Column(
                    name: name(tokens[definition]), names: Set(tokens[(opening + 1)..<closing].map(name)),
                    expression: tokens[opening].range.upperBound..<tokens[closing].range.lowerBound,
                    isStored: tokens.dropFirst(closing + 1).first?.word == "stored"))
        }
        return columns
    }
}
