import Model
import SQLite

/// The count and the digest of a table's rows, as an export takes them down, without a dump.
package enum RowsDigest {
    private static let rowsBetweenPauses: Int64 = 256

    /// - Parameter pause: Called now and then, with the number of rows since it was called last.
    /// - Throws: `SQLiteError`, also where a row lies in the wrong place; and what `pause` throws.
    package static func compute(
        of layout: TableLayout, in database: Database, pausing pause: (_ rows: Int64) throws -> Void
    ) throws -> (rows: Int64, digest: TableDigest) {
        let reader = try TableReader(layout, in: database)
        let rowidIndex = reader.rowidIndex
        let readAhead = ReadAhead(reader)
        defer { readAhead.stop() }
        var digester = RowDigester()
        var digest = TableDigest()
        var rows: Int64 = 0
        var lastRowid: Int64?
        while let values = try readAhead.row() {
            digester.begin()
            for value in values { digester.add(value) }
            digest.add(rowHash: digester.finish())
            if let rowidIndex, case .integer(let rowid) = values[rowidIndex] {
                if let lastRowid, rowid <= lastRowid { throw reader.outOfOrder(rowid) }
                lastRowid = rowid
            }
            rows += 1
            if rows % rowsBetweenPauses == 0 { try pause(rowsBetweenPauses) }
        }
        try pause(rows % rowsBetweenPauses)
        return (rows, digest)
    }
}
