import Model
import SQLite

extension Hazard {
    static let names: [Hazard] = [
        Hazard("every odd name for tables, columns, indexes, views and triggers") { database in
            for (number, name) in oddNames.enumerated() {
                let table = quoted(name)
                let suffixed = { (suffix: String) in quoted("\(name) \(suffix)") }
                try database.execute(
                    """
                    CREATE TABLE \(table)(\(table) TEXT, "second" INTEGER);
                    INSERT INTO \(table) VALUES ('value', \(number)), ('/', 2);
                    CREATE INDEX \(suffixed("i")) ON \(table)(\(table) DESC);
                    CREATE VIEW \(suffixed("v")) AS SELECT \(table) FROM \(table);
                    CREATE TRIGGER \(suffixed("t")) AFTER INSERT ON \(table) BEGIN DELETE FROM \(table); END;
                    """)
            }
        },
        Hazard("columns with every odd name in one table, keyed by them") { database in
            let columns = oddNames.map { "\(quoted($0)) DEFAULT 'd'" }.joined(separator: ", ")
            try database.execute(
                """
                CREATE TABLE t(\(columns));
                INSERT INTO t DEFAULT VALUES;
                CREATE TABLE k(\(oddNames.map { quoted($0) }.joined(separator: ", ")),
                    PRIMARY KEY (\(oddNames.prefix(8).map { quoted($0) }.joined(separator: ", ")))) WITHOUT ROWID;
                INSERT INTO k VALUES (\(oddNames.indices.map { String($0) }.joined(separator: ", ")));
                """)
        },
        Hazard(
            "names that differ only in the case of letters beyond ASCII",
            """
            CREATE TABLE Ä(a); CREATE TABLE ä(a, Ö, ö); CREATE TABLE "ǅ"(a);
            INSERT INTO Ä VALUES ('upper'); INSERT INTO ä VALUES ('lower', 1, 2);
            """),
        Hazard("names that are not UTF-8") { database in
            let names: [[UInt8]] = [[0xFF], [0x61, 0x80], [0xC3], [0xED, 0xA0, 0x80], [0x22, 0xFE]]
            for bytes in names {
                let name = SQLText(bytes: bytes).quoted
                let index = SQLText(bytes: [0x69] + bytes).quoted
                try database.run(bytes: statement(utf8("CREATE TABLE "), name, utf8("("), name, utf8(" TEXT)")))
                try database.run(bytes: statement(utf8("INSERT INTO "), name, utf8(" VALUES ('row'), (x'FF')")))
                try database.run(
                    bytes: statement(
                        utf8("CREATE INDEX "), index, utf8(" ON "), name, utf8("("), name, utf8(")")))
            }
        },
        Hazard(
            "names that begin like SQLite's own",
            """
            CREATE TABLE sqlitefoo(a); INSERT INTO sqlitefoo VALUES (1);
            CREATE TABLE "SQLite"(a); INSERT INTO "SQLite" VALUES (2);
            CREATE TABLE "sqlite-stat1"(tbl, idx, stat); INSERT INTO "sqlite-stat1" VALUES ('t', 'i', '1 1');
            CREATE TABLE "_sqlite_sequence"(name, seq); INSERT INTO "_sqlite_sequence" VALUES ('t', 5);
            CREATE TABLE sqlitexsequence(name, seq); INSERT INTO sqlitexsequence VALUES ('t', 6);
            """),
        Hazard(
            "names unquoted, in brackets, in backticks and as string literals",
            #"""
            CREATE TABLE [a b]([c d] TEXT, `e f` TEXT, "g h" TEXT, 'i j' TEXT);
            CREATE TABLE 'single'('x' PRIMARY KEY);
            INSERT INTO [a b] VALUES (1, 2, 3, 4); INSERT INTO single VALUES ('s');
            CREATE INDEX [i 1] ON [a b](`e f`, [c d]);
            CREATE TABLE main.plain(a); INSERT INTO plain VALUES (1);
            ALTER TABLE plain RENAME TO "re named"; ALTER TABLE "re named" RENAME COLUMN a TO "b ""c""";
            """#),
    ]

    /// As an identifier in SQL.
    private static func quoted(_ name: String) -> String {
        String(decoding: SQLText(name).quoted, as: UTF8.self)
    }

    private static func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func statement(_ pieces: [UInt8]...) -> [UInt8] { pieces.flatMap { $0 } }

    private static let oddNames: [String] = [
        "\"", "'", "[", "]", "`", "", " ", "a\"b", "a'b", "a]b", "[a]", "''", "\"\"", "  lead", "trail  ", "select",
        "TABLE", "order by", "null", "values", "rowid x", "main", "temp", "naïve", "😀", "日本", "a\nb", "a\r\nb",
        "a\rb", "a\n/\nb", "a\ngo\nb", "a\n.quit\nb", "a;b", ";", "--", "/*", "*/", "a.b", ".", "100%", "%s", "$1",
        "?", ":x", "\\", "\\n", "a\tb", "\u{1}", "\u{1B}", "\u{7F}", "\u{FEFF}bom", "x'00'", "0", "1e5", "-1", "*",
        "()", "a,b", "sqlitelike", String(repeating: "n", count: 1000), String(repeating: "\"", count: 50), "END",
        "END;", "BEGIN", "-- x", "\u{202E}rtl",
    ]
}
