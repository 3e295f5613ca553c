import Model
import Pipeline

/// The ends of frames, from which a later process can go on, and going on from what an earlier one has written.
extension SQLDumpWriter {
    mutating func endFrame(in table: ReadingState.Table? = nil) throws {
        try output.endFrame(ReadingState(steps: steps, newTables: newTables, table: table))
        newTables = []
    }

    /// The next table, where an earlier process has written all of it.
    mutating func resumedTable() -> Manifest.TableRecord? {
        guard let tables = resumption?.tables, steps < tables.count else { return nil }
        defer { passStep() }
        progress.add(rows: Int(tables[steps].rows), position: resumption?.dumpPosition ?? 0)
        return tables[steps]
    }

    /// How far an earlier process came in the table that is next; the output goes on there.
    mutating func resumedRows() -> ReadingState.Table? {
        guard let resumption, let table = resumption.reading?.table, resumption.reading?.steps == steps else {
            return nil
        }
        goOn(resumption)
        progress.add(rows: Int(table.rows), position: output.position)
        return table
    }

    /// Whether an earlier process has written the object, which has been written to nowhere now.
    mutating func isResumed() -> Bool {
        guard let reading = resumption?.reading, steps < reading.steps else { return false }
        passStep()
        return true
    }

    private mutating func passStep() {
        steps += 1
        guard let resumption, let reading = resumption.reading, reading.steps == steps, reading.table == nil else {
            return
        }
        goOn(resumption)
    }

    private mutating func goOn(_ resumption: Resumption) {
        output.goOn(at: resumption.dumpPosition)
        self.resumption = nil
    }

    /// Rows without rowids are counted: stepping over them looks at no value.
    func pass(_ rows: Int64, in reader: TableReader) throws {
        for row in 0..<rows {
            _ = try reader.step()
            if row & 0xFFF == 0 { try cancellation.check() }
        }
    }
}
