import Model

/// Generated columns in the text of a CREATE TABLE, above all the stored ones.
package enum StoredColumns {
    /// A generated column, be it stored or not.
    private struct Column {
        let name: SQLText
        /// Folded, of everything that its expression may call or read.
        let names: Set<SQLText>
        /// Folded, of the functions that it calls.
        let calls: Set<SQLText>
        /// Where its expression stands, without the brackets.
        let expression: Range<Int>
        /// Where all that makes it a generated one stands: from GENERATED or AS to STORED.
        let clause: Range<Int>
        /// The expression with NULL for what depends on when it is asked.
        let timeless: [UInt8]
        let isStored: Bool
    }

    /// What a stored column is computed by.
    struct Computation {
        /// Of the column, folded.
        let name: SQLText
        /// NULL stands wherever it would depend on when it is asked.
        let expression: [UInt8]
        /// Folded names of the functions that it calls, be it through other columns.
        let calls: Set<SQLText>
    }

    /// Of the stored columns, but those that need one of the names, be it through other columns.
    /// - Parameter names: Folded, of functions and collations.
    static func computations(in sql: SQLText, without names: Set<SQLText>) -> [Computation] {
        let columns = generatedColumns(in: sql)
        let others = Set(needing(names, columns).map(\.name))
        return columns.filter { $0.isStored && !others.contains($0.name) }.map { column in
            Computation(
                name: column.name, expression: column.timeless,
                calls: read(by: column, columns).reduce(into: []) { $0.formUnion($1.calls) })
        }
    }

    /// The text in which those that need one of the names, or call one of the functions, be it through other columns,
    /// are ordinary columns.
    /// - Parameters:
    ///   - names: Folded, of functions and collations.
    ///   - functions: Folded names; operators may be among them.
    /// - Returns: nil where there are none; their names are folded.
    static func ordinary(
        in sql: SQLText, needing names: Set<SQLText>, calling functions: Set<SQLText>
    ) -> (sql: SQLText, columns: Set<SQLText>)? {
        let columns = generatedColumns(in: sql)
        let concerned = Set((needing(names, columns) + calling(functions, columns)).map(\.name))
        let ordinary = columns.filter { $0.isStored && concerned.contains($0.name) }
        guard !ordinary.isEmpty else { return nil }
        return (text(of: sql, with: ordinary), Set(ordinary.map(\.name)))
    }

    /// The text in which these columns are ordinary ones.
    /// - Parameter names: Folded.
    static func ordinary(in sql: SQLText, _ names: Set<SQLText>) -> SQLText {
        text(of: sql, with: generatedColumns(in: sql).filter { names.contains($0.name) })
    }

    /// - Parameter ordinary: Columns that are to be, in the order of the text.
    private static func text(of sql: SQLText, with ordinary: [Column]) -> SQLText {
        var bytes = sql.bytes
        // A constraint in its place, which everything passes: what follows must not count as the column's type.
        for column in ordinary.reversed() { bytes.replaceSubrange(column.clause, with: "CHECK(1)".utf8) }
        return SQLText(bytes: bytes)
    }

    /// The text with NULL for the expressions of those that call one of these functions, or read a generated column
    /// that does; other text stays as it is.
    /// - Parameter functions: Folded names.
    package static func emptied(in sql: SQLText, calling functions: Set<SQLText>) -> SQLText {
        emptied(calling(functions, generatedColumns(in: sql)).filter { $0.isStored }, in: sql)
    }

    /// The same for virtual columns, but for those that a stored one reads, be it through others. SQLite computes virtual
    /// columns, too, with each row that it takes.
    /// - Parameter functions: Folded names.
    package static func virtualsEmptied(in sql: SQLText, calling functions: Set<SQLText>) -> SQLText {
        let columns = generatedColumns(in: sql)
        let needed = columns.filter { $0.isStored }.reduce(into: Set<SQLText>()) { names, stored in
            names.formUnion(read(by: stored, columns).map(\.name))
        }
        return emptied(calling(functions, columns).filter { !$0.isStored && !needed.contains($0.name) }, in: sql)
    }

    /// - Parameter columns: In the order of the text.
    private static func emptied(_ columns: [Column], in sql: SQLText) -> SQLText {
        var bytes = sql.bytes
        for column in columns.reversed() { bytes.replaceSubrange(column.expression, with: "NULL".utf8) }
        return SQLText(bytes: bytes)
    }

    /// Folded names of all generated columns, stored or not, that call one of these functions, or read such a column.
    /// - Parameter functions: Folded names.
    package static func depending(on functions: Set<SQLText>, in sql: SQLText) -> Set<SQLText> {
        Set(calling(functions, generatedColumns(in: sql)).map(\.name))
    }

    /// Folded names of the functions that generated columns call, stored or not.
    static func calls(in sql: SQLText) -> Set<SQLText> {
        generatedColumns(in: sql).reduce(into: []) { $0.formUnion($1.calls) }
    }

    /// The column itself, and those of `columns` that it reads, be it through others.
    private static func read(by column: Column, _ columns: [Column]) -> [Column] {
        var names = column.names.union([column.name])
        var count = 0
        repeat {
            count = names.count
            for other in columns where names.contains(other.name) { names.formUnion(other.names) }
        } while names.count > count
        return columns.filter { names.contains($0.name) }
    }

    /// Those of `columns` that call one of the functions, and those that need them, be it through other columns.
    private static func calling(_ functions: Set<SQLText>, _ columns: [Column]) -> [Column] {
        let callers = Set(columns.filter { !$0.calls.isDisjoint(with: functions) }.map(\.name))
        let names = callers.union(needing(callers, columns).map(\.name))
        return columns.filter { names.contains($0.name) }
    }

    /// Those of `columns` that need one of the names, be it through other columns.
    private static func needing(_ names: Set<SQLText>, _ columns: [Column]) -> [Column] {
        var names = names
        var count = 0
        repeat {
            count = names.count
            for column in columns where !column.names.isDisjoint(with: names) { names.insert(column.name) }
        } while names.count > count
        return columns.filter { !$0.names.isDisjoint(with: names) }
    }

    private static func generatedColumns(in sql: SQLText) -> [Column] {
        let tokens = Array(SQLTokens(sql.bytes))
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
            let inside = tokens[(opening + 1)..<closing]
            let expression = tokens[opening].range.upperBound..<tokens[closing].range.lowerBound
            columns.append(
                Column(
                    name: SQLTokens.name(tokens[definition], in: sql.bytes),
                    names: Set(inside.map { SQLTokens.name($0, in: sql.bytes) }),
                    calls: FunctionCalls.names(in: inside, of: sql.bytes),
                    expression: expression, clause: begin..<(end?.range.upperBound ?? begin),
                    timeless: FunctionCalls.timeless(inside, of: sql.bytes, in: expression), isStored: isStored))
        }
        return columns
    }
}
