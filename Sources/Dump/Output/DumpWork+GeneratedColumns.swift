import Model
import Pipeline
import SQLite

/// What of generated columns SQLite can compute here, and what an import could not compute as it is.
extension DumpWork {
    /// How a table is written some of whose generated columns are ordinary ones until all rows are there.
    typealias Carrying = (layout: TableLayout, sql: SQLText)

    /// Stored columns that an import could not compute as they are, because they need what only the application has, or
    /// call functions that SQLite has otherwise, are written as ordinary ones, with the values that they have.
    mutating func carrying(
        _ layout: TableLayout, _ object: Manifest.SchemaObject
    ) throws -> Carrying? {
        guard !layout.storedGenerated.isEmpty else { return nil }
        // What an earlier process has written whole goes nowhere now.
        if let resumption, steps < resumption.tables.count { return nil }
        let names = database.functionStandIns.map(\.nameBytes) + database.collationStandIns
        let standIns = Set(names.map { SQLText(bytes: $0).folded })
        var functions: Set<SQLText> = []
        if let values = StoredValues(of: layout, object, without: standIns) {
            var breather = self.breather
            let cancellation = cancellation
            if try values.differ(in: database, pausing: { try breather.breathe(cancellation) }) {
                functions = values.functions
            }
            self.breather = breather
        }
        let ordinary = StoredColumns.ordinary(in: object.sql, needing: standIns, calling: functions)
        return ordinary.map { (layout.carrying($0.columns), $0.sql) }
    }

    /// Whether SQLite can compute the table's generated columns. Preparing to write compiles their expressions, which shows
    /// what they lack; it is never run.
    func compilesGenerated(_ layout: TableLayout) -> Bool {
        guard !layout.generated.isEmpty else { return true }
        let insert = Array("INSERT INTO ".utf8) + layout.name.quoted + Array(" DEFAULT VALUES".utf8)
        return (try? database.prepare(insert)) != nil
    }
}
