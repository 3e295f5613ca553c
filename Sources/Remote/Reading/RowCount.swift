import Model
import SQLite

/// How many rows a table has at the moment.
package enum RowCount {
    /// - Throws: `RemoteError`, `CancellationError`.
    package static func of(_ table: RemoteTable, _ caller: RemoteCaller) throws -> Int64 {
        let answer = try caller.rows("SELECT 'i'||count(*) FROM \(table.name.identifier)").answer.expecting(columns: 1)
        guard answer.rowCount == 1, case .integer(let count) = try answer.value(0, 0) else {
            throw RemoteError(.malformed, "the number of rows is missing in the answer")
        }
        return count
    }
}
