import Model
import Pipeline
import SQLite

/// Writes a database as the SQL text of docs/dump-format.md.
struct SQLDumpWriter: DumpWriter {
    var work: DumpWork
    private let includesSchema: Bool
    let texts: TextLiteral
    private let reals: RealLiteral
    let returns: CarriageReturns
    private let columnLimit: Int
    private let sqlLimit: Int

    var database: Database { work.database }

    init(_ work: DumpWork, includesSchema: Bool) throws {
        self.work = work
        self.includesSchema = includesSchema
        texts = TextLiteral(encoding: work.encoding)
        reals = try RealLiteral()
        returns = CarriageReturns(work.schema, isWritten: includesSchema)
        columnLimit = work.database.limit(.columns)
        sqlLimit = work.database.limit(.sqlLength)
    }

    mutating func countRows() throws -> Int64 {
        let kept = work.schema.selection(excluding: work.options.exclude).entries
        return try work.countRows(of: includesSchema ? kept : rowEntries(of: kept).entries)
    }

    /// What a dump of rows alone holds of `entries`.
    func rowEntries(of entries: [Schema.Entry]) -> Schema.RowEntries {
        Schema.entriesForRows(of: entries, carriedBy: "a dump without the schema", makesSequences: false)
    }

    mutating func write() throws -> WrittenDump {
        let selection = work.schema.selection(excluding: work.options.exclude)
        let kept = selection.entries
        work.result.excluded = selection.excluded
        guard includesSchema else {
            try writeRowsAlone(of: kept)
            return work.result
        }
        work.result.schema = kept.map(\.object)
        try writeHead()
        try writeTables(kept)
        try writeSystemTables(kept)
        for type in ["virtual", "view", "index", "trigger"] {
            for entry in kept where entry.kind.label == type { try writeObject(entry) }
        }
        try returns.restore(to: &work.output)
        try writeTail(isEmpty: kept.isEmpty)
        return work.result
    }

    mutating func finish() throws {
        try work.endObject()
        work.output.finish()
    }

    // MARK: Tables

    private mutating func writeTables(_ entries: [Schema.Entry]) throws {
        for entry in entries {
            guard case .table(let layout) = entry.kind, !layout.name.hasPrefixIgnoringCase("sqlite_") else { continue }
            let start = work.output.position
            var object = entry.object
            let carrying = try work.carrying(layout, entry.object)
            if let carrying { object.sql = carrying.sql }
            try writeStatement(object, computes: !(carrying?.layout ?? layout).generated.isEmpty)
            try writeTable(layout, entry.object, carrying, from: start)
        }
    }

    /// sqlite_sequence and the tables of ANALYZE: SQLite makes them, only their rows are written.
    private mutating func writeSystemTables(_ entries: [Schema.Entry]) throws {
        let tables = entries.compactMap { entry -> TableLayout? in
            guard case .table(let layout) = entry.kind, layout.name.hasPrefixIgnoringCase("sqlite_") else { return nil }
            return layout
        }
        for layout in tables where layout.name.folded == "sqlite_sequence" {
            let start = work.output.position
            // SQLite makes the table with the first AUTOINCREMENT; those that had it may be gone, or be left out.
            let name = freeName(in: entries)
            try work.output.append(
                text: "CREATE TABLE \(name)(a INTEGER PRIMARY KEY AUTOINCREMENT);DROP TABLE \(name);\n")
            try work.output.append("DELETE FROM sqlite_sequence;\n")
            try writeTable(layout, nil, from: start)
        }
        let statistics = tables.filter { $0.name.hasPrefixIgnoringCase("sqlite_stat") }
        guard !statistics.isEmpty else { return }
        try work.output.append("ANALYZE sqlite_master;\n")
        // A SQLite with STAT4 makes this one too.
        if !statistics.contains(where: { $0.name.folded == "sqlite_stat4" }) {
            try work.output.append("DROP TABLE IF EXISTS sqlite_stat4;\n")
        }
        for layout in statistics { try writeTable(layout, nil, from: work.output.position) }
    }

    // MARK: Rows

    /// - Parameter object: The table's entry in the schema, where its text can be changed; nil for SQLite's own tables.
    mutating func writeTable(
        _ layout: TableLayout, _ object: Manifest.SchemaObject?, _ carrying: DumpWork.Carrying? = nil, from start: Int64
    ) throws {
        if let record = work.resumedTable() { return keep(record, layout) }
        var rows = DumpWork.TableRows(layout)
        if let carrying { rows.written = carrying.layout }
        let resumed = work.resumedRows()
        let statements = SQLRowWriter(
            rows.written, namesColumns: carrying != nil || !includesSchema, texts: texts, reals: reals,
            returns: returns, columnLimit: columnLimit)
        var table = SQLTableWriter(
            rows.written, statements, object: object, written: carrying?.sql, schemaTexts: schemaTexts,
            sqlLimit: sqlLimit, resuming: resumed, generatesNull: resumed == nil && mayGenerateNull(rows.written))
        let record = try work.write(rows, as: &table, from: start, resuming: resumed)
        keep(record, layout)
        work.newTables.append(record)
        work.steps += 1
        if work.output.frameIsDue(isTableEnd: true) { try work.endFrame() }
    }

    private mutating func keep(_ record: Manifest.TableRecord, _ layout: TableLayout) {
        if !layout.isWithoutRowid, !layout.carriesRowid, layout.integerPrimaryKey == nil {
            work.result.notes.append(
                "\(layout.name): columns take all three names of the rowid, which SQL cannot carry then.")
        }
        work.keep(record)
    }
}
