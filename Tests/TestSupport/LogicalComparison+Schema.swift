import Model
import SQLite

extension LogicalComparison {
    /// A row of sqlite_schema.
    struct SchemaRow: Hashable {
        let type: String
        let name: [UInt8]
        let table: [UInt8]
        let sql: [UInt8]

        var quotedName: [UInt8] { SQLText(bytes: name).quoted }
        var isVirtual: Bool { SQLText(bytes: sql).hasPrefixIgnoringCase("CREATE VIRTUAL") }
        var isStatistics: Bool { SQLText(bytes: name).hasPrefixIgnoringCase("sqlite_") }
    }

    /// Without sqlite_sequence, whose existence says nothing; its rows are compared.
    func schema(of database: Database) throws -> [SchemaRow] {
        let statement = try database.prepare(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> 'sqlite_sequence' ORDER BY type, name")
        var rows: [SchemaRow] = []
        while try statement.step() {
            rows.append(
                SchemaRow(
                    type: String(decoding: statement.utf8(at: 0), as: UTF8.self), name: statement.utf8(at: 1),
                    table: statement.utf8(at: 2), sql: comparable(statement.utf8(at: 3))))
        }
        return rows
    }

    /// Virtual tables, the tables in which they keep their rows, and the statistics of ANALYZE.
    func tablesWithoutRows(_ database: Database) throws -> Set<[UInt8]> {
        let statement = try database.prepare(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND (type IN ('virtual', 'shadow') "
                + "OR lower(name) GLOB 'sqlite_stat*')")
        var names: Set<[UInt8]> = []
        while try statement.step() { names.insert(statement.utf8(at: 0)) }
        return names
    }

    /// The statement without white space at its end, and without a comment there where comments do not count.
    private func comparable(_ sql: [UInt8]) -> [UInt8] {
        let spaces: [UInt8] = [0x20, 0x09, 0x0A, 0x0C, 0x0D]
        var bytes = sql
        while let last = bytes.last, spaces.contains(last) { bytes.removeLast() }
        guard ignoresTrailingComments else { return bytes }
        let text = String(decoding: bytes, as: UTF8.self)
        let statement = text.split(separator: "/*", maxSplits: 1, omittingEmptySubsequences: false)[0]
        return [UInt8](statement.trimmingSuffix { $0 == " " }.utf8)
    }

    func differences(of first: [SchemaRow], _ second: [SchemaRow]) -> [String] {
        let left = Set(first)
        let right = Set(second)
        var found: [String] = []
        for row in first where !right.contains(row) {
            if let other = second.first(where: { $0.type == row.type && $0.name == row.name }) {
                found.append(
                    "the \(row.type) \(SQLText(bytes: row.name)) is \(shown(other.sql)) instead of \(shown(row.sql))")
            } else {
                found.append("the \(row.type) \(SQLText(bytes: row.name)) is missing")
            }
        }
        for row in second where !left.contains(row) {
            let isKnown = first.contains { $0.type == row.type && $0.name == row.name }
            if !isKnown { found.append("there is a \(row.type) \(SQLText(bytes: row.name)) too much") }
        }
        if first.count != second.count {
            found.append("the schema has \(second.count) objects instead of \(first.count)")
        }
        return found
    }

    private func shown(_ sql: [UInt8]) -> String {
        String(String(decoding: sql, as: UTF8.self).debugDescription.prefix(300))
    }
}

extension Substring {
    /// Without the characters at the end that fulfil `condition`.
    fileprivate func trimmingSuffix(while condition: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, condition(last) { rest.removeLast() }
        return rest
    }
}
