/// What is proved of the moments from which a dump's rows are, where the source offers no snapshot, or one of its own.
package struct Consistency: Sendable, Codable, Equatable {
    package enum Kind: String, Sendable, Codable {
        /// All rows are from one moment: read within one transaction, or read twice with nothing changed in between.
        case consistent
        /// The rows of each table are from one moment, and the tables from different ones.
        case eachTable = "each_table"
        /// Some tables changed whenever they were read.
        case changed
        /// Read once, and not looked at again: nobody knows.
        case unchecked
    }

    package var kind: Kind
    /// The tables whose rows are from different moments; for `changed` only.
    package var tables: [SQLText]
    /// How often the rows were read.
    package var readings: Int

    package init(_ kind: Kind, tables: [SQLText] = [], readings: Int) {
        self.kind = kind
        self.tables = tables
        self.readings = readings
    }

    /// `consistent`, `each table consistent`, `changed while read: orders, items`, `read once, not checked`
    package var words: String { words(naming: tables.count) }

    /// `words` where there is room for a few tables: `changed while read: a, b, c, d, e and 12 others`
    package var brief: String { words(naming: Self.tablesInBrief) }

    private static let tablesInBrief = 5

    private func words(naming count: Int) -> String {
        switch kind {
        case .consistent: return "consistent"
        case .eachTable: return "each table consistent"
        case .changed:
            let names = tables.prefix(count).map { "\($0)" }.joined(separator: ", ")
            let others = tables.count - count
            let rest = others > 0 ? " and \(CountText.format(Int64(others), "other"))" : ""
            return "changed while read: \(names)\(rest)"
        case .unchecked: return "read once, not checked"
        }
    }
}
