import Dump
import Model
import SQLite

/// What a dump has to be for Cloudflare D1 to import it
/// (<https://developers.cloudflare.com/d1/best-practices/import-export-data/>).
///
/// D1 runs the statements of a file in a transaction of its own, refuses BEGIN, COMMIT, changes of sqlite_schema and
/// all but a few PRAGMAs, and always checks foreign keys. So the schema is written as the manifest has it, all tables
/// and unique indexes before the first row, and of the dump come the rows alone, in statements that D1 takes.
package struct DumpForD1: Sendable {
    /// Bytes of one statement.
    static let statementLimit = 100_000
    /// Columns of a table, and values of a row where a statement has several.
    static let columnLimit = 100
    /// Bytes of a row.
    static let rowLimit = 2_000_000

    /// A table whose rows are written.
    struct Table: Sendable {
        let layout: TableLayout
        /// The columns of a WITHOUT ROWID table's primary key.
        let keys: [SQLText]
        /// Folded names of the columns that have to be unique, be it together with others.
        let uniqueColumns: Set<SQLText>
        /// How often the dump's way around a constraint stands in its own text.
        let passingChecks: Int
    }

    /// What a person should know, above all of what is left out; one sentence each.
    package let notes: [String]
    /// What comes before the first row, and behind the last one.
    let head: [UInt8]
    let tail: [UInt8]
    /// By folded name.
    let tables: [SQLText: Table]
    /// Folded names of tables whose rows are not written.
    let leftOut: Set<SQLText>

    /// - Throws: code `usage` where D1 cannot hold what the backup has, with all reasons that its manifest tells.
    package init(of manifest: Manifest) throws {
        var leftOut = Set(manifest.tables.filter { $0.isShadow }.map(\.name.folded))
        var notes = manifest.consistencyNotes
        for object in manifest.schema where object.type == "table" {
            if object.sql.hasPrefixIgnoringCase("CREATE VIRTUAL") {
                leftOut.insert(object.name.folded)
                notes.append(
                    "\(object.name) is a virtual table, and left out with all that it keeps: create it there with the "
                        + "CREATE VIRTUAL TABLE that the manifest has, and fill it again.")
            } else if object.name.hasPrefixIgnoringCase("_cf_") {
                leftOut.insert(object.name.folded)
                notes.append("\(object.name) is left out: tables of that name are Cloudflare's own.")
            }
        }
        let kept = manifest.schema.filter { object in
            !object.name.hasPrefixIgnoringCase("sqlite_") && !leftOut.contains(object.table.folded)
        }
        let trial: D1Trial
        let filled = Set(manifest.tables.filter { $0.rows > 0 }.map(\.name.folded))
        do throws(SQLiteError) {
            trial = try D1Trial(of: kept, filled: filled)
        } catch {
            throw Self.refusal("SQLite does not take its schema: \(error.message)")
        }
        let tables = trial.tables
        let complaints = Self.complaints(about: manifest, kept, tables) + trial.complaints
        guard complaints.isEmpty else { throw Self.refusal(complaints.joined(separator: "; ")) }
        if trial.hasForeignKeys && !manifest.snapshot.consistent {
            notes.append(
                "D1 refuses all of it where a foreign key leads nowhere, as it may in what is not one state of its "
                    + "source: nightjar verify counts them.")
        }
        if manifest.tables.contains(where: { $0.name.hasPrefixIgnoringCase("sqlite_stat") }) {
            notes.append("The statistics of ANALYZE are left out: run PRAGMA optimize there.")
        }
        for setting in manifest.source.tailSettings where setting.value != "0" {
            notes.append("PRAGMA \(setting.name)=\(setting.value) is left out: D1 has none.")
        }
        self.notes = notes
        self.tables = tables
        self.leftOut = leftOut
        let schema = manifest.dumpHoldsSchema ? kept : []
        let first = schema.filter { $0.type == "table" } + schema.filter { Self.isUniqueIndex($0) }
        let last = ["view", "index", "trigger"].flatMap { type in
            schema.filter { $0.type == type && !Self.isUniqueIndex($0) }
        }
        head = Array("PRAGMA defer_foreign_keys=ON;\nPRAGMA ignore_check_constraints=ON;\n".utf8) + Self.text(of: first)
        tail = Self.text(of: last) + Array("PRAGMA ignore_check_constraints=OFF;\n".utf8)
    }

    /// Where one is there before the rows are, the foreign keys that need it are not refused.
    private static func isUniqueIndex(_ object: Manifest.SchemaObject) -> Bool {
        object.type == "index" && SQLTokens(object.sql.bytes).prefix(2).map(\.word) == ["create", "unique"]
    }

    private static func text(of objects: [Manifest.SchemaObject]) -> [UInt8] {
        objects.flatMap { SchemaStatement($0.sql).text }
    }

    // MARK: What cannot be

    private static func complaints(
        about manifest: Manifest, _ objects: [Manifest.SchemaObject], _ tables: [SQLText: Table]
    ) -> [String] {
        var complaints: [String] = []
        if manifest.source.encoding != "UTF-8" {
            complaints.append("its text is stored as \(manifest.source.encoding), and D1 has UTF-8 only")
        }
        if !manifest.foreignCollations.isEmpty {
            let names = manifest.foreignCollations.joined(separator: ", ")
            complaints.append("only its application has the collations that it uses: \(names)")
        }
        for object in objects {
            if String(validating: object.sql.bytes, as: UTF8.self) == nil {
                complaints.append("the \(object.type) \(object.name) has a definition that is not UTF-8")
            }
            if SchemaStatement(object.sql).text.count > statementLimit {
                complaints.append("the \(object.type) \(object.name) has a definition of more than 100,000 bytes")
            }
        }
        for layout in objects.compactMap({ $0.type == "table" ? tables[$0.name.folded]?.layout : nil }) {
            if layout.columnCount > columnLimit {
                complaints.append("the table \(layout.name) has \(layout.columnCount) columns instead of up to 100")
            }
            // A dump has other bytes in their place until its end, and changes sqlite_schema then.
            let names = [layout.name] + layout.columns.map(\.name)
            if names.contains(where: { $0.bytes.contains(0x0D) }) {
                complaints.append("the table \(layout.name), or a column of it, has a name with a carriage return")
            }
        }
        return complaints
    }

    static func refusal(_ reason: String) -> NightjarError {
        NightjarError(
            .usage, "Cloudflare D1 cannot import this backup: \(reason)",
            hint: "nightjar restore makes a SQLite file of it, in which that can be changed.")
    }
}

/// The CHECK that stands in a table's text while its rows could not be imported with the constraint that it has.
enum PassingCheck {
    private static let text = Array("CHECK(1)".utf8)

    static func count(in bytes: some RandomAccessCollection<UInt8>) -> Int {
        var count = 0
        var rest = bytes[...]
        while let place = rest.firstIndex(of: text[0]) {
            rest = rest[place...]
            if rest.starts(with: text) { count += 1 }
            rest = rest.dropFirst()
        }
        return count
    }
}
