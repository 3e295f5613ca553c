import Model
import SQLite

/// `NOT NULL` in the text of a CREATE TABLE.
///
/// A row may violate it where somebody changed the schema behind SQLite's back; such rows are imported while the table's
/// text is without.
package enum NotNull {
    /// No longer than the words that it takes the place of.
    private static let passing = Array("CHECK(1)".utf8)

    /// The text without the `NOT NULL` of its columns, in whose place stands a CHECK that everything passes: without a
    /// constraint there, what follows might count as the column's type.
    package static func removed(from sql: SQLText) -> SQLText {
        var bytes = sql.bytes
        var words: [SQLTokens.Token] = []
        for word in SQLTokens(sql.bytes) where word.depth == 1 {
            words.append(word)
            guard words.count > 1, word.word == "null", words[words.count - 2].word == "not" else { continue }
            let range = words[words.count - 2].range.lowerBound..<word.range.upperBound
            blank(&bytes, range)
            bytes.replaceSubrange(range.lowerBound..<(range.lowerBound + passing.count), with: passing)
        }
        // ON CONFLICT belongs to the constraint before it, and means nothing without.
        for (index, word) in words.enumerated() where word.word == "conflict" && index >= 3 && index + 1 < words.count {
            guard words[index - 1].word == "on", words[index - 2].word == "null", words[index - 3].word == "not" else {
                continue
            }
            blank(&bytes, words[index - 1].range.lowerBound..<words[index + 1].range.upperBound)
        }
        return SQLText(bytes: bytes)
    }

    private static func blank(_ bytes: inout [UInt8], _ range: Range<Int>) {
        for index in range { bytes[index] = UInt8(ascii: " ") }
    }
}

/// Notices rows that violate a NOT NULL of their own table.
struct NotNullWatch {
    private let columns: [Bool]
    private(set) var wasViolated = false

    init(_ layout: TableLayout, wasViolated: Bool) {
        self.wasViolated = wasViolated
        columns = (layout.carriesRowid ? [false] : []) + layout.columns.map { $0.isNotNull }
    }

    @inline(__always)
    func isViolated(by value: Statement.Glance, at index: Int) -> Bool {
        if case .null = value { columns[index] } else { false }
    }

    /// Whether no other violation was told before.
    mutating func isFirst() -> Bool {
        defer { wasViolated = true }
        return !wasViolated
    }
}
