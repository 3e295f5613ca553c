import Model
import Pipeline

/// The ends of frames, from which a later process can go on, and going on from what an earlier one has written.
extension DumpWork {
    mutating func endFrame(in table: ReadingState.Table? = nil) throws {
        try output.endFrame(ReadingState(steps: steps, newTables: newTables, table: table))
        newTables = []
    }

    /// The next table, where an earlier process has written all of it.
    mutating func resumedTable() -> Manifest.TableRecord? {
        guard let tables = resumption?.tables, steps < tables.count else { return nil }
        defer { passStep() }
        progress.add(rows: Int(tables[steps].rows), position: resumption?.dumpBytes ?? 0)
        return tables[steps]
    }

    /// How far an earlier process came in the table that is next; the output goes on there.
    mutating func resumedRows() -> ReadingState.Table? {
        guard let resumption, let table = resumption.reading?.table, resumption.reading?.steps == steps else {
            return nil
        }
        goOn(resumption)
        progress.add(rows: Int(table.rows), position: bytesBefore + output.position)
        return table
    }

    /// Whether an earlier process has written the object of the schema, which has been written to nowhere now.
    mutating func isResumed() -> Bool {
        guard let reading = resumption?.reading, steps < reading.steps else { return false }
        passStep()
        return true
    }

    private mutating func passStep() {
        steps += 1
        guard let resumption else { return }
        // Between two objects there is no frame that says how many steps were done.
        let end = resumption.reading ?? ReadingState(steps: resumption.tables.count)
        guard end.steps == steps, end.table == nil else { return }
        goOn(resumption)
    }

    private mutating func goOn(_ resumption: Resumption) {
        output.goOn(at: resumption.dumpPosition)
        bytesBefore = resumption.dumpBytes - resumption.dumpPosition
        self.resumption = nil
    }
}
