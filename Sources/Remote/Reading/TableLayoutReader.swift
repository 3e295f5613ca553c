import Dump
import Model

/// Finds out which columns a table has and by what its rows are read.
struct TableLayoutReader {
    private struct Column {
        let name: SQLText
        let type: SQLText
        /// Counted from 1; 0 where it is no part of the primary key.
        let keyPosition: Int64
        let isGenerated: Bool
    }

    private let caller: RemoteCaller

    init(_ caller: RemoteCaller) {
        self.caller = caller
    }

    /// - Throws: `ChangedSchema` where the table is gone, `NightjarError` where it cannot be read.
    func table(_ object: Manifest.SchemaObject, isWithoutRowid: Bool, isShadow: Bool) throws -> RemoteTable {
        guard object.name.isUTF8 else { throw Self.notUTF8("The name of table \(object.name)") }
        let columns = try self.columns(of: object)
        let stored = columns.filter { !$0.isGenerated }
        guard !stored.isEmpty else { throw ChangedSchema() }
        // JSON has U+FFFD in the place of what is not UTF-8.
        let isReplaced = stored.contains { $0.name.description.unicodeScalars.contains("\u{FFFD}") }
        guard object.sql.isUTF8 || !isReplaced else {
            throw Self.notUTF8("A column's name in table \(object.name)")
        }
        var table = RemoteTable(
            name: object.name, columns: stored.map { RemoteTable.Column(name: $0.name) }, key: .whole,
            isWithoutRowid: isWithoutRowid, isShadow: isShadow)
        let keys = stored.indices.filter { stored[$0].keyPosition > 0 }
            .sorted { stored[$0].keyPosition < stored[$1].keyPosition }
        if isWithoutRowid {
            let text = KeyText(object.sql)
            guard !keys.isEmpty else { throw ChangedSchema() }
            let isOnlyInteger = keys.count == 1 && stored[keys[0]].type.folded == "integer"
            table.key = .columns(
                keys.map { text.keyColumn(stored[$0].name, at: $0, isOnlyInteger: isOnlyInteger) })
        } else if keys.count == 1, stored[keys[0]].type.folded == "integer", try isRowid(object) {
            table.integerPrimaryKey = keys[0]
            table.key = .rowid(name: stored[keys[0]].name.description)
        } else {
            let taken = Set(columns.map(\.name.folded))
            let free = ["rowid", "_rowid_", "oid"].first { !taken.contains(SQLText($0)) }
            table.key = free.map { RemoteTable.Key.rowid(name: $0) } ?? .whole
        }
        return table
    }

    /// Whether the INTEGER PRIMARY KEY needs no index. `INTEGER PRIMARY KEY DESC` does need one.
    private func isRowid(_ object: Manifest.SchemaObject) throws -> Bool {
        guard SQLTokens(object.sql.bytes).contains(where: { $0.word == "desc" }) else { return true }
        do {
            let answer = try pragma("index_list", object).expecting(columns: 4)
            return !(0..<answer.rowCount).contains { answer.plain($0, 3) == "pk" }
        } catch let error as RemoteError where error.kind == .statement {
            // The rowid has other names.
            return false
        }
    }

    private func columns(of object: Manifest.SchemaObject) throws -> [Column] {
        do {
            do {
                return try columns(in: pragma("table_xinfo", object).expecting(columns: 7))
            } catch let error as RemoteError where error.kind == .statement {
                // It leaves generated columns out. They are missed only where one hides the rowid's name.
                let names = SQLTokens(object.sql.bytes).map { SQLTokens.name($0, in: object.sql.bytes) }
                return try columns(in: pragma("table_info", object).expecting(columns: 6))
                    + names.map { Column(name: $0, type: "", keyPosition: 0, isGenerated: true) }
            }
        } catch let error as RemoteError where error.kind == .statement {
            throw NightjarError(
                .unreachable, "the service does not let table \(object.name) be read: \(error.detail)",
                hint: "Name it under 'exclude' to back up the others.")
        }
    }

    private func columns(in answer: RemoteAnswer) throws -> [Column] {
        try (0..<answer.rowCount).map { row in
            guard let name = answer.plain(row, 1), let keyPosition = answer.integer(row, 5) else {
                throw RemoteError(.malformed, "a column in the answer to a PRAGMA has no name")
            }
            // 2 and 3 are virtual and stored generated columns.
            let hidden = answer.columnCount > 6 ? answer.integer(row, 6) ?? 0 : 0
            return Column(
                name: SQLText(name), type: SQLText(answer.plain(row, 2) ?? ""), keyPosition: keyPosition,
                isGenerated: hidden >= 2)
        }
    }

    private func pragma(_ name: String, _ object: Manifest.SchemaObject) throws -> RemoteAnswer {
        try caller.fewRows("PRAGMA \(name)(\(object.name.identifier))")
    }

    private static func notUTF8(_ what: String) -> NightjarError {
        NightjarError(
            .configuration, "\(what) is not UTF-8, and the service takes statements in UTF-8 only",
            hint: "Name the table under 'exclude' to back up the others.")
    }
}
