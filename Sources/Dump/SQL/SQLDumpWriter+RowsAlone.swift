import Model
import Pipeline
import SQLite

/// Dumps of rows alone, for a database that has the schema already; and how many rows there are.
extension SQLDumpWriter {
    /// Writes the rows of `entries`, and no schema.
    mutating func writeRowsAlone(of entries: [Schema.Entry]) throws -> Result {
        let kept = Self.entriesForRows(of: entries)
        result.schema = kept.map(\.object)
        result.notes.append("The dump holds rows alone, for a database that has this schema already.")
        for entry in entries {
            guard case .virtualTable = entry.kind else { continue }
            result.notes.append("\(entry.object.name): a virtual table, whose rows are left out without the schema.")
        }
        if entries.contains(where: { $0.object.name.hasPrefixIgnoringCase("sqlite_stat") }) {
            result.notes.append("The statistics of ANALYZE are left out without the schema.")
        }
        try output.append(text: DumpHead.ofRowsAlone.text)
        let layouts = Self.tables(of: kept)
        for layout in layouts where layout.name.folded != "sqlite_sequence" {
            try writeTable(layout, nil, from: output.position)
        }
        // Behind the rows, which move the sequences themselves.
        for layout in layouts where layout.name.folded == "sqlite_sequence" {
            let start = output.position
            try output.append("DELETE FROM sqlite_sequence;\n")
            try writeTable(layout, nil, from: start)
        }
        try output.append("COMMIT;\nPRAGMA ignore_check_constraints=OFF;\n")
        return result
    }

    /// Rows of all tables that will be written.
    mutating func countRows() throws -> Int64 {
        let kept = schema.selection(excluding: options.exclude).entries
        var count: Int64 = 0
        for layout in Self.tables(of: options.includesSchema ? kept : Self.entriesForRows(of: kept)) {
            let statement = try database.prepare(Array("SELECT count(*) FROM ".utf8) + layout.name.quoted)
            if try statement.step() { count += statement.integer(at: 0) }
            try breather.breathe(cancellation)
        }
        return count
    }

    private static func tables(of entries: [Schema.Entry]) -> [TableLayout] {
        entries.compactMap { entry in
            if case .table(let layout) = entry.kind { layout } else { nil }
        }
    }

    /// Tables that INSERT can fill from without, and what belongs to them. CREATE VIRTUAL TABLE makes shadow tables with
    /// rows of their own, and ANALYZE makes the statistics.
    private static func entriesForRows(of entries: [Schema.Entry]) -> [Schema.Entry] {
        // Without such a table a database made of this schema has no sqlite_sequence.
        let hasSequences = entries.contains { entry in
            entry.object.type == "table"
                && SQLTokens(entry.object.sql.bytes).contains { $0.word == "autoincrement" }
        }
        var left: Set<SQLText> = []
        for entry in entries {
            let name = entry.object.name.folded
            switch entry.kind {
            case .virtualTable:
                left.insert(name)
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
        return entries.filter { $0.object.type == "view" || !left.contains($0.object.table.folded) }
    }
}
