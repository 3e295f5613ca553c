import Model

extension DumpFormat {
    /// `words`, and how a dump in this format lies in the store: `CSV, a file for each table`.
    var layoutWords: String {
        switch self {
        case .sql: words
        case .csv, .ndjson: "\(words), a file for each table"
        case .json: "\(words), one document"
        }
    }

    /// What the files are to programs that know nothing of Nightjar; nil for SQL, which a command restores.
    var filesWords: String? {
        let rest = "docs/formats.md has the rules, and the lines for DuckDB, pandas, PostgreSQL and others."
        return switch self {
        case .sql: nil
        case .csv:
            """
            CSV as RFC 4180 has it, in UTF-8, with a header row. NULL is an empty field, empty text one in quotes. A \
            backslash at the beginning of a field is a tag: \\x stands before a BLOB in hexadecimal. \(rest)
            """
        case .json:
            """
            one document in UTF-8: a key for each table, with its rows as objects. A BLOB is {"$blob": "…"}, in \
            base64. \(rest)
            """
        case .ndjson: "a row a line in UTF-8, each a JSON object. A BLOB is {\"$blob\": \"…\"}, in base64. \(rest)"
        }
    }
}
