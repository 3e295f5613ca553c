import Dump
import Model
import Pipeline
import SQLite

/// Puts the rows of a dump that has no statements into the tables that its schema has made.
final class RowImport {
    /// Rows that are not what their format's rules, or the manifest, ask for.
    struct Complaint: Error {
        let message: String
    }

    private enum Reader {
        case csv(CSVRowReader)
        case json(JSONRowReader)
    }

    private let database: Database
    private let manifest: Manifest
    /// By their folded names; read when the first rows come, for the tables are there then.
    private var layouts: [SQLText: TableLayout]?
    /// Of the source whose rows come at the moment.
    private var reader: Reader?
    /// The tables that it reads, counted as the manifest has them.
    private var tables: [Int] = []
    private var insert: RowInsert?
    /// The table that `insert` is for.
    private var inserted: Int?
    private var rows: Int64 = 0

    init(into database: Database, of manifest: Manifest) {
        self.database = database
        self.manifest = manifest
    }

    /// - Parameter text: Whole rows; changed in its place.
    /// - Throws: `Complaint`, `SQLiteError`.
    func take(_ text: ByteBlock, _ content: DumpSource.Content) throws {
        if reader == nil { try begin(content) }
        let bytes = UnsafeMutableRawBufferPointer(start: text.start, count: text.count)
        switch reader {
        case .csv(var csv):
            reader = nil
            do {
                try csv.read(bytes) { try put($0, into: tables[0]) }
            } catch let error as RowTextError {
                throw complaint(error, in: 0)
            }
            reader = .csv(csv)
        case .json(var json):
            reader = nil
            do {
                try json.read(bytes) { try put($1, into: tables[$0]) }
            } catch let error as RowTextError {
                throw complaint(error, in: json.table)
            }
            reader = .json(json)
        case nil: break
        }
    }

    /// The source has ended: its rows have to be complete.
    func finish(_ content: DumpSource.Content) throws {
        // One without a byte has brought no rows.
        if reader == nil { try begin(content) }
        defer {
            reader = nil
            tables = []
        }
        switch reader {
        case .csv(let csv):
            do { try csv.finish() } catch { throw complaint(error, in: 0) }
        case .json(let json):
            do { try json.finish() } catch { throw complaint(error, in: json.table) }
        case nil: break
        }
        try endTable()
        for table in tables where manifest.tables[table].rows == 0 { try beginTable(table) }
    }

    private func begin(_ content: DumpSource.Content) throws {
        switch content {
        case .statements: return
        case .rows(let table): tables = [table]
        case .document: tables = Array(manifest.tables.indices)
        }
        let layouts = try tables.map { try layout(of: $0) }
        let json = layouts.map { layout in
            JSONRowReader.Table(
                name: FormatNames.text(of: layout.name), columns: layout.columns.map { FormatNames.text(of: $0.name) })
        }
        switch (manifest.options.format, content) {
        case (.csv, _):
            reader = .csv(CSVRowReader(names: json[0].columns, keepsText: layouts[0].columns.map(\.keepsText)))
        case (.ndjson, _): reader = .json(JSONRowReader(.lines(json[0])))
        case (_, .document): reader = .json(JSONRowReader(.document(json)))
        default: reader = .json(JSONRowReader(.array(json[0])))
        }
    }

    private func layout(of table: Int) throws -> TableLayout {
        if layouts == nil {
            layouts = try Dictionary(
                Schema(reading: database).tables.map { ($0.name.folded, $0.withoutRowid) },
                uniquingKeysWith: { first, _ in first })
        }
        let record = manifest.tables[table]
        guard let layout = layouts?[record.name.folded] else {
            throw Complaint(message: "rows of \(record.name) are there, and no such table in the schema")
        }
        // While the rows come they are ordinary columns, each in its own place.
        return layout.movingBehind(Set((record.carriedColumns ?? []).map(\.folded)))
    }

    private func put(_ values: UnsafeMutableBufferPointer<DumpValue>, into table: Int) throws {
        if inserted != table {
            try endTable()
            try beginTable(table)
            insert = try RowInsert(into: layout(of: table), of: database, manifest.source.encoding)
            inserted = table
        }
        rows += 1
        try insert?.insert(values)
    }

    /// The rows of other tables have moved the sequences.
    private func beginTable(_ table: Int) throws {
        guard manifest.tables[table].name.folded == "sqlite_sequence" else { return }
        try database.execute("DELETE FROM sqlite_sequence")
    }

    private func endTable() throws {
        try insert?.finish()
        insert = nil
        inserted = nil
        rows = 0
    }

    /// - Parameter index: Of a table among `tables`; their number for what stands behind the last one.
    private func complaint(_ error: RowTextError, in index: Int) -> Complaint {
        guard index < tables.count else {
            return Complaint(message: "the dump cannot be read behind its last table: \(error.reason)")
        }
        let name = manifest.tables[tables[index]].name
        let place = inserted == tables[index] ? "after row \(CountText.format(rows))" : "at its beginning"
        return Complaint(message: "\(name) cannot be read \(place): \(error.reason)")
    }
}
