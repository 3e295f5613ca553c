import Model
import SQLite

extension Database {
    /// The columns of a table, in their order, and whether they are generated.
    func columnNames(of table: SQLText) throws(SQLiteError) -> [(name: SQLText, isGenerated: Bool)] {
        let rows = try describe("table_xinfo", table)
        var columns: [(name: SQLText, isGenerated: Bool)] = []
        while try rows.step() {
            // 2 is VIRTUAL, 3 is STORED: <https://www.sqlite.org/pragma.html#pragma_table_xinfo>.
            columns.append((SQLText(bytes: rows.utf8(at: 1)), [2, 3].contains(rows.integer(at: 6))))
        }
        return columns
    }

    /// Folded names of the columns of a table that are computed from others.
    func generatedColumns(of table: SQLText) throws(SQLiteError) -> Set<SQLText> {
        Set(try columnNames(of: table).filter { $0.isGenerated }.map { $0.name.folded })
    }

    /// What a PRAGMA says about an object of the schema.
    func describe(_ pragma: String, _ object: SQLText) throws(SQLiteError) -> Statement {
        try prepare(Array("PRAGMA main.\(pragma)(".utf8) + object.quoted + [UInt8(ascii: ")")])
    }
}
