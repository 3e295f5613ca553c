import Model
import SQLite

/// The digest of a table's stored generated columns, which a dump does not carry: SQLite computes them anew at an import,
/// and may come to something else than the application did.
package enum GeneratedDigest {
    /// - Parameter pause: Called now and then.
    /// - Returns: nil where the table has no such columns.
    package static func compute(
        of layout: TableLayout, in database: Database, pausing pause: () throws -> Void
    ) throws -> TableDigest? {
        guard !layout.storedGenerated.isEmpty else { return nil }
        let columns = layout.storedGenerated.map(\.quoted).joined(separator: [UInt8(ascii: ",")])
        let statement = try database.prepare(
            Array("SELECT ".utf8) + columns + Array(" FROM ".utf8) + layout.name.quoted + Array(" NOT INDEXED".utf8))
        var digester = RowDigester()
        var digest = TableDigest()
        var rows = 0
        while try statement.step() {
            digester.begin()
            for index in layout.storedGenerated.indices { digester.add(statement.glance(at: index)) }
            digest.add(rowHash: digester.finish())
            rows += 1
            if rows & 0xFFF == 0 { try pause() }
        }
        return digest
    }
}
