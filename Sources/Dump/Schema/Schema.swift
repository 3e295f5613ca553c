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
        let layouts = LayoutReader(database)
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

extension Schema {
    /// Collations that indexes use and that every SQLite does not have.
    func foreignCollations(in database: Database) throws(SQLiteError) -> [String] {
        let layouts = LayoutReader(database)
        var names: Set<String> = []
        for table in tables { names.formUnion(try layouts.collations(of: table.name)) }
        return names.subtracting(["", "BINARY", "NOCASE", "RTRIM"]).sorted()
    }
}

/// What `PRAGMA table_list` says: <https://www.sqlite.org/pragma.html#pragma_table_list>.
private struct TableKinds {
    struct Facts {
        var isWithoutRowid = false
        var isStrict = false
        var isShadow = false
    }

    private var byName: [SQLText: Facts] = [:]

    init(reading database: Database) throws(SQLiteError) {
        let statement = try database.prepare("PRAGMA main.table_list")
        while try statement.step() {
            byName[SQLText(bytes: statement.utf8(at: 1))] = Facts(
                isWithoutRowid: statement.integer(at: 4) != 0, isStrict: statement.integer(at: 5) != 0,
                isShadow: statement.utf8(at: 2) == Array("shadow".utf8))
        }
    }

    func facts(of name: SQLText) -> Facts { byName[name] ?? Facts() }
}

private struct LayoutReader {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// As a statement: a table of the source's may have the name that the pragma has as a function.
    private func pragma(_ name: String, _ table: SQLText) throws(SQLiteError) -> Statement {
        try database.prepare(Array("PRAGMA main.\(name)(".utf8) + table.quoted + [UInt8(ascii: ")")])
    }

    func layout(of name: SQLText, _ facts: TableKinds.Facts) throws(SQLiteError) -> TableLayout {
        let columns = try pragma("table_xinfo", name)
        var stored: [TableLayout.Column] = []
        var allNames: Set<SQLText> = []
        var keys: [Int] = []
        var generated: [TableLayout.Column] = []
        var storedGenerated: [SQLText] = []
        while try columns.step() {
            let type = SQLText(bytes: columns.utf8(at: 2))
            let column = TableLayout.Column(
                name: SQLText(bytes: columns.utf8(at: 1)),
                affinity: Affinity(declaredType: type, isStrict: facts.isStrict),
                isNotNull: columns.integer(at: 3) != 0)
            allNames.insert(column.name.folded)
            // 2 and 3 are virtual and stored generated columns.
            guard columns.integer(at: 6) < 2 else {
                generated.append(column)
                if columns.integer(at: 6) == 3 { storedGenerated.append(column.name) }
                continue
            }
            if columns.integer(at: 5) > 0 { keys.append(stored.count) }
            stored.append(column)
        }
        // A rowid table's primary key that needs no index is the rowid. INTEGER PRIMARY KEY DESC does need one.
        let hasIndex = try hasPrimaryKeyIndex(name)
        let integerKey = keys.count == 1 && !facts.isWithoutRowid && !hasIndex ? keys[0] : nil
        let free = ["rowid", "_rowid_", "oid"].first { !allNames.contains(SQLText($0)) }
        return TableLayout(
            name: name, columns: stored, isWithoutRowid: facts.isWithoutRowid,
            rowidName: facts.isWithoutRowid || integerKey != nil ? nil : free, integerPrimaryKey: integerKey,
            isShadow: facts.isShadow, generated: generated, storedGenerated: storedGenerated)
    }

    private func hasPrimaryKeyIndex(_ name: SQLText) throws(SQLiteError) -> Bool {
        let indexes = try pragma("index_list", name)
        while try indexes.step() {
            if indexes.utf8(at: 3) == Array("pk".utf8) { return true }
        }
        return false
    }

    /// Names, in capitals, of the collations by which a table's indexes are sorted.
    func collations(of name: SQLText) throws(SQLiteError) -> Set<String> {
        var names: Set<String> = []
        let indexes = try pragma("index_list", name)
        while try indexes.step() {
            let columns = try pragma("index_xinfo", SQLText(bytes: indexes.utf8(at: 1)))
            while try columns.step() {
                names.insert(String(decoding: columns.utf8(at: 4), as: UTF8.self).uppercased())
            }
        }
        return names
    }
}
