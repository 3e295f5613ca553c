import SQLite

/// Some rows of a table that stand next to each other in the order of its key.
package struct Chunk: Sendable {
    package struct Row: Sendable, Equatable {
        /// nil in tables that are not read by their rowid.
        package var rowid: Int64?
        /// Of all stored columns; text in the database's encoding.
        package var values: [SQLValue]

        package init(rowid: Int64?, values: [SQLValue]) {
            self.rowid = rowid
            self.values = values
        }
    }

    /// At least one.
    package var rows: [Row]
    /// The key of the last row; empty where the table has none.
    package var last: RemoteKey
    /// How long the service and the way to it took.
    package var elapsed: Duration

    package init(rows: [Row], last: RemoteKey, elapsed: Duration) {
        self.rows = rows
        self.last = last
        self.elapsed = elapsed
    }
}

extension RemoteTable {
    /// Where a row stands among the others.
    func place(of row: Chunk.Row) -> RemoteKey {
        switch key {
        case .rowid: RemoteKey(row.rowid.map { [SQLValue.integer($0)] } ?? [])
        case .columns(let columns): RemoteKey(columns.map { row.values[$0.index] })
        case .whole: RemoteKey([])
        }
    }
}
