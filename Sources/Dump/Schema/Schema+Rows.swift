import Model
import SQLite

/// What of a schema a dump of rows alone can carry.
extension Schema {
    /// What is kept, and what has to be said of the rest; one sentence each.
    struct RowEntries {
        let entries: [Entry]
        let notes: [String]
    }

    /// The entries alone, where nobody has to be told of the rest.
    package static func entriesForRows(of all: [Entry]) -> [Entry] {
        entriesForRows(of: all, carriedBy: "", makesSequences: true).entries
    }

    /// Tables that rows can be put into from without, and what belongs to them. CREATE VIRTUAL TABLE makes shadow tables
    /// with rows of their own, and ANALYZE makes the statistics.
    /// - Parameters:
    ///   - all: Those that no pattern leaves out.
    ///   - carrier: What carries the rows, for people.
    ///   - makesSequences: Whether sqlite_sequence is made where no table's text makes it.
    static func entriesForRows(
        of all: [Entry], carriedBy carrier: String, makesSequences: Bool
    ) -> RowEntries {
        // Without such a table a database made of this schema has no sqlite_sequence.
        let hasSequences =
            makesSequences
            || all.contains { entry in
                entry.object.type == "table"
                    && SQLTokens(entry.object.sql.bytes).contains { $0.word == "autoincrement" }
            }
        var left: Set<SQLText> = []
        var notes: [String] = []
        for entry in all {
            let name = entry.object.name.folded
            switch entry.kind {
            case .virtualTable:
                left.insert(name)
                notes.append("\(entry.object.name): a virtual table, which \(carrier) cannot carry, and so left out.")
            case .table(let layout):
                if layout.isShadow || name.hasPrefixIgnoringCase("sqlite_stat")
                    || (name == "sqlite_sequence" && !hasSequences)
                {
                    left.insert(name)
                }
            case .view, .index, .trigger:
                break
            }
        }
        if left.contains(where: { $0.hasPrefixIgnoringCase("sqlite_stat") }) {
            notes.append("The statistics of ANALYZE are left out: \(carrier) cannot carry them.")
        }
        return RowEntries(
            entries: all.filter { $0.object.type == "view" || !left.contains($0.object.table.folded) }, notes: notes)
    }
}

extension [Schema.Entry] {
    /// The tables among them. sqlite_sequence is the last one: rows of the others move the sequences.
    var tables: [TableLayout] {
        let all = compactMap { entry -> TableLayout? in
            if case .table(let layout) = entry.kind { layout } else { nil }
        }
        return all.filter { $0.name.folded != "sqlite_sequence" } + all.filter { $0.name.folded == "sqlite_sequence" }
    }
}
