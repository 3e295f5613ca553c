import Testing

extension ReplacedFunctionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// Makes a table `p` with rows, which SQLite's own functions refuse.
        let definition: String
        /// As the report names them.
        let functions: String

        var testDescription: String { definition }

        init(_ definition: String, _ functions: String) {
            self.definition = definition
            self.functions = functions
        }

        private static let letters = "INSERT INTO p(a) VALUES ('x'), ('X'), ('y')"

        static let all: [Case] = [
            Case("CREATE TABLE p(a); CREATE UNIQUE INDEX i ON p(upper(a)); \(letters)", "upper"),
            Case("CREATE TABLE p(a, b AS (lower(a))); CREATE UNIQUE INDEX i ON p(b); \(letters)", "lower"),
            Case("CREATE TABLE p(a, b AS (upper(a)), UNIQUE (b)); \(letters)", "upper"),
            Case("CREATE TABLE p(a, b AS (upper(a)) UNIQUE ON CONFLICT REPLACE); \(letters)", "upper"),
            Case("CREATE TABLE p(a, b AS (upper(a)) UNIQUE ON CONFLICT IGNORE, c UNIQUE); \(letters)", "upper"),
            Case(
                "CREATE TABLE p(a TEXT PRIMARY KEY, b TEXT NOT NULL AS (upper(a)) UNIQUE) STRICT, WITHOUT ROWID; "
                    + letters, "upper"),
            Case("CREATE TABLE p(a,\r\n \"b\r\n\" AS (upper(a)) UNIQUE); \(letters)", "upper"),
            Case(
                "CREATE TABLE p(a); CREATE UNIQUE INDEX i ON p(upper(a)); CREATE INDEX j ON p(app_double(a)); "
                    + letters, "upper"),
            Case(
                "CREATE TABLE p(a); CREATE INDEX i ON p(json(coalesce(app_double(a), 'x'))); "
                    + "INSERT INTO p VALUES (1), (2)", "coalesce, json"),
            Case(
                "CREATE TABLE p(a, b NOT NULL AS (json(coalesce(app_double(a), 'x')))); "
                    + "INSERT INTO p VALUES (1), (2)", "coalesce, json"),
            Case("CREATE TABLE p(a); CREATE UNIQUE INDEX i ON p(json_extract(a, '$.x')); \(letters)", "json_extract"),
            Case("CREATE TABLE p(a, b AS (json_extract(a, '$.x')) NOT NULL); \(letters)", "json_extract"),
            Case(
                "CREATE TABLE p(a, b DEFAULT ''); CREATE INDEX i ON p(a) WHERE a LIKE 'x' ESCAPE b; \(letters)",
                "like"),
            Case("CREATE TABLE p(a); CREATE UNIQUE INDEX i ON p(date('now', a)); \(letters)", "date"),
            Case(
                "CREATE TABLE p(a); CREATE UNIQUE INDEX i ON p(replace(a, 'x', 'X')); "
                    + "INSERT INTO p VALUES ('x' || char(13, 10)), ('X' || char(13, 10))", "replace"),
            // Beside what the functions make unique stands what is unique without them.
            Case(
                "CREATE TABLE p(a, b NOT NULL AS (upper(a)) UNIQUE, c AS (a || 'c') UNIQUE); \(letters)", "upper"),
            Case("CREATE TABLE p(a, b AS (upper(a)) UNIQUE, c AS (a || 'c'), UNIQUE (a, c)); \(letters)", "upper"),
            Case(
                "CREATE TABLE p(a, b AS (upper(a)) UNIQUE ON CONFLICT IGNORE, c AS (a || 'c') UNIQUE); \(letters)",
                "upper"),
            Case(
                "CREATE TABLE p(a, b AS (CASE WHEN upper(a) IS NULL THEN 'n' ELSE upper(a) END) UNIQUE, "
                    + "c AS (a || 'c') UNIQUE, d AS (b || c), UNIQUE (c, d)); \(letters)", "upper"),
            Case(
                "CREATE TABLE p(a, b AS (upper(a)) UNIQUE, c AS (a || 'c') UNIQUE); \(letters); "
                    + "CREATE TABLE q(a, b AS (a || 'b') UNIQUE, c AS (lower(a)), UNIQUE (c, b)); "
                    + "INSERT INTO q(a) VALUES ('x'), ('y')", "lower, upper"),
            // What an INSERT does not look at.
            Case("CREATE TABLE p(a TEXT, b INT AS (quote(a))) STRICT; \(letters)", "quote"),
            // The stored one is carried.
            Case(
                "CREATE TABLE p(a, b AS (upper(a)) STORED UNIQUE, c AS (upper(a)) UNIQUE); "
                    + "CREATE UNIQUE INDEX i ON p(coalesce(b, 0)); \(letters)", "coalesce, upper"),
        ]

        /// With stored columns that SQLite's own functions compute alike, beside what these refuse.
        static let spared: [Case] = [
            Case(
                "CREATE TABLE p(a, b AS (coalesce(a, 0)) STORED); CREATE UNIQUE INDEX i ON p(lower(a)); "
                    + "CREATE UNIQUE INDEX j ON p(coalesce(b, 0)); \(letters)", "coalesce, lower"),
            Case(
                "CREATE TABLE p(a, b AS (coalesce(a, 0)) STORED UNIQUE NOT NULL, c AS (b || 'c') STORED, "
                    + "d AS (CASE WHEN upper(a) IS NULL THEN 'n' ELSE upper(a) END) UNIQUE); "
                    + "CREATE INDEX j ON p(app_double(a)); \(letters)", "coalesce, upper"),
            // The same function in both.
            Case(
                "CREATE TABLE p(a, b AS (lower(a)) STORED UNIQUE, c); CREATE UNIQUE INDEX i ON p(lower(c)); "
                    + "CREATE UNIQUE INDEX j ON p(coalesce(b, 0)); INSERT INTO p(a, c) VALUES ('x', 'x'), ('y', 'X')",
                "coalesce, lower"),
            // What raises an error with each row, beside what the stored column reads.
            Case(
                "CREATE TABLE p(a, v AS (lower(a)), b AS (v || 'b') STORED UNIQUE, "
                    + "c AS (json_extract(a, '$.x')) UNIQUE NOT NULL); INSERT INTO p(a) VALUES ('x'), ('y')",
                "json_extract, lower"),
            Case(
                "CREATE TABLE p(a TEXT PRIMARY KEY, b TEXT NOT NULL AS (lower(a)) STORED, "
                    + "c TEXT AS (json_extract(a, '$.x')) UNIQUE) STRICT, WITHOUT ROWID; "
                    + "INSERT INTO p(a) VALUES ('y'), ('x')", "json_extract, lower"),
            Case(
                "CREATE TABLE p(a,\r\n b AS (coalesce(a, '\r\n'))\r\nSTORED, "
                    + "\"c\r\n\" AS (upper(a)) UNIQUE); \(letters)", "coalesce, upper"),
        ]

        /// With stored columns that SQLite's own functions would compute otherwise.
        static let stored: [Case] = [
            Case(
                "CREATE TABLE p(a, b NOT NULL AS (upper(a)) STORED UNIQUE, c AS (b || 'c') STORED); \(letters)",
                "upper"),
            Case("CREATE TABLE p(a, b AS (a -> '$.x') STORED UNIQUE NOT NULL); \(letters)", "->"),
            Case(
                "CREATE TABLE p(a, b AS (upper(a)) STORED UNIQUE); CREATE UNIQUE INDEX i ON p(coalesce(b, 0)); "
                    + letters, "upper"),
            Case(
                "CREATE TABLE p(a, b AS (upper(a)) STORED); CREATE INDEX j ON p(app_double(a)); "
                    + "CREATE UNIQUE INDEX i ON p(b); \(letters)", "upper"),
            Case(
                "CREATE TABLE p(a, b AS (abs(a)) STORED UNIQUE); INSERT INTO p(a) VALUES (1), (2), (3)", "abs"),
            Case(
                "CREATE TABLE p(a, b REAL AS (abs(a)) STORED UNIQUE); INSERT INTO p(a) VALUES (1), (2), (3)", "abs"),
            Case("CREATE TABLE p(a, v AS (upper(a)), b AS (v || 'b') STORED UNIQUE); \(letters)", "upper"),
            Case(
                "CREATE TABLE p(a, b TEXT COLLATE NOCASE AS (upper(a)) STORED); INSERT INTO p(a) VALUES ('X'), ('y')",
                "upper"),
            Case("CREATE TABLE p(a TEXT, b INT AS (quote(a)) STORED) STRICT; \(letters)", "quote"),
            Case("CREATE TABLE p(a, b AS (date('now', a)) STORED UNIQUE); \(letters)", "date"),
            Case(
                "CREATE TABLE p(a,\r\n \"b\r\n\" AS (upper(a) || '\r\n')\r\nSTORED UNIQUE); \(letters)", "upper"),
        ]
    }
}
