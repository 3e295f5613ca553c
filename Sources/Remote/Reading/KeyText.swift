import Dump
import Model

/// How the columns of a primary key are sorted, from the text of a CREATE TABLE: the services do not all answer
/// PRAGMA index_xinfo. Whoever sorts otherwise than the table does so in vain, but gets the same rows.
struct KeyText {
    private struct Order {
        var collation: String?
        var isDescending = false
        /// Whether the column stands in the key more than once.
        var isRepeated = false
    }

    private static let constraints: Set<String> = ["constraint", "primary", "unique", "check", "foreign"]

    private let bytes: [UInt8]
    /// By folded names.
    private var collations: [SQLText: String] = [:]
    private var orders: [SQLText: Order] = [:]

    init(_ sql: SQLText) {
        bytes = sql.bytes
        var definition: [SQLTokens.Token] = []
        var hasBegun = false
        for token in SQLTokens(bytes) {
            guard hasBegun else {
                hasBegun = token.depth == 1
                continue
            }
            let isEnd = token.depth == 0
            if isEnd || (token.depth == 1 && isByte(token, UInt8(ascii: ","))) {
                take(definition)
                definition = []
                if isEnd { break }
            } else {
                definition.append(token)
            }
        }
    }

    /// - Parameters:
    ///   - name: Of a column of the key.
    ///   - isOnlyInteger: Whether the key is this one column, and its type INTEGER: of such a constraint SQLite forgets
    ///     the collation.
    func keyColumn(_ name: SQLText, at index: Int, isOnlyInteger: Bool) -> RemoteTable.KeyColumn {
        let order = orders[name.folded] ?? Order()
        var collation = collations[name.folded] ?? "BINARY"
        if let own = order.collation, !isOnlyInteger { collation = own }
        // It is told apart by either collation; BINARY tells most apart.
        if order.isRepeated { collation = "BINARY" }
        return RemoteTable.KeyColumn(index: index, collation: collation, isDescending: order.isDescending)
    }

    private func isByte(_ token: SQLTokens.Token, _ byte: UInt8) -> Bool { bytes[token.range.lowerBound] == byte }

    private mutating func take(_ definition: [SQLTokens.Token]) {
        guard let first = definition.first else { return }
        let top = definition.filter { $0.depth == 1 }
        let primary = top.firstIndex { !$0.isQuoted && $0.word == "primary" }
        if !first.isQuoted, Self.constraints.contains(first.word) {
            guard primary != nil else { return }
            // The brackets behind the words hold the columns. Others may stand before and behind: no comma need part
            // the constraints of a table.
            let columns = definition.drop { $0.depth > 1 || $0.isQuoted || $0.word != "primary" }
                .drop { $0.depth == 1 }.prefix { $0.depth > 1 }
            for part in columns.split(whereSeparator: { isByte($0, UInt8(ascii: ",")) }) {
                let words = part.drop { isByte($0, UInt8(ascii: "(")) }
                guard let name = words.first.map({ SQLTokens.name($0, in: bytes) }) else { continue }
                orders[name] = Order(
                    collation: collation(in: Array(words)), isDescending: words.contains { $0.word == "desc" },
                    isRepeated: orders[name] != nil)
            }
            return
        }
        let name = SQLTokens.name(first, in: bytes)
        collations[name] = collation(in: top)
        if let primary, top.count > primary + 2, top[primary + 2].word == "desc" {
            orders[name] = Order(isDescending: true)
        }
    }

    private func collation(in tokens: [SQLTokens.Token]) -> String? {
        guard let word = tokens.lastIndex(where: { $0.word == "collate" }), word + 1 < tokens.count else { return nil }
        return SQLTokens.name(tokens[word + 1], in: bytes).description.uppercased()
    }
}
