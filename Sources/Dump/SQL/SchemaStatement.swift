import Model
import SQLite

/// A statement of the schema, written so that it ends where it should and that the sqlite3 shell reads it whole.
struct SchemaStatement {
    /// The statement with its end, ready for the dump.
    let text: [UInt8]
    /// Whether SQLite, or the shell before it, would store other text than the source has.
    let needsRepair: Bool

    private static let newline = UInt8(ascii: "\n")

    init(_ object: Manifest.SchemaObject) {
        let sql = object.sql.bytes
        let safe = Self.joiningTerminatorLines(sql)
        // Text may end inside a comment, which an added semicolon would become part of.
        let ending = ["", "\n", "*/"].first { SQLiteLibrary.isComplete(safe + Array(($0 + ";").utf8)) } ?? "\n"
        text = safe + Array((ending + ";\n").utf8)
        needsRepair = safe != sql || !ending.isEmpty || Self.hasCarriageReturn(sql)
    }

    /// The shell takes CR LF at a line's end for LF.
    private static func hasCarriageReturn(_ sql: [UInt8]) -> Bool {
        zip(sql, sql.dropFirst()).contains { $0 == (0x0D, 0x0A) }
    }

    /// The shell takes a line that is just `/` or `go` for the end of a statement that could end there: such a line is
    /// joined with the next one.
    private static func joiningTerminatorLines(_ sql: [UInt8]) -> [UInt8] {
        var joined: [UInt8] = []
        var separator: UInt8?
        for line in sql.split(separator: newline, omittingEmptySubsequences: false) {
            if let separator { joined.append(separator) }
            joined += line
            let word = line.filter { !(0x09...0x0D).contains($0) && $0 != 0x20 }
            let isTerminator = word == [UInt8(ascii: "/")] || SQLText(bytes: Array(word)).folded == "go"
            separator = isTerminator ? UInt8(ascii: " ") : newline
        }
        return joined
    }

    /// Statements that put the source's own text into sqlite_schema; the schema is read anew afterwards.
    static func repair(_ object: Manifest.SchemaObject, texts: TextLiteral, to output: inout SQLOutput) throws {
        try output.append("PRAGMA writable_schema=ON;\nUPDATE sqlite_master SET sql=")
        try texts.write(schema: object.sql, to: &output)
        try output.append(" WHERE type='")
        try output.append(text: object.type)
        try output.append("' AND name=")
        try texts.write(schema: object.name, to: &output)
        try output.append(";\nPRAGMA writable_schema=RESET;\n")
        // An index may have been built of other text than it has now.
        if object.type == "index" {
            try output.append("REINDEX ")
            try output.append(object.name.quoted)
            try output.append(";\n")
        }
    }
}
