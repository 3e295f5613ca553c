import Model
import Pipeline
import SQLite

/// A table's rows, read chunk by chunk, digested and written in whichever format.
extension DumpWork {
    /// How a table is read and what of it is written.
    struct TableRows {
        let layout: TableLayout
        /// The table as it is written: `layout`, or with columns behind its own of which the digest does not know.
        var written: TableLayout
        /// Whether the rowid is read to find the way back, and neither written nor digested.
        var leavesOutRowid = false

        init(_ layout: TableLayout) {
            self.layout = layout
            written = layout
        }
    }

    /// Writes all rows of a table, or those that an earlier process has not written.
    ///
    /// - Parameters:
    ///   - start: Where the table begins in its object.
    ///   - resumed: How far an earlier process came; nil where it did not come to this table's rows.
    /// - Throws: `SQLiteError`, also where a row lies in the wrong place; what `format` throws; `CancellationError`.
    mutating func write<Format: RowFormat>(
        _ rows: TableRows, as format: inout Format, from start: Int64, resuming resumed: ReadingState.Table?
    ) throws -> Manifest.TableRecord {
        var table = resumed ?? ReadingState.Table(start: start)
        let reader = try TableReader(rows.written, in: database, after: table.lastRowid)
        let skipped = rows.leavesOutRowid && rows.layout.carriesRowid ? 1 : 0
        let digested = reader.width - skipped - (rows.written.columns.count - rows.layout.columns.count)
        let probe = probe.probing(rows.leavesOutRowid ? rows.layout.withoutRowid : rows.layout)
        if resumed == nil { try format.begin(&output) }
        if table.lastRowid == nil { try pass(table.rows, in: reader) }
        let readAhead = ReadAhead(reader)
        defer { readAhead.stop() }
        var digester = RowDigester()
        var chunkStart = output.position
        var rowsInChunk = 0
        let rowidIndex = reader.rowidIndex
        let plantedFault = options.plantedFault
        let hasDigests = options.hasDigests
        while let values = try readAhead.row() {
            let shown = RowBlock.Values(rebasing: values[skipped...])
            var mayChange = false
            for index in 0..<digested where probe.mayChange(shown[index], at: index) { mayChange = true }
            if hasDigests || mayChange {
                digester.begin()
                for index in 0..<digested { digester.add(shown[index]) }
                let hash = digester.finish()
                var hashAfterImport = hash
                if mayChange {
                    hashAfterImport = try Self.importedHash(shown, count: digested, probe, &digester)
                    if hashAfterImport != hash { table.changedRows += 1 }
                }
                if hasDigests {
                    table.digest.add(rowHash: hash)
                    table.digestAfterImport.add(rowHash: hashAfterImport)
                }
            }
            if let rowidIndex, case .integer(let rowid) = values[rowidIndex] {
                if let last = table.lastRowid, rowid <= last { throw reader.outOfOrder(rowid) }
                table.lastRowid = rowid
            }
            if let plantedFault {
                for index in shown.indices { shown[index] = plantedFault(shown[index]) }
            }
            try format.write(shown, to: &output)
            table.rows += 1
            rowsInChunk += 1
            if rowsInChunk >= options.chunkRows || output.position - chunkStart >= Int64(Self.chunkBytes) {
                try format.endChunk(&output)
                noteProgress(rows: rowsInChunk)
                if output.frameIsDue() {
                    format.note(in: &table)
                    try endFrame(in: table)
                }
                try breathe()
                rowsInChunk = 0
                chunkStart = output.position
            }
        }
        try format.endChunk(&output)
        try format.end(&output)
        noteProgress(rows: rowsInChunk)
        return Manifest.TableRecord(
            name: rows.layout.name, rows: table.rows, digest: table.digest,
            carriesRowid: rows.layout.carriesRowid && !rows.leavesOutRowid, isShadow: rows.layout.isShadow,
            range: .init(offset: table.start, length: output.position - table.start), changedRows: table.changedRows,
            digestAfterImport: table.changedRows > 0 ? table.digestAfterImport : nil,
            generatedDigest: try generatedDigest(of: rows.layout))
    }

    /// Rows without rowids are counted: stepping over them looks at no value.
    private func pass(_ rows: Int64, in reader: TableReader) throws {
        for row in 0..<rows {
            _ = try reader.step()
            if row & 0xFFF == 0 { try cancellation.check() }
        }
    }

    private static func importedHash(
        _ values: RowBlock.Values, count: Int, _ probe: AffinityProbe, _ digester: inout RowDigester
    ) throws -> UInt128 {
        digester.begin()
        for index in 0..<count {
            if probe.mayChange(values[index], at: index) {
                digester.add(copy: try probe.imported(SQLValue(values[index]), at: index))
            } else {
                digester.add(values[index])
            }
        }
        return digester.finish()
    }
}
