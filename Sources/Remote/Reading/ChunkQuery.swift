import Model
import SQLite

/// The statements that read the rows of one table.
///
/// The columns get short names inside, for each stands several times in its encoding. There the table's own are written
/// as `t."name"`: a name in quotes alone would be text where the table has no such column any more.
struct ChunkQuery {
    let table: RemoteTable
    var encoding = ValueEncoding()

    /// The first rows of a range, in the key's order.
    /// - Parameters:
    ///   - columns: Positions among the table's columns, in the order in which they stand in the answer. The rowid
    ///     stands before them where it is the key.
    ///   - after: Exclusive; nil for the beginning.
    ///   - upTo: Inclusive; nil for the end.
    func rows(_ columns: [Int], after: RemoteKey?, upTo: RemoteKey?, limit: Int) -> String {
        let source = "SELECT \(list(columns)) FROM \(table.name.identifier) AS t NOT INDEXED"
        var encoded = columns.indices.map { encoding.expression("c\($0)") }
        if table.hasRowidKey { encoded.insert("'i'||k", at: 0) }
        let outer = "SELECT \(encoded.joined(separator: ",")) FROM"
        let keys = keyColumns
        let further = table.furtherCondition
        guard !keys.isEmpty else { return "\(outer) (\(source) WHERE 1\(further))" }
        let order = keys.map { $0.isDescending ? "\($0.expression) DESC" : $0.expression }.joined(separator: ",")
        let arms = KeyRange(columns: keys, after: after, upTo: upTo).arms.map { condition in
            "\(source) WHERE \(condition)\(further) ORDER BY \(order) LIMIT \(limit)"
        }
        if arms.count == 1 { return "\(outer) (\(arms[0]))" }
        let terms = arms.map { "SELECT * FROM (\($0))" }.joined(separator: " UNION ALL ")
        return "\(outer) (\(terms) LIMIT \(limit))"
    }

    /// Expressions over one row, in which its columns are `c0`, `c1` and so on.
    /// - Parameter columns: Positions among the table's columns.
    func row(_ columns: [Int], at key: RemoteKey, selecting expressions: [String]) -> String {
        let condition = zip(keyColumns, key.values).map { "\($0.expression)=\($1.literal)" }.joined(separator: " AND ")
        return """
            SELECT \(expressions.joined(separator: ",")) FROM (SELECT \(list(columns)) \
            FROM \(table.name.identifier) AS t NOT INDEXED WHERE \(condition)\(table.furtherCondition))
            """
    }

    private func list(_ columns: [Int]) -> String {
        let named = columns.enumerated().map { "t.\(table.columns[$1].name.identifier) AS c\($0)" }
        if case .rowid(let name) = table.key {
            return (["t.\(SQLText(name).identifier) AS k"] + named).joined(separator: ",")
        }
        return named.joined(separator: ",")
    }

    private var keyColumns: [KeyRange.Column] {
        switch table.key {
        case .rowid(let name):
            [KeyRange.Column(expression: "t.\(SQLText(name).identifier)", collation: "BINARY", isDescending: false)]
        case .columns(let columns):
            columns.map { column -> KeyRange.Column in
                let name = table.columns[column.index].name.identifier
                let collation = SQLText(column.collation).identifier
                return KeyRange.Column(
                    expression: "t.\(name) COLLATE \(collation)", collation: column.collation,
                    isDescending: column.isDescending)
            }
        case .whole: []
        }
    }
}
