import Model
import SQLite

/// Writes the rows of a database's tables as CSV or JSON (docs/formats.md); the schema stands in the manifest.
struct RowDumpWriter: DumpWriter {
    /// Tables that a note names.
    private static let namesTold = 10

    private var work: DumpWork
    private let keys: DumpKeys
    private let format: DumpFormat

    /// - Parameter format: Any but SQL.
    init(_ work: DumpWork, keys: DumpKeys, _ format: DumpFormat) {
        self.work = work
        self.keys = keys
        self.format = format
    }

    mutating func countRows() throws -> Int64 {
        let selection = work.schema.selection(excluding: work.options.exclude)
        return try work.countRows(of: rowEntries(of: selection).entries)
    }

    mutating func write() throws -> WrittenDump {
        let selection = work.schema.selection(excluding: work.options.exclude)
        let kept = rowEntries(of: selection)
        work.result.excluded = selection.excluded
        work.result.schema = kept.entries.map(\.object)
        work.result.notes += kept.notes
        let tables = kept.entries.tables
        let objects = Dictionary(
            kept.entries.filter { $0.object.type == "table" }.map { ($0.object.name, $0.object) },
            uniquingKeysWith: { first, _ in first })
        for (index, layout) in tables.enumerated() {
            let carrying = try objects[layout.name].flatMap { try work.carrying(layout, $0) }
            if format.hasObjectPerTable {
                try writeObject(of: layout, carrying?.layout, at: index)
            } else {
                try work.output.append(index == 0 ? "{" : ",\n")
                try work.output.append(JSONString.string(FormatNames.text(of: layout.name)) + [UInt8(ascii: ":")])
                try writeTable(layout, carrying?.layout, object: nil)
            }
        }
        if !format.hasObjectPerTable { try work.output.append(tables.isEmpty ? "{}\n" : "}\n") }
        noteRowids(of: tables)
        return work.result
    }

    private func rowEntries(of selection: Schema.Selection) -> Schema.RowEntries {
        Schema.entriesForRows(of: selection.entries, carriedBy: format.words, makesSequences: true)
    }

    mutating func finish() throws {
        if !format.hasObjectPerTable { try work.endObject() }
        work.output.finish()
    }

    private mutating func writeObject(of layout: TableLayout, _ carrying: TableLayout?, at index: Int) throws {
        if let record = work.resumedTable() { return work.keep(record) }
        work.output.begin(object: keys.object(ofTable: layout.name, number: index))
        try writeTable(layout, carrying, object: index)
        try work.endObject()
    }

    /// - Parameters:
    ///   - carrying: The table with columns behind the others that only the source's application can compute.
    ///   - object: The place of the table's own object among all; nil where it has none.
    private mutating func writeTable(_ layout: TableLayout, _ carrying: TableLayout?, object: Int?) throws {
        if let record = work.resumedTable() { return work.keep(record) }
        var rows = DumpWork.TableRows(layout)
        rows.leavesOutRowid = true
        if let carrying { rows.written = carrying }
        let start = work.output.position
        let resumed = work.resumedRows()
        var record: Manifest.TableRecord
        switch format {
        case .csv:
            var csv = CSVRowWriter(rows.written, encoding: work.encoding)
            record = try work.write(rows, as: &csv, from: start, resuming: resumed)
        case .json, .ndjson, .sql:
            var json = JSONRowWriter(
                rows.written, encoding: work.encoding, isLines: format == .ndjson, rowsBefore: resumed?.rows ?? 0)
            record = try work.write(rows, as: &json, from: start, resuming: resumed)
        }
        record.object = object
        record.carriedColumns = carrying.map { $0.columns.dropFirst(layout.columns.count).map(\.name) }
        work.keep(record)
        work.newTables.append(record)
        work.steps += 1
        if object == nil, work.output.frameIsDue(isTableEnd: true) { try work.endFrame() }
    }

    private mutating func noteRowids(of tables: [TableLayout]) {
        let numbered = tables.filter { $0.carriesRowid && $0.name.folded != "sqlite_sequence" }
        guard !numbered.isEmpty else { return }
        var names = numbered.prefix(Self.namesTold).map { "\($0.name)" }.joined(separator: ", ")
        let untold = numbered.count - Self.namesTold
        if untold > 0 { names += " and \(CountText.format(Int64(untold))) more" }
        work.result.notes.append(
            "Rowids that no column holds are not carried; a restore numbers the rows anew in \(names).")
    }
}
