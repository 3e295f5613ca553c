import Model
import Pipeline

/// The schema that a dump of rows alone lacks, as its manifest has it: statements for SQLite, in whose middle the dump is
/// to be run.
package struct SchemaScript: Sendable {
    /// Makes the tables, in a new, empty database.
    package let head: [UInt8]
    /// Makes what comes behind the rows: views, indexes, triggers, settings.
    package let tail: [UInt8]

    /// - Parameter tables: Folded names of the only tables that are wanted, with no other objects behind their rows; nil
    ///   for everything.
    package init(of manifest: Manifest, tables: Set<SQLText>? = nil) throws {
        let encoding = TextEncoding(pragmaValue: manifest.source.encoding)
        let texts = TextLiteral(encoding: encoding)
        let carrying = manifest.tables.filter { $0.carriedColumns != nil && tables?.contains($0.name.folded) ?? true }
        let carried = Dictionary(
            carrying.map { ($0.name, Set(($0.carriedColumns ?? []).map(\.folded))) }, uniquingKeysWith: { $1 })
        head = try Self.text { output in
            try output.append(text: "PRAGMA encoding='\(encoding.pragmaValue)';\n")
            try output.append(text: "PRAGMA page_size=\(manifest.source.pageSize);\n")
            try output.append(text: "PRAGMA auto_vacuum=\(manifest.source.autoVacuum);\n")
            for object in manifest.schema where object.type == "table" {
                guard !object.name.hasPrefixIgnoringCase("sqlite_"),
                    tables?.contains(object.name.folded) ?? true
                else { continue }
                var made = object
                if let names = carried[object.name] { made.sql = StoredColumns.ordinary(in: object.sql, names) }
                try Self.write(made, texts, to: &output)
            }
            // None may be one with a sequence, or none of those that are wanted; the rows expect that there is one.
            if manifest.tables.contains(where: { $0.name.folded == "sqlite_sequence" }) {
                let name = Self.freeName(in: manifest)
                try output.append(
                    text: "CREATE TABLE \(name)(a INTEGER PRIMARY KEY AUTOINCREMENT);DROP TABLE \(name);\n")
            }
        }
        tail = try Self.text { output in
            // What was carried is what the application computes.
            for object in manifest.schema where object.type == "table" && carried[object.name] != nil {
                try SchemaStatement.setText(of: object, to: object.sql, texts: texts, output: &output)
            }
            guard tables == nil else { return }
            for type in ["view", "index", "trigger"] {
                for object in manifest.schema where object.type == type {
                    try Self.write(object, texts, to: &output)
                }
            }
            guard manifest.source.pageCount > 0 else { return }
            // Without a table SQLite does not write the encoding down.
            if manifest.schema.isEmpty {
                try output.append("CREATE TABLE nightjar_empty(a);DROP TABLE nightjar_empty;\n")
            }
            try output.append(text: "PRAGMA user_version=\(manifest.source.userVersion);\n")
            try output.append(text: "PRAGMA application_id=\(manifest.source.applicationID);\n")
        }
    }

    private static func write(
        _ object: Manifest.SchemaObject, _ texts: TextLiteral, to output: inout DumpOutput
    ) throws {
        let statement = SchemaStatement(object.sql)
        try output.append(statement.text)
        guard statement.needsRepair else { return }
        try SchemaStatement.setText(of: object, to: object.sql, texts: texts, output: &output)
    }

    private static func freeName(in manifest: Manifest) -> String {
        let taken = Set(manifest.schema.map(\.name.folded))
        var name = "nightjar_sequence"
        while taken.contains(SQLText(name)) { name += "_" }
        return name
    }

    /// All that `body` writes.
    private static func text(_ body: (inout DumpOutput) throws -> Void) throws -> [UInt8] {
        // A schema is small: nobody has to take it out before it is whole.
        let blocks = BoundedQueue<DumpBlock>(capacity: .max)
        var output = DumpOutput(blocks)
        try body(&output)
        try output.endObject()
        output.finish()
        var text: [UInt8] = []
        while let block = try blocks.receive() { text += block.text.bytes }
        return text
    }
}
