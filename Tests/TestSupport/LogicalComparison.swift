import Model
import SQLite

/// Whether two SQLite files say the same, found without anything that a backup or its proof is made with.
///
/// Both are read through plain queries: the schema, every table row by row (storage classes, bytes, doubles by their
/// bits, rowids where they can be seen), virtual tables by asking them, sqlite_sequence, statistics and the header's
/// settings.
package struct LogicalComparison: Sendable {
    package enum Scope: Sendable {
        /// What a dump carries through the plain shell.
        case dump
        /// Page size, auto_vacuum and journal mode as well.
        case restore
    }

    package var scope: Scope
    /// The schema needs `TestApplication`; its order of rows is the application's own then, and not compared.
    package var needsApplication = false
    package var ignoresTrailingComments = false
    /// How many rows have to differ.
    package var differingRows = 0
    /// Only what a dump of rows can carry: no virtual tables, no statistics, no rowids but those that columns have.
    package var comparesRowsAlone = false
    /// Queries that have to answer the same.
    package var queries: [String] = []

    package init(_ scope: Scope) {
        self.scope = scope
    }

    /// One sentence for each difference.
    package func differences(between firstPath: String, and secondPath: String) throws -> [String] {
        let first = try open(firstPath)
        let second = try open(secondPath)
        var found = try settings(first, second)
        let left = comparesRowsAlone ? try tablesWithoutRows(first) : []
        let schema = try self.schema(of: first).filter { !left.contains($0.table) || $0.type == "view" }
        found += differences(of: schema, try self.schema(of: second))

        var differing = RowDifferences()
        for object in schema where object.type == "table" && !object.isStatistics {
            if object.isVirtual {
                found += answers(to: [UInt8]("SELECT * FROM ".utf8) + object.quotedName, first, second)
            } else {
                try compareRows(of: object, first, second, &differing)
            }
        }
        found += differing.broken
        if differing.count != differingRows {
            found.append("\(differing.count) rows differ, \(differingRows) were expected to")
            found += differing.examples
        }
        for table in comparesRowsAlone ? ["sqlite_sequence"] : ["sqlite_sequence", "sqlite_stat1"] {
            if try unorderedRows(of: table, first) != unorderedRows(of: table, second) {
                found.append("the rows of \(table) differ")
            }
        }
        for query in comparesRowsAlone ? [] : queries { found += answers(to: [UInt8](query.utf8), first, second) }
        if !needsApplication { found += try checks(first, second) }
        return found
    }

    private func open(_ path: String) throws -> Database {
        let database = try Database(path: path, access: .readWrite)
        if needsApplication { try TestApplication.register(on: database) }
        return database
    }

    private func settings(_ first: Database, _ second: Database) throws -> [String] {
        var names = ["user_version", "application_id", "encoding"]
        if scope == .restore { names += ["page_size", "auto_vacuum", "journal_mode"] }
        return try names.compactMap { name in
            let left = try first.text("PRAGMA \(name)") ?? "nothing"
            let right = try second.text("PRAGMA \(name)") ?? "nothing"
            return left == right ? nil : "\(name) is \(right) instead of \(left)"
        }
    }

    /// What SQLite's own checks say of the copy, they say of the source too.
    private func checks(_ first: Database, _ second: Database) throws -> [String] {
        let known = Set(try lines("PRAGMA integrity_check", first))
        let added = try lines("PRAGMA integrity_check", second).filter { $0 != "ok" && !known.contains($0) }
        return added.map { "integrity_check: \($0)" }
            + answers(to: [UInt8]("PRAGMA foreign_key_check".utf8), first, second)
    }

    private func lines(_ query: String, _ database: Database) throws -> [String] {
        let statement = try database.prepare(query)
        var lines: [String] = []
        while try statement.step() { lines.append(String(decoding: statement.utf8(at: 0), as: UTF8.self)) }
        return lines
    }

    /// Nothing where both answer a query with the same rows in the same order, or with the same complaint.
    private func answers(to query: [UInt8], _ first: Database, _ second: Database) -> [String] {
        let left = answer(to: query, first)
        let right = answer(to: query, second)
        guard left != right else { return [] }
        let words = [right, left].map { $0.prefix(3).map { String(decoding: $0.prefix(200), as: UTF8.self) } }
        return ["\(SQLText(bytes: query)) answers \(words[0]) instead of \(words[1])"]
    }

    private func answer(to query: [UInt8], _ database: Database) -> [[UInt8]] {
        do throws(SQLiteError) {
            let statement = try database.prepare(query)
            var rows: [[UInt8]] = []
            while try statement.step() { rows.append(RowBytes.row(of: statement)) }
            return rows
        } catch {
            return [[UInt8](error.message.utf8)]
        }
    }

    /// Sorted, without rowids; nothing where there is no such table.
    private func unorderedRows(of table: String, _ database: Database) throws -> [[UInt8]] {
        guard try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = '\(table)'") == 1 else { return [] }
        return answer(to: [UInt8]("SELECT * FROM \(table)".utf8), database).sorted { $0.lexicographicallyPrecedes($1) }
    }
}
