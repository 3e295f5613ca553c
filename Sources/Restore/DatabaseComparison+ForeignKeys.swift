import Dump
import Model
import SQLite

/// Rows whose parents are missing, which an import does not refuse.
extension DatabaseComparison {
    private struct ForeignKey: Hashable {
        let table: SQLText
        /// As `PRAGMA foreign_key_list` counts the keys of a table.
        let number: Int64
    }

    func checkForeignKeys(_ database: Database, _ schema: Schema, _ findings: inout Findings) throws {
        var violations: [ForeignKey: Int64] = [:]
        do {
            let statement = try database.prepare("PRAGMA foreign_key_check")
            while try statement.step() {
                let key = ForeignKey(table: SQLText(bytes: statement.utf8(at: 0)), number: statement.integer(at: 3))
                violations[key, default: 0] += 1
            }
        } catch {
            if error.isInterrupted { throw error }
            findings.notes.append("foreign_key_check could not be run: \(error.message) (so it is in the source)")
        }
        findings.foreignKeyViolations = violations.values.reduce(0, +)
        // Of a few tables the parents may have been left out.
        guard tables == nil else { return }
        var untold: Int64 = 0
        let functions = violations.isEmpty ? nil : SchemaFunctions(of: schema.entries.map(\.object))
        for (key, count) in violations where hasStandIns || functions != nil {
            if try needsApplication(key, in: database, schema, functions) { untold += count }
        }
        findings.foreignKeyViolationsUntold = untold
        if findings.foreignKeyViolations > untold {
            let count = CountText.format(findings.foreignKeyViolations - untold, "foreign key violation")
            findings.notes.append(
                manifest.snapshot.consistent
                    ? "\(count) found, which the source has too."
                    : "\(count) found; whether the source has them cannot be told, for it was not read in one state.")
        }
        if untold > 0 {
            let count = CountText.format(untold, "foreign key violation")
            findings.notes.append(
                "\(count) found in keys that use collations of the application's, or generated columns whose functions "
                    + "the application may have otherwise; whether the source has them cannot be told here: "
                    + "run PRAGMA foreign_key_check in the application.")
        }
    }

    /// Whether stand-ins, or functions that the application may have otherwise, may be to blame for a violation.
    private func needsApplication(
        _ key: ForeignKey, in database: Database, _ schema: Schema, _ functions: SchemaFunctions?
    ) throws(SQLiteError) -> Bool {
        let children = try uncertainColumns(of: key.table, in: database, schema, functions)
        let columns = try database.describe("foreign_key_list", key.table)
        while try columns.step() {
            guard columns.integer(at: 0) == key.number else { continue }
            if children.contains(SQLText(bytes: columns.utf8(at: 3)).folded) { return true }
            let parent = SQLText(bytes: columns.utf8(at: 2))
            // Without a name it is the parent's primary key.
            let name = columns.isNull(at: 4) ? nil : SQLText(bytes: columns.utf8(at: 4)).folded
            let parents = try uncertainColumns(of: parent, in: database, schema, functions)
            if let name, parents.contains(name) { return true }
            if try Self.isSortedByStandIn(name, of: parent, in: database) { return true }
        }
        return false
    }

    /// Folded names of the columns that may come to something else in the application.
    private func uncertainColumns(
        of table: SQLText, in database: Database, _ schema: Schema, _ functions: SchemaFunctions?
    ) throws(SQLiteError) -> Set<SQLText> {
        if hasStandIns { return try database.generatedColumns(of: table) }
        let entry = schema.entries.first { $0.object.type == "table" && $0.object.name.folded == table.folded }
        guard let functions, let entry else { return [] }
        return StoredColumns.depending(on: functions.names, in: entry.object.sql)
    }

    /// Whether an index of the table sorts the column, or any where none is named, by a collation of the application's.
    private static func isSortedByStandIn(
        _ column: SQLText?, of table: SQLText, in database: Database
    ) throws(SQLiteError) -> Bool {
        let collations = Set(database.collationStandIns.map { SQLText(bytes: $0).folded })
        let indexes = try database.describe("index_list", table)
        while try indexes.step() {
            let columns = try database.describe("index_xinfo", SQLText(bytes: indexes.utf8(at: 1)))
            while try columns.step() {
                guard collations.contains(SQLText(bytes: columns.utf8(at: 4)).folded) else { continue }
                if column == nil || column == SQLText(bytes: columns.utf8(at: 2)).folded { return true }
            }
        }
        return false
    }
}
