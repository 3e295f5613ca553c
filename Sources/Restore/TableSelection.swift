import Dump
import Model
import SQLite

/// A few tables of a backup, with what they cannot be without.
struct TableSelection: Sendable {
    /// Folded names of the tables whose rows are restored.
    let names: Set<SQLText>
    /// All whose rows are fetched: those tables, and SQLite's own of their sequences.
    let records: [Manifest.TableRecord]
    let notes: [String]
    /// Those tables, without SQLite's own.
    let tables: [Manifest.TableRecord]
    private let hasSequences: Bool
    /// Whether the source has them without a row, of which some dumps bring nothing.
    private let hasEmptySequences: Bool
    private let indexes: [Manifest.SchemaObject]
    private let virtualTables: [Manifest.SchemaObject]
    /// Tables whose definitions have CR LF, which the dump's end would put back.
    private let returned: [Manifest.SchemaObject]

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
                throw .noTable("\(table)", in: manifest.id, having: manifest.tables.map { "\($0.name)" })
            }
        }
        // The CR LF of names is put back by the dump's last statements, which stand in no table's range.
        let objects = manifest.schema.filter { $0.type != "trigger" && names.contains($0.table.folded) }
        for object in objects where [object.name, object.table].contains(where: \.hasCarriageReturn) {
            throw NightjarError(
                .usage, "\(object.name) has CR LF in its name and comes back with the whole backup only",
                hint: "Restore without --table.")
        }
        returned = objects.filter { $0.type == "table" && $0.sql.hasCarriageReturn }
        self.names = names
        virtualTables = virtual
        tables = manifest.tables.filter { names.contains($0.name.folded) }
        // Rows of other tables' sequences are taken out again.
        let sequences = manifest.tables.filter { $0.name.folded == "sqlite_sequence" }
        hasSequences = !sequences.isEmpty
        hasEmptySequences = sequences.contains { $0.rows == 0 }
        records = tables + sequences
        indexes = manifest.schema.filter { $0.type == "index" && names.contains($0.table.folded) }
        let left = manifest.schema.count { $0.type == "trigger" && names.contains($0.table.folded) }
        notes = left > 0 ? ["\(CountText.format(Int64(left), "trigger")) of these tables left out."] : []
    }

    /// Makes the indexes that the tables had, and the virtual tables of restored shadow tables.
    func finish(_ scratch: ScratchDatabase) throws {
        try repair(returned, in: scratch)
        let statements = indexes.map { SchemaStatement($0.sql) }
        try scratch.run(statements.map(\.text))
        try repair(zip(indexes, statements).filter { $0.1.needsRepair }.map(\.0), in: scratch)
        let database = try scratch.open(.readWrite)
        database.allowWritingSchema()
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

    /// Gives tables and indexes the texts that they had.
    private func repair(_ objects: [Manifest.SchemaObject], in scratch: ScratchDatabase) throws {
        guard !objects.isEmpty else { return }
        let database = try scratch.open(.readWrite)
        database.allowWritingSchema()
        try database.execute("PRAGMA writable_schema=ON")
        for object in objects {
            let update = try database.prepare("UPDATE sqlite_master SET sql = ?1 WHERE type = ?2 AND name = ?3")
            try update.bind(.text(object.sql.bytes), at: 1)
            try update.bind(.text(Array(object.type.utf8)), at: 2)
            try update.bind(.text(object.name.bytes), at: 3)
            _ = try update.step()
        }
    }

    private func keepSequences(in database: Database) throws {
        if hasEmptySequences { return try database.execute("DELETE FROM sqlite_sequence") }
        let all = try database.prepare("SELECT rowid, CAST(name AS TEXT) FROM sqlite_sequence")
        var others: [Int64] = []
        while try all.step() {
            if !names.contains(SQLText(bytes: all.utf8(at: 1)).folded) { others.append(all.integer(at: 0)) }
        }
        for rowid in others { try database.execute("DELETE FROM sqlite_sequence WHERE rowid = \(rowid)") }
    }
}

extension SQLText {
    fileprivate var hasCarriageReturn: Bool { zip(bytes, bytes.dropFirst()).contains { $0 == (0x0D, 0x0A) } }
}
