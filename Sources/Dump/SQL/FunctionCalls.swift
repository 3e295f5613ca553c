import Model

/// Which functions an expression calls, be it by an operator: `a LIKE b` calls `like`.
/// <https://www.sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators>
enum FunctionCalls {
    /// Words that call a function without brackets behind them.
    private static let words: Set<String> = [
        "like", "glob", "match", "regexp", "current_date", "current_time", "current_timestamp",
    ]
    /// The longer one first.
    private static let operators = ["->>", "->"].map { Array($0.utf8) }

    private static let clocks: Set<SQLText> = [
        "date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff",
    ]
    /// Arguments with which a clock gives something else each time, or in each place.
    private static let moments: Set<SQLText> = ["now", "localtime", "utc"]

    /// The text of an expression as it is, but for NULL wherever it would depend on when it is asked: in a generated
    /// column SQLite refuses to compute that, and elsewhere it does not.
    /// <https://www.sqlite.org/deterministic.html#special_case_processing_for_date_time_functions>
    static func timeless(
        _ tokens: ArraySlice<SQLTokens.Token>, of bytes: [UInt8], in expression: Range<Int>
    ) -> [UInt8] {
        // What no clock takes for a time.
        let never = "'x'"
        var edits: [Int: (end: Int, text: String)] = [:]
        for index in tokens.indices {
            let name = SQLTokens.name(tokens[index], in: bytes)
            guard clocks.contains(name), let opening = tokens[(index + 1)...].first,
                bytes[opening.range.lowerBound] == UInt8(ascii: "(")
            else { continue }
            let arguments = tokens[(index + 2)...].prefix { $0.depth >= opening.depth }
            let end = arguments.last?.range.upperBound ?? opening.range.upperBound
            let isOne = !arguments.contains { token in
                token.depth == opening.depth && bytes[token.range.lowerBound] == UInt8(ascii: ",")
            }
            // Without a time they take the present one; the first argument of `strftime` is none.
            if arguments.isEmpty {
                edits[end] = (end: end, text: never)
            } else if name == "strftime" && isOne {
                edits[end] = (end: end, text: ", \(never)")
            }
            for argument in arguments where bytes[argument.range.lowerBound] == UInt8(ascii: "'") {
                guard moments.contains(SQLTokens.name(argument, in: bytes)) else { continue }
                edits[argument.range.lowerBound] = (end: argument.range.upperBound, text: never)
            }
        }
        var text: [UInt8] = []
        var position = expression.lowerBound
        for (start, edit) in edits.sorted(by: { $0.key < $1.key }) {
            text += bytes[position..<start]
            text += edit.text.utf8
            position = edit.end
        }
        return text + bytes[position..<expression.upperBound]
    }

    /// Folded names.
    static func names(in tokens: ArraySlice<SQLTokens.Token>, of bytes: [UInt8]) -> Set<SQLText> {
        var names: Set<SQLText> = []
        for index in tokens.indices {
            let token = tokens[index]
            let isName = !token.word.isEmpty || token.isQuoted
            if words.contains(token.word) {
                names.insert(SQLText(token.word))
            } else if isName {
                guard let next = tokens[(index + 1)...].first, bytes[next.range.lowerBound] == UInt8(ascii: "(") else {
                    continue
                }
                names.insert(SQLTokens.name(token, in: bytes))
            } else if let found = operators.first(where: { bytes[token.range.lowerBound...].starts(with: $0) }) {
                names.insert(SQLText(bytes: found))
            }
        }
        return names
    }
}
