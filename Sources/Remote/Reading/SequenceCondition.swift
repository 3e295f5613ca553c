import Dump
import Model

/// Which rows of sqlite_sequence are read: not those of tables that are left out. A StarbaseDB that logs its statements
/// counts one of these up with each request, and the table would never be the same twice.
enum SequenceCondition {
    /// Folded.
    static let table: SQLText = "sqlite_sequence"
    /// Of the condition: it must leave room in a statement.
    private static let mostBytes = 50_000

    /// - Parameter objects: The tables that are left out.
    /// - Returns: nil where all rows are read: none of the tables counts, or they are too many to be named.
    static func leavingOut(_ objects: [Manifest.SchemaObject], in encoding: TextEncoding) -> String? {
        let names = objects.filter { object in
            SQLTokens(object.sql.bytes).contains { $0.word == "autoincrement" }
        }.map { "CAST(X'\(Hex.encode(bytes(of: $0.name, in: encoding)))' AS TEXT)" }
        // Where NULL stands in the place of a name, nobody knows whether it is one of them: it stays.
        let condition = "(name IN (\(names.joined(separator: ",")))) IS NOT 1"
        return names.isEmpty || condition.utf8.count > mostBytes ? nil : condition
    }

    /// As the database stores it.
    private static func bytes(of name: SQLText, in encoding: TextEncoding) -> [UInt8] {
        switch encoding {
        case .utf8: name.bytes
        case .utf16le: name.description.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        case .utf16be: name.description.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        }
    }
}
