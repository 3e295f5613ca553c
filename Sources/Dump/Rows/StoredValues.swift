import Model
import SQLite

/// Stored generated columns of a table that call functions which SQLite has by itself, and whether these give what is
/// stored. They do not where the application has its own in their places.
package struct StoredValues {
    private struct Column {
        let name: SQLText
        let affinity: Affinity
        let computation: StoredColumns.Computation
    }

    private let table: SQLText
    private let columns: [Column]
    /// Folded names of the functions, be they called through other columns.
    package let functions: Set<SQLText>

    package var columnNames: [SQLText] { columns.map(\.name) }

    /// - Parameters:
    ///   - object: The table's entry in the schema.
    ///   - standIns: Folded names of functions and collations; columns that need one of them are left out.
    /// - Returns: nil where the table has no such columns.
    package init?(of layout: TableLayout, _ object: Manifest.SchemaObject, without standIns: Set<SQLText>) {
        guard !layout.storedGenerated.isEmpty, let own = SchemaFunctions(of: [object])?.names else { return nil }
        let computations = StoredColumns.computations(in: object.sql, without: standIns)
            .filter { !$0.calls.isDisjoint(with: own) }
        var columns: [Column] = []
        for computation in computations {
            for column in layout.generated where column.name.folded == computation.name {
                columns.append(Column(name: column.name, affinity: column.affinity, computation: computation))
            }
        }
        guard !columns.isEmpty else { return nil }
        self.columns = columns
        table = layout.name
        functions = computations.reduce(into: Set<SQLText>()) { $0.formUnion($1.calls) }.intersection(own)
    }

    /// Whether a row holds something else than its expressions come to; also where these raise an error, or would in an
    /// import.
    /// - Parameter pause: Called now and then.
    package func differ(in database: Database, pausing pause: () throws -> Void) throws -> Bool {
        do {
            let statement = try database.prepare(query)
            var rows = 0
            while try statement.step() {
                if statement.integer(at: 0) != 0 { return true }
                rows += 1
                if rows & 0xFFF == 0 { try pause() }
            }
            return false
        } catch let error as SQLiteError where error.mayComeOfFunctions {
            return true
        }
    }

    private var query: [UInt8] {
        var query = Array("SELECT CASE".utf8)
        for column in columns {
            query += " WHEN ".utf8
            query += Self.difference(column)
            query += " THEN 1".utf8
        }
        query += " ELSE 0 END FROM main.".utf8
        query += table.quoted
        query += " NOT INDEXED".utf8
        return query
    }

    /// A comparison with a column applies its affinity to the other side, which says what storing would make of it:
    /// <https://www.sqlite.org/datatype3.html#type_conversions_prior_to_comparison>.
    private static func difference(_ column: Column) -> [UInt8] {
        let stored = column.name.quoted
        // The sign takes an affinity of the expression's own away, and changes nothing.
        let computed = Array("+(".utf8) + column.computation.expression + [UInt8(ascii: ")")]
        var condition = stored
        condition += " COLLATE BINARY IS NOT ".utf8
        condition += computed
        switch column.affinity {
        case .text, .numeric, .integer: break
        case .blob:
            // 1 equals 1.0.
            condition += " OR typeof(".utf8
            condition += stored
            condition += ") IS NOT typeof(".utf8
            condition += computed
            condition += ")".utf8
        case .real:
            // As a REAL a large integer may be another number.
            condition += " AND (typeof(".utf8
            condition += computed
            condition += ") IS NOT 'integer' OR ".utf8
            condition += stored
            condition += " IS NOT CAST(".utf8
            condition += computed
            condition += " AS REAL))".utf8
        }
        return condition
    }
}
