import Model
import SQLite

extension ChunkReader {
    /// Whether all statements read one state.
    var isHeld: Bool { limits.idleTime != nil }

    /// The first rows of a range, all their columns.
    /// - Throws: `TornRows` where they changed between the statements that a wide table takes.
    func rows(after: RemoteKey?, upTo: RemoteKey?, limit: Int) throws -> [Chunk.Row] {
        let rows = try groupedRows(after: after, upTo: upTo, limit: limit)
        guard groups.count > 1, !isHeld, let last = rows.last else { return rows }
        let again = try groupedRows(after: after, upTo: table.place(of: last), limit: rows.count + 1)
        guard again == rows else { throw TornRows() }
        return rows
    }

    private func groupedRows(after: RemoteKey?, upTo: RemoteKey?, limit: Int) throws -> [Chunk.Row] {
        let first = groups[0]
        let answer = try ask(columns: width(first)) { $0.rows(first, after: after, upTo: upTo, limit: limit) }
        var rows: [Chunk.Row] = []
        rows.reserveCapacity(answer.rowCount)
        for index in 0..<answer.rowCount {
            var row = Chunk.Row(
                rowid: try rowid(answer, index), values: [SQLValue](repeating: .null, count: table.columns.count))
            try fill(&row, first, from: answer, index)
            rows.append(row)
        }
        guard let last = rows.last else { return [] }
        for group in groups.dropFirst() {
            // One row more would show that there are others now.
            let answer = try ask(columns: width(group)) {
                $0.rows(group, after: after, upTo: table.place(of: last), limit: rows.count + 1)
            }
            guard answer.rowCount == rows.count else { throw TornRows() }
            for index in rows.indices {
                let key = table.place(of: rows[index])
                guard try rowid(answer, index) == rows[index].rowid else { throw TornRows() }
                try fill(&rows[index], group, from: answer, index)
                guard table.place(of: rows[index]) == key else { throw TornRows() }
            }
        }
        return rows
    }

    /// The columns of an answer for these of the table's.
    func width(_ group: [Int]) -> Int { group.count + (table.hasRowidKey ? 1 : 0) }

    /// nil where the table is not read by its rowid.
    func rowid(_ answer: RemoteAnswer, _ row: Int) throws -> Int64? {
        guard table.hasRowidKey else { return nil }
        guard case .integer(let rowid) = try answer.value(row, 0) else {
            throw RemoteError(.malformed, "a rowid of the answer is no integer")
        }
        return rowid
    }

    private func fill(_ row: inout Chunk.Row, _ group: [Int], from answer: RemoteAnswer, _ index: Int) throws {
        let offset = width([])
        for (position, column) in group.enumerated() {
            row.values[column] = try answer.value(index, offset + position)
        }
    }
}
