import Dump
import Model

/// What a person should know of stored generated columns.
extension DatabaseComparison {
    /// Of columns that an import has computed to something else.
    static func recomputation(_ layout: TableLayout, _ object: Manifest.SchemaObject) -> String {
        let names = layout.storedGenerated.map(\.description).joined(separator: ", ")
        let functions = StoredValues(of: layout, object, without: []).map { " (\(list($0.functions)))" } ?? ""
        func quoted(_ name: SQLText) -> String { String(decoding: name.quoted, as: UTF8.self) }
        let columns = layout.columns.map { "\(quoted($0.name)) = \(quoted($0.name))" }.joined(separator: ", ")
        // Indexes have to be right before; and what a column's own ON CONFLICT would take has to stay.
        return "\(layout.name): the stored generated columns \(names) came out otherwise than in the source, since an "
            + "import computes them anew, with SQLite's own functions\(functions) and collations, or leaves them NULL. "
            + "In the application, run: "
            + "REINDEX; UPDATE OR ABORT \(quoted(layout.name)) SET \(columns); (triggers of the table fire)"
    }

    /// Of columns that have come back as they were, but would not come to that here.
    static func note(of table: SQLText, _ values: StoredValues) -> String {
        let names = values.columnNames.map(\.description).joined(separator: ", ")
        return "\(table): the stored generated columns \(names) are as in the source; SQLite's own functions "
            + "\(list(values.functions)) would not give all that they hold, for the application has others. "
            + "Indexes that use these functions were made with SQLite's own: run REINDEX in the application, twice, "
            + "before using a restored file."
    }

    static func list(_ functions: Set<SQLText>) -> String {
        functions.map(\.description).sorted().joined(separator: ", ")
    }
}
