import SQLite

extension Hazard {
    static let texts: [Hazard] = [
        Hazard(
            "quotes, backslashes and text that looks like SQL",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT);
            INSERT INTO t(x) VALUES (''''), (''''''), ('"'), ('`'), ('[a]'), ('it''s'), ('a''); DROP TABLE t; --'),
              ('--'), ('/*'),
              ('*/'), (';'), (';;'), ('\\'), ('\\n'), ('\\'''), ('%s%d%n'), ('?1'), (':a'), ('@a'), ('$1'), ('{}'),
                ('x''41'''),
              ('INSERT INTO t VALUES(1);'), ('COMMIT;'), ('END TRANSACTION'), ('NULL'), (' '), ('  lead'),
                ('trail  ');
            """),
        Hazard(
            "line ends of every kind, inside and at the end",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT);
            INSERT INTO t(x) VALUES (char(13,10)), (char(10)), (char(13)), ('a' || char(13,10)), (char(13,10) || 'a'),
              ('a' || char(13,10) || 'b'), ('a' || char(13) || 'b'), ('a' || char(10) || 'b'), ('a' || char(13)),
              (char(13,13,10)), (char(10,13)), (char(13,10,13,10)), ('''' || char(13,10) || ''''),
                (char(13,10) || ''''),
              ('a' || char(10)), (char(10,10,10)), (char(133)), (char(8232) || char(8233)), (char(11) || char(12));
            """),
        Hazard(
            "thousands of line ends in one value",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT);
            INSERT INTO t(x) VALUES (replace(printf('%.*c', 5000, 'x'), 'x', char(13,10))),
              (replace(printf('%.*c', 3000, 'x'), 'x', 'line' || char(13,10))),
              (replace(printf('%.*c', 3000, 'x'), 'x', 'it''s' || char(13))),
              (replace(printf('%.*c', 3000, 'x'), 'x', char(10))),
              (replace(printf('%.*c', 60000, 'x'), 'x', ''''));
            """),
        Hazard(
            "NUL at the start, in the middle and at the end of text",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT, bare);
            INSERT INTO t(x) VALUES (CAST(x'00' AS TEXT)), (CAST(x'006162' AS TEXT)), (CAST(x'610062' AS TEXT)),
              (CAST(x'616200' AS TEXT)), (CAST(x'000000' AS TEXT)), (CAST(x'6100270062' AS TEXT)),
                (CAST(x'000D0A' AS TEXT)),
              (CAST(x'0D0A00' AS TEXT)), (CAST(zeroblob(5000) AS TEXT));
            UPDATE t SET bare = x;
            """),
        Hazard(
            "control characters",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 160)
              INSERT INTO t(x) SELECT char(i) || 'a' || char(i) || '''' || char(i) FROM n;
            INSERT INTO t(x) VALUES (char(27) || '[31m'), (char(26)), (char(4)), (char(127)), (char(8) || 'x');
            """),
        Hazard(
            "bytes that are not UTF-8",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT, bare);
            INSERT INTO t(x) VALUES (CAST(x'80' AS TEXT)), (CAST(x'FF' AS TEXT)), (CAST(x'FE' AS TEXT)),
              (CAST(x'C0AF' AS TEXT)),
              (CAST(x'E08080' AS TEXT)), (CAST(x'EDA080' AS TEXT)), (CAST(x'EDBFBF' AS TEXT)),
                (CAST(x'F4908080' AS TEXT)),
              (CAST(x'F888808080' AS TEXT)), (CAST(x'E282' AS TEXT)), (CAST(x'61C3' AS TEXT)),
                (CAST(x'C361' AS TEXT)),
              (CAST(x'27FF27' AS TEXT)), (CAST(x'FF0D0A' AS TEXT)), (CAST(x'0D0AFF' AS TEXT)),
                (CAST(x'FF00FF' AS TEXT)),
              (CAST(x'C080' AS TEXT)), (CAST(x'EFBFBE' AS TEXT)), (CAST(x'F0808080' AS TEXT)),
                (CAST(x'5CFF' AS TEXT));
            UPDATE t SET bare = x;
            """),
        Hazard("random bytes as text and as blobs") { database in
            var generator = SeededGenerator(seed: 7)
            try database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT, b BLOB)")
            try database.inTransaction {
                for length in 0..<600 {
                    let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    try database.run("INSERT INTO t(x, b) VALUES (CAST(?1 AS TEXT), ?1)", .blob(bytes))
                }
            }
        },
        Hazard(
            "emoji, combining marks, right-to-left marks and a byte order mark",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT);
            INSERT INTO t(x) VALUES (char(65279)), (char(65279) || 'a'), ('a' || char(65279)), (char(128512)),
              (char(128104, 8205, 128105, 8205, 128103)), ('e' || char(769)), (char(8238) || 'abc' || char(8236)),
              (char(65533)), (char(65534)), (char(65535)), (char(1114111)), (char(55357)), (char(0x1F1E9, 0x1F1EA)),
              ('Ünïcödé'), ('日本語'), ('שלום'), (char(173)), (char(160)), (char(0xFE0F));
            """),
        Hazard(
            "lines that the shell takes for an end or a command",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT);
            INSERT INTO t(x) VALUES ('/'), ('go'), ('GO'), (';'), ('.quit'), ('.exit 1'), ('.shell false'), ('#'),
              (char(10) || '/' || char(10)), (char(10) || 'go' || char(10)), (char(10) || ';' || char(10)),
              (char(10) || '.quit' || char(10)), (char(10) || '#!' || char(10)), (char(10) || '.read x' || char(10)),
              ('''' || char(10) || '/' || char(10)), ('''' || char(10) || '.quit' || char(10) || ''''),
              (char(13,10) || 'go' || char(13,10)), ('a' || char(10) || '--' || char(10)),
                (char(10) || ' / ' || char(10));
            """),
        Hazard(
            "values around the longest statement",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT, b BLOB);
            WITH RECURSIVE n(i) AS (SELECT 99900 UNION ALL SELECT i + 7 FROM n WHERE i < 100050)
              INSERT INTO t(x) SELECT printf('%.*c', i, 'x') FROM n;
            WITH RECURSIVE n(i) AS (SELECT 49950 UNION ALL SELECT i + 7 FROM n WHERE i < 50050)
              INSERT INTO t(b) SELECT zeroblob(i) FROM n;
            """),
    ]

    static let utf16: [Hazard] = ["UTF-16le", "UTF-16be"].flatMap { (encoding: String) -> [Hazard] in
        [
            Hazard(
                "\(encoding): text of every kind",
                """
                PRAGMA encoding = '\(encoding)';
                CREATE TABLE "täble 😀"(id INTEGER PRIMARY KEY, "cölumn" TEXT DEFAULT 'ß😀', bare);
                INSERT INTO "täble 😀"(bare) VALUES ('plain'), (''), ('it''s'), ('日本語'), (char(128512)),
                  (char(13,10)),
                  ('a' || char(13,10)), (char(10) || '/' || char(10)), (char(65279) || 'a'), (char(65533)), (NULL),
                    (x''), (x'00FF'),
                  (1), (2.5), (char(1114111)), (replace(printf('%.*c', 3000, 'x'), 'x', 'é' || char(13,10)));
                UPDATE "täble 😀" SET "cölumn" = bare WHERE typeof(bare) = 'text';
                CREATE INDEX "ïndex" ON "täble 😀"("cölumn" COLLATE NOCASE);
                CREATE VIEW "vïew" AS SELECT "cölumn" || '😀' AS x FROM "täble 😀";
                PRAGMA user_version = 16;
                """),
            Hazard(
                "\(encoding): SQLite's own collations",
                """
                PRAGMA encoding = '\(encoding)';
                CREATE TABLE p(a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM UNIQUE);
                INSERT INTO p VALUES ('a', 'x '), ('B', 'X'), ('c', 'y'), ('D', 'x y');
                CREATE INDEX i ON p(a); CREATE INDEX j ON p(b COLLATE NOCASE);
                CREATE TABLE w(k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID;
                INSERT INTO w VALUES ('a', 1), ('B', 2), ('c', 3), ('D', 4); CREATE INDEX l ON w(v);
                """
            ).querying("SELECT b FROM p INDEXED BY i WHERE a = 'b'", "SELECT v FROM w WHERE k = 'd'"),
            Hazard(
                "\(encoding): lone surrogates, noncharacters, NUL and byte order marks",
                """
                PRAGMA encoding = '\(encoding)';
                CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT);
                INSERT INTO t(x) VALUES (CAST(x'00D8' AS TEXT)), (CAST(x'D800' AS TEXT)), (CAST(x'00DC' AS TEXT)),
                  (CAST(x'DC00' AS TEXT)), (CAST(x'3DD86100' AS TEXT)), (CAST(x'D83D0061' AS TEXT)),
                    (CAST(x'00DC00D8' AS TEXT)),
                  (CAST(x'FEFF' AS TEXT)), (CAST(x'FFFE' AS TEXT)), (CAST(x'FEFF0061' AS TEXT)),
                    (CAST(x'FFFE6100' AS TEXT)),
                  (CAST(x'FFFF' AS TEXT)), (CAST(x'0000' AS TEXT)), (CAST(x'610000006200' AS TEXT)),
                  (CAST(x'006100000062' AS TEXT)), (CAST(x'0D000A00' AS TEXT)), (CAST(x'000D000A' AS TEXT)),
                  (CAST(x'2700' AS TEXT)), (CAST(x'0027' AS TEXT)), (CAST(x'61' AS TEXT)), (CAST(x'610062' AS TEXT));
                """),
            Hazard(
                "\(encoding): keys without rowids and several chunks",
                """
                PRAGMA encoding = '\(encoding)';
                CREATE TABLE t(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                  INSERT INTO t SELECT char(i * 19) || i, i FROM n WHERE i * 19 NOT BETWEEN 55296 AND 57343;
                """),
        ]
    }
}
