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
                notes.append(note(on: entry.object.name, among: all, carrier))
            case .table:
                if entry.isMadeByModule || name.hasPrefixIgnoringCase("sqlite_stat")
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

    private static func note(on virtual: SQLText, among all: [Entry], _ carrier: String) -> String {
        let shadows = all.filter { $0.isMadeByModule && $0.object.name.hasPrefixIgnoringCase("\(virtual)_") }
        let tables = shadows.map { "\($0.object.name)" }.joined(separator: ", ")
        return "\(virtual): a virtual table, which \(carrier) cannot carry: left out with all that is in it"
            + (tables.isEmpty ? "." : " (\(tables)).")
    }
}

extension Schema.Entry {
    /// Whether a virtual table's module has made it to keep its data in. By its name alone SQLite counts others, too, such
    /// as the table of the application's that an index of FTS5 is for.
    package var isMadeByModule: Bool {
        guard case .table(let layout) = kind, layout.isShadow else { return false }
        // FTS3, FTS4 and FTS5 write names so, and hardly anybody else; R-Tree and Geopoly have three tables of these names.
        if object.sql.hasPrefixIgnoringCase("CREATE TABLE '") { return true }
        return object.sql.hasPrefixIgnoringCase("CREATE TABLE \"")
            && ["_node", "_rowid", "_parent"].contains {
                object.name.folded.bytes.suffix($0.utf8.count).elementsEqual($0.utf8)
            }
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
