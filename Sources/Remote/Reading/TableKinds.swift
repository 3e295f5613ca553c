import Dump
import Model

/// What `PRAGMA table_list` says, or, where the service refuses it, what can be told from the text of the schema.
/// <https://www.sqlite.org/pragma.html#pragma_table_list>
struct TableKinds {
    /// What the names of the tables end with in which SQLite's own virtual tables keep their data: FTS3 to 5, R-Tree.
    private static let shadowEndings: Set<String> = [
        "data", "idx", "content", "docsize", "config", "segments", "segdir", "stat", "node", "rowid", "parent",
    ]

    private var shadows: Set<SQLText> = []
    /// nil where the service does not say.
    private var withoutRowid: Set<SQLText>?
    private let virtualTables: [SQLText]

    init(_ caller: RemoteCaller, _ objects: [Manifest.SchemaObject]) throws {
        virtualTables = objects.filter(\.isVirtualTable).map(\.name)
        do {
            let answer = try caller.fewRows("PRAGMA table_list").expecting(columns: 5)
            var withoutRowid: Set<SQLText> = []
            for row in 0..<answer.rowCount where answer.plain(row, 0) == "main" {
                guard let name = answer.plain(row, 1).map({ SQLText($0) }) else { continue }
                if answer.plain(row, 2) == "shadow" { shadows.insert(name) }
                if answer.integer(row, 4) == 1 { withoutRowid.insert(name) }
            }
            // It has at least sqlite_schema where it is answered at all.
            if answer.rowCount > 0 {
                self.withoutRowid = withoutRowid
                return
            }
        } catch let error as RemoteError where error.kind == .statement {
            // What follows needs no service.
        }
        for object in objects where object.type == "table" {
            guard let owner = virtualTable(before: object.name) else { continue }
            let ending = SQLText(bytes: Array(object.name.bytes.dropFirst(owner.bytes.count + 1))).folded
            if Self.shadowEndings.contains(ending.description) { shadows.insert(object.name) }
        }
    }

    /// Whether a virtual table keeps its data in it.
    func isShadow(_ table: SQLText) -> Bool { shadows.contains(table) }

    /// The virtual table that keeps its data in this one.
    func owner(of table: SQLText) -> SQLText? { isShadow(table) ? virtualTable(before: table) : nil }

    func isWithoutRowid(_ table: Manifest.SchemaObject) -> Bool {
        if let withoutRowid { return withoutRowid.contains(table.name) }
        let words = SQLTokens(table.sql.bytes).filter { $0.depth == 0 }.map(\.word)
        return zip(words, words.dropFirst()).contains { $0 == "without" && $1 == "rowid" }
    }

    /// The one with the longest name that, with an underscore, begins the table's.
    private func virtualTable(before table: SQLText) -> SQLText? {
        virtualTables.filter { table.hasPrefixIgnoringCase("\($0)_") }.max { $0.bytes.count < $1.bytes.count }
    }
}
