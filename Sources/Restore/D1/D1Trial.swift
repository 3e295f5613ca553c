import Dump
import Model
import SQLite

/// The schema that D1 gets, made here without its rows: most of what D1 would refuse of it SQLite refuses here, too.
struct D1Trial {
    /// What D1 has, and a SQLite from before 3.44 has not, or not all of it:
    /// <https://developers.cloudflare.com/d1/sql-api/sql-statements/>.
    private static let newerFunctions: Set<String> = ["concat", "concat_ws", "octet_length", "timediff", "unhex"]

    /// By folded name.
    let tables: [SQLText: DumpForD1.Table]
    /// Whether a table that gets rows has any.
    let hasForeignKeys: Bool
    /// What cannot be made there, or cannot get its rows.
    let complaints: [String]

    /// - Parameters:
    ///   - objects: Tables and indexes are made, in their order; others are passed over.
    ///   - filled: Folded names of the tables that get rows.
    /// - Throws: `SQLiteError` where a table cannot be made.
    init(of objects: [Manifest.SchemaObject], filled: Set<SQLText>) throws(SQLiteError) {
        let scratch = try Database.inMemory()
        scratch.standInForTheApplication()
        var checks: [SQLText: Int] = [:]
        for object in objects where object.type == "table" {
            try Self.make(object, in: scratch)
            checks[object.name.folded] = PassingCheck.count(in: object.sql.bytes)
        }
        var complaints: [String] = []
        for object in objects where object.type == "index" {
            do throws(SQLiteError) {
                try Self.make(object, in: scratch)
            } catch {
                complaints.append("the index \(object.name) cannot be made: \(error.message)")
            }
        }
        let functions = Set(scratch.functionStandIns.map(\.name))
            .filter { !Self.newerFunctions.contains($0.lowercased()) }.sorted()
        if !functions.isEmpty {
            let names = functions.joined(separator: ", ")
            complaints.append("only its application has the functions that its tables and indexes call: \(names)")
        }
        try scratch.execute("PRAGMA foreign_keys=ON")
        var tables: [SQLText: DumpForD1.Table] = [:]
        var hasForeignKeys = false
        for layout in try Schema(reading: scratch).tables {
            let name = layout.name.folded
            guard let count = checks[name] else { continue }
            let keys = layout.isWithoutRowid ? try scratch.primaryKey(of: layout.name) : []
            tables[name] = DumpForD1.Table(
                layout: layout, keys: keys, uniqueColumns: try scratch.uniqueColumns(of: layout.name),
                passingChecks: count)
            guard filled.contains(name), try scratch.describe("foreign_key_list", layout.name).step() else { continue }
            hasForeignKeys = true
            // A key whose parent is not there, or not unique, is refused whatever its value, and at once.
            do throws(SQLiteError) {
                let insert = Array("INSERT INTO ".utf8) + layout.name.quoted + Array(" DEFAULT VALUES".utf8)
                _ = try scratch.prepare(insert)
            } catch {
                complaints.append(
                    "the table \(layout.name) has rows, and a foreign key that D1 cannot check: \(error.message)")
            }
        }
        self.tables = tables
        self.hasForeignKeys = hasForeignKeys
        self.complaints = complaints
    }

    private static func make(_ object: Manifest.SchemaObject, in scratch: Database) throws(SQLiteError) {
        let statement = try scratch.prepare(object.sql.bytes)
        while try statement.step() {}
    }
}

extension Database {
    fileprivate func primaryKey(of table: SQLText) throws(SQLiteError) -> [SQLText] {
        let rows = try describe("table_info", table)
        var names: [SQLText] = []
        while try rows.step() {
            // Where in the key the column stands, from 1: <https://www.sqlite.org/pragma.html#pragma_table_info>.
            if rows.integer(at: 5) > 0 { names.append(SQLText(bytes: rows.utf8(at: 1))) }
        }
        return names
    }

    /// Folded; the primary key's, too, but for an INTEGER PRIMARY KEY.
    fileprivate func uniqueColumns(of table: SQLText) throws(SQLiteError) -> Set<SQLText> {
        let indexes = try describe("index_list", table)
        var names: Set<SQLText> = []
        while try indexes.step() {
            guard indexes.integer(at: 2) != 0 else { continue }
            let columns = try describe("index_info", SQLText(bytes: indexes.utf8(at: 1)))
            while try columns.step() {
                // An expression has no name: <https://www.sqlite.org/pragma.html#pragma_index_info>.
                if !columns.isNull(at: 2) { names.insert(SQLText(bytes: columns.utf8(at: 2)).folded) }
            }
        }
        return names
    }
}
