import Model
import Testing

@testable import Dump

@Suite struct SchemaTextTests {
    @Test(
        "A byte order mark is white space where a word might begin, and part of the word elsewhere",
        arguments: [
            ("\u{FEFF}a\u{FEFF} b", ["a\u{FEFF}", "b"]), ("a \u{FEFF}\u{FEFF}B", ["a", "b"]),
            ("'x'\u{FEFF}unique", ["", "unique"]), ("unique\u{FEFF}unique", ["unique\u{FEFF}unique"]),
            ("(\u{FEFF}é\u{FEFF}é)", ["", "é\u{FEFF}é", ""]),
        ])
    func byteOrderMarks(text: String, words: [String]) {
        #expect(SQLTokens(Array(text.utf8)).map { Array($0.word.utf8) } == words.map { Array($0.utf8) })
    }

    @Test(
        "UNIQUE is taken out of columns and tables, and of nothing else",
        arguments: [
            ("CREATE TABLE t(a UNIQUE, b)", "CREATE TABLE t(a CHECK(1), b)"),
            ("CREATE TABLE t(a CONSTRAINT n unique ON conflict REPLACE)", "CREATE TABLE t(a CONSTRAINT n CHECK(1))"),
            ("CREATE TABLE t(a UNIQUE/**/ON--\nCONFLICT FAIL NOT NULL)", "CREATE TABLE t(a CHECK(1) NOT NULL)"),
            (
                "CREATE TABLE t(a, UNIQUE (a DESC, \")\" COLLATE x) ON CONFLICT IGNORE UNIQUE(a)) STRICT",
                "CREATE TABLE t(a, CHECK(1) CHECK(1)) STRICT"
            ),
            (
                "CREATE TABLE t(\"unique\", [unique] DEFAULT 'UNIQUE', u unique\u{FEFF} /* unique */ CHECK (unique))",
                "CREATE TABLE t(\"unique\", [unique] DEFAULT 'UNIQUE', u unique\u{FEFF} /* unique */ CHECK (unique))"
            ),
            (
                "CREATE TABLE t(a UNIQUE REFERENCES u ON DELETE SET NULL)",
                "CREATE TABLE t(a CHECK(1) REFERENCES u ON DELETE SET NULL)"
            ),
            ("CREATE TABLE t(a UNIQUE", "CREATE TABLE t(a CHECK(1)"),
            ("CREATE TABLE t(a, UNIQUE(a", "CREATE TABLE t(a, CHECK(1)"),
        ])
    func unique(sql: String, expected: String) {
        #expect(UniqueConstraint.removed(from: SQLText(sql)) == SQLText(expected))
    }

    @Test(
        "Stored columns that call a function, themselves or through others, are emptied, and nothing else is",
        arguments: [
            ("t(a, b AS (f(a)) STORED)", "t(a, b AS (NULL) STORED)"),
            (
                "t(a, b int generated always AS/**/(g(\"F\"(a), ')')/*)*/)stored UNIQUE)",
                "t(a, b int generated always AS/**/(NULL)stored UNIQUE)"
            ),
            (
                "t(a, b AS (f(a)), c AS (f(a)) VIRTUAL, d AS (a) STORED)",
                "t(a, b AS (f(a)), c AS (f(a)) VIRTUAL, d AS (a) STORED)"
            ),
            (
                "t(d AS ([B C] + 1) STORED, \"b c\" AS (f(a)), e AS (D) STORED, a)",
                "t(d AS (NULL) STORED, \"b c\" AS (f(a)), e AS (NULL) STORED, a)"
            ),
            (
                "t(a DEFAULT (f(1)), b AS (g(a)) STORED CHECK (f(b)))",
                "t(a DEFAULT (f(1)), b AS (g(a)) STORED CHECK (f(b)))"
            ),
            ("t(a, b AS (f(a", "t(a, b AS (f(a"),
        ])
    func stored(table: String, expected: String) {
        let emptied = StoredColumns.emptied(in: SQLText("CREATE TABLE \(table)"), calling: ["f"])
        #expect(emptied == SQLText("CREATE TABLE \(expected)"))
    }

    @Test(
        "Virtual columns are NULL that call a function, but for those that stored ones read",
        arguments: [
            ("t(a, b AS (f(a)), c AS (b + 1) VIRTUAL)", "t(a, b AS (NULL), c AS (NULL) VIRTUAL)"),
            ("t(a, b AS (f(a)) STORED, c AS (g(a)), d AS (b))", "t(a, b AS (f(a)) STORED, c AS (g(a)), d AS (NULL))"),
            (
                "t(a, u AS (f(a)), v AS (u), \"w\" INT UNIQUE AS (F (a)), b AS (V) STORED)",
                "t(a, u AS (f(a)), v AS (u), \"w\" INT UNIQUE AS (NULL), b AS (V) STORED)"
            ),
        ])
    func virtuals(table: String, expected: String) {
        let emptied = StoredColumns.virtualsEmptied(in: SQLText("CREATE TABLE \(table)"), calling: ["f"])
        #expect(emptied == SQLText("CREATE TABLE \(expected)"))
    }

