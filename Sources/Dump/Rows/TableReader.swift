import Model
import SQLite

/// Reads a table's rows from its own b-tree, in the order in which they lie there.
package struct TableReader {
    package let layout: TableLayout
    private let statement: Statement
    /// Where rowid and columns together are more than one SELECT may have, the rowid is read by a second one in step.
    private let rowidStatement: Statement?
    private let rowidIsFirstColumn: Bool

    /// The values of a row: the rowid first where the dump carries it, then the columns.
    package let width: Int

    /// - Parameter lastRowid: Rows up to that one are left out; nil for all rows.
    package init(_ layout: TableLayout, in database: Database, after lastRowid: Int64? = nil) throws(SQLiteError) {
        self.layout = layout
        width = layout.columns.count + (layout.carriesRowid ? 1 : 0)
        let splits = width > database.limit(.columns)
        rowidIsFirstColumn = layout.carriesRowid && !splits
        // NOT INDEXED: a covering index holds the same rows, but the table is what is to be saved.
        var from = Array(" FROM ".utf8) + layout.name.quoted + Array(" NOT INDEXED".utf8)
        if let lastRowid, let key = layout.rowidName.map({ Array($0.utf8) }) ?? layout.keyName {
            from += Array(" WHERE ".utf8) + key + Array(">\(lastRowid)".utf8)
        }
        var list: [[UInt8]] = layout.columns.map { $0.name.quoted }
        if rowidIsFirstColumn, let rowid = layout.rowidName { list.insert(Array(rowid.utf8), at: 0) }
        if list.isEmpty { list.append(Array("NULL".utf8)) }
        statement = try database.prepare(Array("SELECT ".utf8) + list.joined(separator: [UInt8(ascii: ",")]) + from)
        if splits, let rowid = layout.rowidName {
            rowidStatement = try database.prepare(Array("SELECT \(rowid)".utf8) + from)
        } else {
            rowidStatement = nil
        }
    }

    @inline(__always)
    package func step() throws(SQLiteError) -> Bool {
        if let rowidStatement { _ = try rowidStatement.step() }
        return try statement.step()
    }

    /// Looks at all values of the row; they are valid until the next step.
    /// - Parameter values: As many as `width`.
    @inline(__always)
    package func glance(into values: UnsafeMutableBufferPointer<Statement.Glance>) {
        guard let rowidStatement else { return statement.glance(into: values) }
        values[0] = rowidStatement.glance(at: 0)
        statement.glance(into: UnsafeMutableBufferPointer(rebasing: values[1...]))
    }

    /// The position of the rowid among the values of a row, under whatever name.
    var rowidIndex: Int? { layout.carriesRowid ? 0 : layout.integerPrimaryKey }

    /// Rows of a sound table lie in the order of their rowids; a page in the wrong place shows here.
    func outOfOrder(_ rowid: Int64) -> SQLiteError {
        SQLiteError(
            code: 11, message: "rowid \(rowid) of table \(layout.name) is out of order", operation: "reading rows")
    }
}

extension TableLayout {
    /// The INTEGER PRIMARY KEY, as it stands in a statement.
    fileprivate var keyName: [UInt8]? { integerPrimaryKey.map { columns[$0].name.quoted } }
}
