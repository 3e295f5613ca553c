import Model
import SQLite

/// The schema of a database, in the order in which it was made.
package struct Schema: Sendable {
    package enum Kind: Sendable {
        case table(TableLayout)
        case virtualTable
        case view, index, trigger
    }

    package struct Entry: Sendable {
        package let object: Manifest.SchemaObject
        package let kind: Kind
    }

    package let entries: [Entry]

    package var tables: [TableLayout] {
        entries.compactMap { entry in
            if case .table(let layout) = entry.kind { layout } else { nil }
        }
    }
}

extension Schema {
    /// Reads it from sqlite_schema; indexes that SQLite makes itself have no SQL and are not listed.
    package init(reading database: Database) throws(SQLiteError) {
        let tableKinds = try TableKinds(reading: database)
        let layouts = try LayoutReader(database)
        let statement = try database.prepare(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
        var entries: [Entry] = []
        while try statement.step() {
            let object = Manifest.SchemaObject(
                type: String(decoding: statement.utf8(at: 0), as: UTF8.self),
                name: SQLText(bytes: statement.utf8(at: 1)), table: SQLText(bytes: statement.utf8(at: 2)),
                sql: SQLText(bytes: statement.utf8(at: 3)))
            entries.append(Entry(object: object, kind: try Self.kind(of: object, tableKinds, layouts)))
        }
        self.entries = entries
    }

    private static func kind(
        of object: Manifest.SchemaObject, _ kinds: TableKinds, _ layouts: LayoutReader
    ) throws(SQLiteError) -> Kind {
        switch object.type {
        case "view": return .view
        case "index": return .index
        case "trigger": return .trigger
        default:
            if object.sql.hasPrefixIgnoringCase("CREATE VIRTUAL") { return .virtualTable }
            return .table(try layouts.layout(of: object.name, kinds.facts(of: object.name)))
        }
    }
}

/// What `PRAGMA table_list` says: <https://www.sqlite.org/pragma.html#pragma_table_list>.
private struct TableKinds {
    struct Facts {
        var isWithoutRowid = false
        var isStrict = false
    }

    private var byName: [SQLText: Facts] = [:]

    init(reading database: Database) throws(SQLiteError) {
        let statement = try database.prepare("SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main'")
        while try statement.step() {
            byName[SQLText(bytes: statement.utf8(at: 0))] = Facts(
                isWithoutRowid: statement.integer(at: 1) != 0, isStrict: statement.integer(at: 2) != 0)
        }
    }

    func facts(of name: SQLText) -> Facts { byName[name] ?? Facts() }
}

private struct LayoutReader {
    private let columns: Statement
    private let primaryKeyIndex: Statement
    private let columnLimit: Int

    init(_ database: Database) throws(SQLiteError) {
        columns = try database.prepare("SELECT name, type, hidden, pk FROM pragma_table_xinfo(?1)")
        primaryKeyIndex = try database.prepare("SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk'")
        columnLimit = database.limit(.columns)
    }

    func layout(of name: SQLText, _ facts: TableKinds.Facts) throws(SQLiteError) -> TableLayout {
        columns.reset()
        try columns.bind(.text(name.bytes), at: 1)
        var stored: [TableLayout.Column] = []
        var allNames: Set<SQLText> = []
        var hasGenerated = false
        var keys: [Int] = []
        while try columns.step() {
            let column = SQLText(bytes: columns.utf8(at: 0))
            allNames.insert(column.folded)
            // 2 and 3 are virtual and stored generated columns.
            guard columns.integer(at: 2) < 2 else {
                hasGenerated = true
                continue
            }
            let type = SQLText(bytes: columns.utf8(at: 1))
            if columns.integer(at: 3) > 0 { keys.append(stored.count) }
            stored.append(.init(name: column, affinity: Affinity(declaredType: type, isStrict: facts.isStrict)))
        }
        // A rowid table's primary key that needs no index is the rowid. INTEGER PRIMARY KEY DESC does need one.
        let hasIndex = try hasPrimaryKeyIndex(name)
        let integerKey = keys.count == 1 && !facts.isWithoutRowid && !hasIndex ? keys[0] : nil
        let free = ["rowid", "_rowid_", "oid"].first { !allNames.contains(SQLText($0)) }
        return TableLayout(
            name: name, columns: stored, isWithoutRowid: facts.isWithoutRowid,
            rowidName: facts.isWithoutRowid || integerKey != nil ? nil : free, integerPrimaryKey: integerKey,
            hasGeneratedColumns: hasGenerated)
    }

    private func hasPrimaryKeyIndex(_ name: SQLText) throws(SQLiteError) -> Bool {
        primaryKeyIndex.reset()
        try primaryKeyIndex.bind(.text(name.bytes), at: 1)
        return try primaryKeyIndex.step()
    }
}
