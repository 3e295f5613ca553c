import Dump
import Model
import SQLite

/// How many rows there are, and the sum of their digests: the same for the same rows, in whatever order and chunks.
struct RowsSum: Sendable, Equatable {
    private(set) var rows: Int64
    private(set) var digest: TableDigest

    init(rows: Int64 = 0, digest: TableDigest = TableDigest()) {
        self.rows = rows
        self.digest = digest
    }

    /// - Parameter carriesRowid: Whether the rowid counts, as it does in a dump of such a table.
    init(of rows: [Chunk.Row], carryingRowid carriesRowid: Bool) {
        self.init(rows: Int64(rows.count))
        var digester = RowDigester()
        for row in rows {
            digester.begin()
            if carriesRowid, let rowid = row.rowid { digester.add(.integer(rowid)) }
            for value in row.values { digester.add(copy: value) }
            digest.add(rowHash: digester.finish())
        }
    }

    mutating func add(_ other: RowsSum) {
        rows += other.rows
        digest.add(rowHash: other.digest.sum)
    }
}

extension RemoteTable {
    /// Whether its digest and its dump carry the rowid, as `TableLayout` has it: where the rowid can be read, and is no
    /// column of its own.
    var carriesRowid: Bool { hasRowidKey && integerPrimaryKey == nil }
}
