import Model
import SQLite

/// The functions that SQLite has by itself and that a schema calls where an import evaluates it: in indexes and
/// generated columns. An application may have its own in their places.
package struct SchemaFunctions: Sendable {
    /// Folded.
    package let names: Set<SQLText>
    /// Whether a stored generated column depends on them.
    package let computeStored: Bool
    /// What takes their places where SQLite's own give, or refuse, what the application's did not.
    private let standIns: [FunctionStandIn]
    /// Generated columns that depend on them, in whatever table; without white space, of which a dump has other than the
    /// source where the source has CR LF.
    private let columns: Set<SQLText>

    /// The text of a dump calls them itself. They refuse nothing.
    private static let calledByDumps: Set<String> = ["char", "replace"]

    /// - Returns: nil where the schema calls none.
    package init?(of schema: [Manifest.SchemaObject]) {
        let called = schema.reduce(into: Set<SQLText>()) { $0.formUnion(Self.called(by: $1)) }
        let stock = StockFunctions.shared.replacingScalars(named: Set(called.map(\.description)))
        guard !stock.isEmpty else { return nil }
        let names = Set(stock.map { SQLText(bytes: $0.nameBytes) })
        self.names = names
        standIns = stock.filter { !Self.calledByDumps.contains($0.name) }
        columns = schema.filter { $0.type == "table" }.reduce(into: []) { columns, table in
            columns.formUnion(StoredColumns.depending(on: names, in: table.sql).map(Self.simplified))
        }
        computeStored = schema.contains { object in
            object.type == "table" && StoredColumns.emptied(in: object.sql, calling: names) != object.sql
        }
    }

    /// From now on they give NULL on a connection.
    package func standIn(on database: Database) throws(SQLiteError) {
        for function in standIns { try database.replace(function) }
    }

    /// Whether the entries of an index, given its text, depend on the functions.
    package func concern(index sql: SQLText) -> Bool {
        let tokens = Self.expressions(ofIndex: sql)
        guard FunctionCalls.names(in: tokens, of: sql.bytes).isDisjoint(with: names) else { return true }
        return tokens.contains { columns.contains(Self.simplified(SQLTokens.name($0, in: sql.bytes))) }
    }

    private static func called(by object: Manifest.SchemaObject) -> Set<SQLText> {
        switch object.type {
        case "table": StoredColumns.calls(in: object.sql)
        case "index": FunctionCalls.names(in: expressions(ofIndex: object.sql), of: object.sql.bytes)
        default: []
        }
    }

    /// What stands behind the name of the table.
    private static func expressions(ofIndex sql: SQLText) -> ArraySlice<SQLTokens.Token> {
        Array(SQLTokens(sql.bytes)).drop { $0.word != "on" }.dropFirst(2)
    }

    private static func simplified(_ name: SQLText) -> SQLText {
        SQLText(bytes: name.bytes.filter { $0 > 0x20 })
    }
}
