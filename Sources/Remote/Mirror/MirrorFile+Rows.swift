import Dump
import Model
import SQLite

/// The rows of the stage on their way into the tables of the schema.
extension MirrorFile {
    /// SQLITE_CONSTRAINT_NOTNULL.
    private static let notNullCode: Int32 = 1299
    /// Two terms each, of the thousand that an expression may be deep.
    private static let comparableColumns = 400

    /// - Returns: Tables that refuse their rows, with those left out that are not there yet.
    func fillTables(_ notes: inout [String]) throws -> [(index: Int, error: SQLiteError)] {
        let layouts = try Schema(reading: database).tables
        var refused: [(index: Int, error: SQLiteError)] = []
        let indexes = stage.tables.indices
        // AUTOINCREMENT writes to sqlite_sequence while rows come: its own rows come last.
        let order = indexes.filter { !isSequence($0) } + indexes.filter { isSequence($0) }
        for index in order {
            try check()
            let table = stage.tables[index]
            guard let layout = layouts.first(where: { $0.name.folded == table.name.folded }) else {
                notes.append(
                    "\(table.name): left out, because the SQLite \(SQLiteLibrary.version) of this machine has no such "
                        + "table.")
                continue
            }
            guard layout.columns.count == table.columns.count, layout.carriesRowid == table.carriesRowid else {
                throw NightjarError(
                    .io, "table \(table.name) has other columns here than the service says that it has",
                    hint: "Leave it out with `exclude: [\(table.name)]`, and report this with its CREATE TABLE.")
            }
            do {
                try fill(layout, from: index)
            } catch let error as SQLiteError where error.isConstraint {
                refused.append((index, error))
                continue
            }
            if let note = try difference(of: layout, from: index) { notes.append(note) }
        }
        return refused
    }

    private func isSequence(_ index: Int) -> Bool { stage.tables[index].name.folded == "sqlite_sequence" }

    private func fill(_ layout: TableLayout, from index: Int) throws {
        do {
            try copy(layout, from: index)
        } catch {
            guard (error as? SQLiteError)?.code == Self.notNullCode else { throw error }
            // A row violates that by itself: somebody has changed the schema behind SQLite's back.
            guard let object = schema.objects.first(where: { $0.type == "table" && $0.name == layout.name }) else {
                throw error
            }
            try setText(of: object, to: NotNull.removed(from: object.sql))
            try copy(layout, from: index)
            try setText(of: object, to: object.sql)
        }
    }

    private func copy(_ layout: TableLayout, from index: Int) throws {
        var targets = layout.columns.map(\.name.quoted)
        var origins = MirrorStage.columns(stage.tables[index])
        if let rowid = layout.rowidName {
            targets.insert(Array(rowid.utf8), at: 0)
            origins.insert("rowid", at: 0)
        }
        // With the rowid they may be more than one SELECT may have.
        var last: (target: [UInt8], origin: String)?
        if targets.count > database.limit(.columns) { last = (targets.removeLast(), origins.removeLast()) }
        let name = Array("main.".utf8) + layout.name.quoted
        _ = try database.prepare(Array("DELETE FROM ".utf8) + name).step()
        // FAIL, whatever the constraints say: none may resolve a violation by taking rows away.
        var insert = Array("INSERT OR FAIL INTO ".utf8)
        insert += name
        insert += "(".utf8
        insert += targets.joined(separator: [UInt8(ascii: ",")])
        insert += ") SELECT \(origins.joined(separator: ",")) FROM stage.t\(index)".utf8
        _ = try database.prepare(insert).step()
        guard let last, let rowid = layout.rowidName else { return }
        var update = Array("UPDATE OR FAIL ".utf8)
        update += name
        update += " SET ".utf8
        update += last.target
        update += "=(SELECT s.\(last.origin) FROM stage.t\(index) AS s WHERE s.rowid=".utf8
        update += name
        update += ".\(rowid))".utf8
        _ = try database.prepare(update).step()
    }

    /// What the table's own types have made of the rows.
    /// - Returns: nil where the rows are those of the source.
    private func difference(of layout: TableLayout, from index: Int) throws -> String? {
        let found = try RowsDigest.compute(of: layout, in: database) { _ in try check() }
        let expected = try stage.sum(of: index)
        guard found.rows == expected.rows else {
            throw NightjarError(
                .io,
                "the copy of table \(layout.name) has \(CountText.format(found.rows, "row")), of "
                    + CountText.format(expected.rows),
                hint: "Look at the disk of the scratch directory, then try again.", isTransient: true)
        }
        guard found.digest != expected.digest else { return nil }
        let words = "hold values at odds with their column's type; the copy that is backed up has converted them."
        guard let count = try changedRows(of: layout, from: index), count > 0 else {
            return "\(layout.name): some rows \(words)"
        }
        return "\(layout.name): \(CountText.format(count, "row")) \(words)"
    }

    /// - Returns: nil where the rows cannot be told by their rowids, or one expression cannot compare them.
    private func changedRows(of layout: TableLayout, from index: Int) throws(SQLiteError) -> Int64? {
        let table = stage.tables[index]
        let own = table.integerPrimaryKey.map { layout.columns[$0].name.quoted }
        guard table.hasRowidKey, let rowid = own ?? layout.rowidName.map({ Array($0.utf8) }),
            layout.columns.count <= Self.comparableColumns
        else { return nil }
        var conditions: [[UInt8]] = []
        for (column, origin) in zip(layout.columns, MirrorStage.columns(table)) {
            let name = Array("m.".utf8) + column.name.quoted
            // The sign takes the column's affinity away, which would convert what it is compared with.
            var condition = Array("typeof(".utf8)
            condition += name
            condition += ") IS NOT typeof(s.\(origin)) OR +".utf8
            condition += name
            condition += " COLLATE BINARY IS NOT s.\(origin)".utf8
            conditions.append(condition)
        }
        var query = Array("SELECT total(".utf8)
        query += conditions.joined(separator: Array(" OR ".utf8))
        query += ") FROM main.".utf8
        query += layout.name.quoted
        query += " AS m JOIN stage.t\(index) AS s ON s.rowid = m.".utf8
        query += rowid
        let statement = try database.prepare(query)
        return try statement.step() ? statement.integer(at: 0) : nil
    }
}
