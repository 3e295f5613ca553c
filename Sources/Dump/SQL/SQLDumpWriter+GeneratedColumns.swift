import Model
import SQLite

/// What of generated columns their own declarations refuse.
extension SQLDumpWriter {
    /// Whether a generated column that refuses NULL has one, or may have one where functions of the application's are
    /// stood in for.
    func mayGenerateNull(_ layout: TableLayout) -> Bool {
        let columns = layout.generated.filter { $0.isNotNull }
        guard !columns.isEmpty else { return false }
        guard work.compilesGenerated(layout), !database.hasStandIns else { return true }
        // IS NULL would be answered from the declaration.
        let conditions = columns.map { Array("typeof(".utf8) + $0.name.quoted + Array(")='null'".utf8) }
        let query =
            Array("SELECT 1 FROM ".utf8) + layout.name.quoted + Array(" NOT INDEXED WHERE ".utf8)
            + conditions.joined(separator: Array(" OR ".utf8)) + Array(" LIMIT 1".utf8)
        guard let statement = try? database.prepare(query), let found = try? statement.step() else { return true }
        return found
    }
}
