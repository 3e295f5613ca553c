import Dump
import Model
import SQLite

/// A few tables of a backup, with what they cannot be without.
struct TableSelection: Sendable {
    /// Folded names of the tables whose rows are restored.
    let names: Set<SQLText>
    /// Where the head of the dump and the tables' statements stand in the uncompressed dump.
    let ranges: [Manifest.ByteRange]
    let notes: [String]
    private let hasSequences: Bool
    private let indexes: [Manifest.SchemaObject]
    private let virtualTables: [Manifest.SchemaObject]

    /// - Throws: code `missing`, naming close ones, where a table is not in the backup.
    init(_ wanted: [String], in manifest: Manifest) throws(NightjarError) {
        var names: Set<SQLText> = []
        var virtual: [Manifest.SchemaObject] = []
        for table in wanted {
            let folded = SQLText(table).folded
            guard !folded.hasPrefixIgnoringCase("sqlite_") else {
                throw NightjarError(.usage, "\(table) is a table of SQLite's own and cannot be restored by itself")
            }
            let schema = manifest.schema.first { $0.type == "table" && $0.name.folded == folded }
            if let schema, schema.sql.hasPrefixIgnoringCase("CREATE VIRTUAL") {
                virtual.append(schema)
                names.insert(folded)
                for shadow in manifest.tables
                where shadow.isShadow && shadow.name.hasPrefixIgnoringCase("\(schema.name)_") {
                    names.insert(shadow.name.folded)
                }
            } else if manifest.tables.contains(where: { $0.name.folded == folded }) {
                names.insert(folded)
            } else {
                let known = manifest.tables.prefix(20).map { "\($0.name)" }.joined(separator: ", ")
                throw NightjarError(
                    .missing, "there is no table \(table) in \(manifest.id)", hint: "It has: \(known)")
            }
        }
        // Their CR LF is put back by the dump's last statements, which stand in no table's range.
        for object in manifest.schema where names.contains(object.table.folded) && object.hasCarriageReturn {
            throw NightjarError(
                .usage, "\(object.name) has CR LF in its definition and comes back with the whole backup only",
                hint: "Restore without --table.")
        }
        self.names = names
        virtualTables = virtual
        let chosen = manifest.tables.filter { names.contains($0.name.folded) }
        let head = manifest.tables.map(\.range.offset).min() ?? 0
        // The head opens a transaction, which `finish` ends.
        // Rows of other tables' sequences are taken out again.
        let sequences = manifest.tables.filter { $0.name.folded == "sqlite_sequence" }
        hasSequences = !sequences.isEmpty
        ranges = [Manifest.ByteRange(offset: 0, length: head)] + (chosen + sequences).map(\.range)
        indexes = manifest.schema.filter { $0.type == "index" && names.contains($0.table.folded) }
        let left = manifest.schema.count { $0.type == "trigger" && names.contains($0.table.folded) }
        notes = left > 0 ? ["\(CountText.format(Int64(left), "trigger")) of these tables left out."] : []
    }

    /// Makes the indexes that the tables had, and the virtual tables of restored shadow tables.
    func finish(_ scratch: ScratchDatabase) throws {
        let statements = indexes.map { SchemaStatement($0.sql) }
        try scratch.run(statements.map(\.text))
        let database = try scratch.open(.readWrite)
        database.allowWritingSchema()
        for (index, statement) in zip(indexes, statements) where statement.needsRepair {
            try repair(index, in: database)
        }
        if hasSequences { try keepSequences(in: database) }
        guard !virtualTables.isEmpty else { return }
        try database.execute("PRAGMA writable_schema=ON")
        for table in virtualTables {
            let insert = try database.prepare(
                "INSERT INTO sqlite_master(type,name,tbl_name,rootpage,sql) VALUES('table',?1,?1,0,?2)")
            try insert.bind(.text(table.name.bytes), at: 1)
            try insert.bind(.text(table.sql.bytes), at: 2)
            _ = try insert.step()
        }
        try database.execute("PRAGMA writable_schema=OFF")
    }

    /// Gives an index the text that it had.
    private func repair(_ index: Manifest.SchemaObject, in database: Database) throws {
        try database.execute("PRAGMA writable_schema=ON")
        let update = try database.prepare("UPDATE sqlite_master SET sql = ?1 WHERE type = 'index' AND name = ?2")
        try update.bind(.text(index.sql.bytes), at: 1)
        try update.bind(.text(index.name.bytes), at: 2)
        _ = try update.step()
        try database.execute("PRAGMA writable_schema=OFF")
    }

    private func keepSequences(in database: Database) throws {
        let all = try database.prepare("SELECT rowid, CAST(name AS TEXT) FROM sqlite_sequence")
        var others: [Int64] = []
        while try all.step() {
            if !names.contains(SQLText(bytes: all.utf8(at: 1)).folded) { others.append(all.integer(at: 0)) }
        }
        for rowid in others { try database.execute("DELETE FROM sqlite_sequence WHERE rowid = \(rowid)") }
    }
}

extension Manifest.SchemaObject {
    fileprivate var hasCarriageReturn: Bool {
        [name.bytes, sql.bytes].contains { text in zip(text, text.dropFirst()).contains { $0 == (0x0D, 0x0A) } }
    }
}
