import Model
import SQLite

/// Dumps of rows alone, for a database that has the schema already.
extension SQLDumpWriter {
    /// Writes the rows of `entries`, and no schema.
    mutating func writeRowsAlone(of entries: [Schema.Entry]) throws {
        let kept = rowEntries(of: entries)
        work.result.schema = kept.entries.map(\.object)
        work.result.notes.append("The dump holds rows alone, for a database that has this schema already.")
        work.result.notes += kept.notes
        try work.output.append(text: DumpHead.ofRowsAlone.text)
        for layout in kept.entries.tables {
            let start = work.output.position
            // Rows of the others have moved the sequences.
            if layout.name.folded == "sqlite_sequence" { try work.output.append("DELETE FROM sqlite_sequence;\n") }
            try writeTable(layout, nil, from: start)
        }
        try work.output.append(text: DumpHead.tailOfRowsAlone)
    }
}
