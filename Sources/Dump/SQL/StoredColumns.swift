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
        /// Where all that makes it a generated one stands: from GENERATED or AS to STORED.
        let clause: Range<Int>
        let isStored: Bool
    }

    /// The text in which those that call one of these functions or collations, or read a generated column that does, are
    /// ordinary columns.
    /// - Parameter names: Folded.
    /// - Returns: nil where there are none; their names are folded.
    static func ordinary(in sql: SQLText, needing names: Set<SQLText>) -> (sql: SQLText, columns: Set<SQLText>)? {
        let needing = Self.needing(names, generatedColumns(in: sql))
        guard !needing.isEmpty else { return nil }
        var bytes = sql.bytes
        // A constraint in its place, which everything passes: what follows must not count as the column's type.
        for column in needing.reversed() { bytes.replaceSubrange(column.clause, with: "CHECK(1)".utf8) }
        return (SQLText(bytes: bytes), Set(needing.map(\.name)))
    }

    /// The stored ones of `columns` that need one of the names, be it through other columns.
    private static func needing(_ names: Set<SQLText>, _ columns: [Column]) -> [Column] {
        var names = names
        var count = 0
        repeat {
            count = names.count
            for column in columns where !column.names.isDisjoint(with: names) { names.insert(column.name) }
        } while names.count > count
        return columns.filter { $0.isStored && !$0.names.isDisjoint(with: names) }
    }

    /// The text with NULL for the expressions of those that call one of these functions, or read a generated column
    /// that does; other text stays as it is.
    /// - Parameter functions: Folded names.
    package static func emptied(in sql: SQLText, calling functions: Set<SQLText>) -> SQLText {
        var bytes = sql.bytes
        for column in needing(functions, generatedColumns(in: sql)).reversed() {
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
            let behind = tokens.dropFirst(closing + 1).first
            let isStored = behind?.word == "stored"
            let isLong = index >= 2 && tokens[(index - 2)..<index].map(\.word) == ["generated", "always"]
            let begin = tokens[isLong ? index - 2 : index].range.lowerBound
            let end = isStored ? behind : tokens[closing]
            columns.append(
                Column(
                    name: name(tokens[definition]), names: Set(tokens[(opening + 1)..<closing].map(name)),
                    expression: tokens[opening].range.upperBound..<tokens[closing].range.lowerBound,
                    clause: begin..<(end?.range.upperBound ?? begin), isStored: isStored))
        }
        return columns
    }
}
