import Model
import SQLite

/// A statement of the schema, written so that it ends where it should and that the sqlite3 shell reads it whole.
package struct SchemaStatement {
    /// The statement with its end, ready for the dump.
    package let text: [UInt8]
    /// Whether SQLite would store other text than the source has.
    package let needsRepair: Bool

    private static let newline = UInt8(ascii: "\n")

    /// - Parameter sql: Without CR LF.
    package init(_ sql: SQLText) {
        // SQLite reads no further when it opens a schema; whoever runs the dump would.
        let own = Self.firstStatement(sql)
        let safe = Self.disarmingTerminatorLines(own)
        // Text may end inside a comment, which an added semicolon would become part of.
        let ending = ["", "\n", "*/"].first { SQLiteLibrary.isComplete(safe + Array(($0 + ";").utf8)) } ?? "\n"
        text = safe + Array((ending + ";\n").utf8)
        needsRepair = safe != sql.bytes || !ending.isEmpty || !Self.beginsAsKept(sql)
    }

    /// What stands before the semicolon that ends the first statement.
    private static func firstStatement(_ sql: SQLText) -> [UInt8] {
        for token in SQLTokens(sql.bytes) where sql.bytes[token.range.lowerBound] == UInt8(ascii: ";") {
            guard SQLiteLibrary.isComplete(Array(sql.bytes[..<token.range.upperBound])) else { continue }
            return Array(sql.bytes[..<token.range.lowerBound])
        }
        return sql.bytes
    }

    /// Whether SQLite keeps the statement's beginning as it is: its own words, one blank, and the name.
    private static func beginsAsKept(_ sql: SQLText) -> Bool {
        let beginnings = ["CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ", "CREATE VIEW ", "CREATE TRIGGER "]
        guard let beginning = beginnings.first(where: { sql.bytes.starts(with: $0.utf8) }) else { return false }
        let rest = Array(sql.bytes.dropFirst(beginning.utf8.count))
        guard let name = SQLTokens(rest).first(where: { _ in true }) else { return false }
        return name.range.lowerBound == 0 && name.word != "if"
    }

    /// The shell takes a line of `/` or `go`, with or without a comment behind it, for the end of a statement that could
    /// end there; a comment in front of it prevents that.
    private static func disarmingTerminatorLines(_ sql: [UInt8]) -> [UInt8] {
        var disarmed: [UInt8] = []
        for (index, line) in sql.split(separator: newline, omittingEmptySubsequences: false).enumerated() {
            if index > 0 { disarmed.append(newline) }
            // Inside quotes such a line is harmless, and has to stay as it is.
            if index > 0, mayTerminate(line), SQLiteLibrary.isComplete(disarmed + [UInt8(ascii: ";")]) {
                disarmed += Array("/**/".utf8)
            }
            disarmed += line
        }
        return disarmed
    }

    private static func mayTerminate(_ line: ArraySlice<UInt8>) -> Bool {
        let words = Array(line.drop { $0 <= 0x20 }.prefix(2))
        if words.first == UInt8(ascii: "/") { return words.last != UInt8(ascii: "*") }
        return SQLText(bytes: words).folded == "go"
    }

    /// The text of a CREATE UNIQUE INDEX for an index that takes what is not unique; other text stays as it is.
    package static func withoutUnique(_ sql: SQLText) -> SQLText {
        let words = Array(SQLTokens(sql.bytes).prefix(3))
        guard words.map(\.word) == ["create", "unique", "index"] else { return sql }
        return SQLText(bytes: Array("CREATE INDEX".utf8) + sql.bytes[words[2].range.upperBound...])
    }

    /// Statements that give an object of sqlite_schema other text; the schema is read anew afterwards.
    static func setText(
        of object: Manifest.SchemaObject, to sql: SQLText, texts: TextLiteral, output: inout DumpOutput
    ) throws {
        try output.append("PRAGMA writable_schema=ON;\nUPDATE sqlite_master SET sql=")
        try texts.write(schema: sql, to: &output)
        try output.append(" WHERE type='")
        try output.append(text: object.type)
        try output.append("' AND name=")
        try texts.write(schema: object.name, to: &output)
        try output.append(";\nPRAGMA writable_schema=RESET;\n")
        // An index may have been built of other text than it has now.
        if object.type == "index" {
            // By its name alone it might be taken for a collation.
            try output.append("REINDEX main.")
            try output.append(object.name.quoted)
            try output.append(";\n")
        }
    }
}