    @Test("What stored columns compute is found with the functions that it calls, and asks for no present time")
    func computations() {
        let sql: SQLText = """
            CREATE TABLE t(a, v AS (upper(a)), b AS (date(a, 'NOW', Date()) || v) STORED,
              c AS (strftime('%Y') || 'now') STORED, d AS (strftime('%Y', a) || f(v)) STORED, e AS (a + 1) STORED)
            """
        let found = StoredColumns.computations(in: sql, without: ["f"])
        #expect(found.map(\.name) == ["b", "c", "e"])
        let expressions = found.map { String(decoding: $0.expression, as: UTF8.self) }
        #expect(expressions == ["date(a, 'x', Date('x')) || v", "strftime('%Y', 'x') || 'now'", "a + 1"])
        #expect(found.map(\.calls) == [["date", "upper"], ["strftime"], []])
    }

    @Test(
        "The functions of SQLite's own that an import asks are found, and no others",
        arguments: [
            (
                "index",
                "CREATE INDEX upper ON lower(a, \"Abs\"(b), [length] (c)) WHERE a LIKE 'max(1)' AND app(min(a, 1))",
                ["abs", "length", "like", "min"]
            ),
            ("index", "CREATE INDEX i ON t(a->>'x', a -> 'y' - b, a GLOB/**/('hex(a)'))", ["->", "->>", "glob"]),
            ("index", "CREATE INDEX i ON t(date, \"upper\", a > b)", []),
            (
                "table",
                "CREATE TABLE t(a DATE(1) DEFAULT (upper('x')) CHECK (lower(a)), b AS (nullif(a, HEX(a))), UNIQUE(a))",
                ["hex", "nullif"]
            ),
            ("view", "CREATE VIEW v AS SELECT upper(a) FROM t", []),
        ] as [(String, String, [String])])
    func functions(type: String, sql: String, names: [String]) {
        let object = Manifest.SchemaObject(type: type, name: "x", table: "t", sql: SQLText(sql))
        let found = SchemaFunctions(of: [object])?.names ?? []
        #expect(found.map(\.description).sorted() == names)
    }

    @Test(
        "Indexes depend on functions by themselves or through generated columns",
        arguments: [
            ("CREATE UNIQUE INDEX i ON t(a, Upper(b))", true), ("CREATE UNIQUE INDEX i ON t(h)", true),
            ("CREATE UNIQUE INDEX i ON t(a) WHERE [G 1] > 1", true), ("CREATE UNIQUE INDEX h ON t(a, lower(b))", false),
        ])
    func dependentIndexes(sql: String, isDependent: Bool) {
        let table = Manifest.SchemaObject(
            type: "table", name: "t", table: "t",
            sql: "CREATE TABLE t(a, b, \"g 1\" AS (upper(a)) STORED, h AS (\"G 1\"))")
        #expect(SchemaFunctions(of: [table])?.concern(index: SQLText(sql)) == isDependent)
    }

    @Test(
        "Stored columns depend on functions by themselves or through others",
        arguments: [
            ("a, b AS (upper(a)) STORED", true), ("a, v AS (upper(a)), b AS (v) STORED", true),
            ("a, v AS (upper(a)), b AS (a) STORED", false), ("a, v AS (upper(a))", false),
        ])
    func dependentColumns(columns: String, isStored: Bool) {
        let table = Manifest.SchemaObject(
            type: "table", name: "t", table: "t", sql: SQLText("CREATE TABLE t(\(columns))"))
        #expect(SchemaFunctions(of: [table])?.computeStored == isStored)
    }

    @Test(
        "A name that went through a dump has its CR LF again",
        arguments: [
            ("plain", "plain"), ("a\u{C}\t\u{C}\nb", "a\r\nb"), ("\u{C}\u{C}\u{C}\t\u{C}\n\u{C}\t\u{C}\n", "\r\n\r\n"),
            ("a\t\u{C}\nb\r", "a\t\u{C}\nb\r"),
        ])
    func returns(name: String, expected: String) {
        #expect(CarriageReturns.returned(in: Array(name.utf8)) == Array(expected.utf8))
    }
}
