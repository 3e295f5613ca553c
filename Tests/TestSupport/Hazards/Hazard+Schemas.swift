import SQLite

extension Hazard {
    static let schemas: [Hazard] = [
        Hazard("comments at the end of statements") { database in
            try database.execute("CREATE TABLE t(a /* ; ' \" */, b -- it's; \"odd\"\n, c) -- behind the table")
            try database.execute("INSERT INTO t VALUES (1, 2, 3)")
            try database.execute("CREATE VIEW v AS SELECT a FROM t -- no line end")
            try database.execute("CREATE VIEW w AS SELECT b FROM t /* closed */ -- ' and open")
            try database.execute("CREATE INDEX i ON t(a) -- ; still a comment")
            try database.execute("CREATE INDEX j ON t(b) WHERE b > 0 /* ; */")
            try database.execute(
                "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; /* END; */ -- END;\n SELECT ';'; END -- x")
        },
        Hazard(
            "comments put behind statements by hand",
            """
            CREATE TABLE t(a); INSERT INTO t VALUES ('kept'); CREATE VIEW v AS SELECT a FROM t;
            CREATE INDEX i ON t(a);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = sql || ' -- by hand';
            PRAGMA writable_schema = RESET;
            CREATE TABLE after(a); INSERT INTO after VALUES ('also kept');
            """),
        Hazard(
            "comments that never end",
            """
            CREATE TABLE t(a); INSERT INTO t VALUES ('kept'); CREATE VIEW v AS SELECT a FROM t;
            CREATE INDEX i ON t(a);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = sql || ' /* never closed';
            PRAGMA writable_schema = RESET;
            CREATE TABLE after(a); INSERT INTO after VALUES ('also kept');
            """
        ).withOpenComments(),
        Hazard("lines in the schema that the shell takes for an end") { database in
            try database.execute("CREATE TABLE t(a INTEGER DEFAULT (10\n/\n2), b)")
            try database.execute("INSERT INTO t(b) VALUES ('x')")
            try database.execute("CREATE VIEW v AS SELECT a\n/\n2 AS half FROM t")
            try database.execute("CREATE VIEW g AS SELECT a AS\ngo\nFROM t")
            try database.execute("CREATE TABLE\ngo\n(go,\ngo2)")
            try database.execute("INSERT INTO go VALUES (1, 2)")
            try database.execute("CREATE INDEX i ON t(a\n/\n2)")
            try database.execute("CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 8\n/\n4; SELECT 1; END")
            try database.execute("CREATE VIEW d AS SELECT '\n.quit\n' AS x,\n1\n  / \n1 AS y")
        }.querying("SELECT half FROM v", "SELECT go FROM g"),
        Hazard("CR LF, lone CR and NUL-like text in the schema") { database in
            try database.execute("CREATE TABLE t(a DEFAULT 'x\r\ny', b DEFAULT 'line\r',\r\n c DEFAULT '\r\n', d)\r\n")
            try database.execute("INSERT INTO t(d) VALUES (1)")
            try database.execute("CREATE VIEW v AS\r\nSELECT 'a\r\n' || '\r' AS x\r\nFROM t")
            try database.execute("CREATE INDEX i ON t(d) WHERE a <> '\r\n'")
            try database.execute("CREATE TRIGGER g AFTER DELETE ON t BEGIN\r\n SELECT '\r\n';\r\nEND")
        }.querying("SELECT hex(x) FROM v"),
        Hazard("CR LF that decides what is unique, stored or refused") { database in
            try database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)")
            try database.execute("INSERT INTO t(a, b) VALUES ('x\r\ny', 1), ('x\r\ny', 1), ('z', 2), (NULL, 1)")
            try database.execute("CREATE UNIQUE INDEX i ON t(b) WHERE a <> 'x\r\ny'")
            try database.execute(
                "CREATE UNIQUE INDEX \"j\r\n\" ON t(\r\n CASE a WHEN 'x\r\ny' THEN id WHEN 'z' THEN 0 END, b)")
            try database.execute("CREATE INDEX k ON t(a || 'it''s\r\n')")
            try database.execute(
                """
                CREATE TABLE g(id INTEGER PRIMARY KEY, a,\r
                  s AS (a || '\r\n') STORED, n NOT NULL AS (nullif(a, 'm\r\n')), "q\r\n" AS (a = 'x\r\ny'),
                  u UNIQUE AS (CASE a WHEN 'x\r\ny' THEN id ELSE 0 END))
                """)
            try database.execute("INSERT INTO g(a) VALUES ('x\r\ny'), ('x\r\ny'), ('z')")
            try database.execute("CREATE INDEX gq ON g(\"q\r\n\", s)")
            try database.execute("CREATE TABLE [c\r\n]('a\r\nb' UNIQUE, b AS (\"a\r\nb\" || 'a\r\nc') STORED)")
            try database.execute("INSERT INTO [c\r\n] VALUES ('a\r\nb'), (1)")
        },
        Hazard("CR LF in literals that read like names, and in brackets") { database in
            try database.execute("CREATE TABLE \"A\r\nB\"(x)")
            try database.execute("CREATE TABLE t(x, g AS (x || 'a\r\nb') STORED)")
            try database.execute("INSERT INTO t VALUES (1)")
            try database.execute("CREATE TABLE u(\"a\r\nb\" INTEGER, x)")
            try database.execute("INSERT INTO u VALUES (1, 'a\r\nb'), (1, 'a\r\nb'), (2, 3)")
            try database.execute("CREATE UNIQUE INDEX i ON u(\"a\r\nb\") WHERE x <> 'a\r\nb'")
            try database.execute("CREATE TABLE v(\"a[\r\nb\", x, g AS ([a[\r\nb] || '\r\n'))")
            try database.execute("INSERT INTO v VALUES (1, 2)")
            try database.execute("CREATE TABLE w(x, k)")
            try database.execute("INSERT INTO w VALUES ('a\r\nb', 1), ('c', 2)")
            try database.execute("CREATE INDEX \"nocase\" ON w(k) WHERE x = 'a\r\nb'")
        }.querying("SELECT k FROM w INDEXED BY \"nocase\" WHERE x = 'a\r\nb'"),
        Hazard("CR LF in a UTF-16 schema beside all that could stand for it") { database in
            try database.execute("PRAGMA encoding = 'UTF-16le'")
            try database.execute("CREATE TABLE t(x, g AS (x || '\r\n\\r^M~r|r') STORED)")
            try database.execute("INSERT INTO t VALUES ('a\r\nb'), ('é😀')")
            try database.execute("CREATE INDEX i ON t(x) WHERE x = 'a\r\nb' AND x <> '\\r^M~r|ré😀'")
        },
        Hazard(
            "definitions written by hand, otherwise than SQLite would keep them",
            """
            CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2); CREATE TABLE u(a); CREATE UNIQUE INDEX i ON t(a);
            CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER g AFTER DELETE ON t BEGIN SELECT 1; END;
            CREATE INDEX j ON t(b);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'create table t(a,b)' WHERE name = 't';
            UPDATE sqlite_schema SET sql = 'CREATE TABLE  u(a)' WHERE name = 'u';
            UPDATE sqlite_schema SET sql = 'create unique index i on t(a)' WHERE name = 'i';
            UPDATE sqlite_schema SET sql = 'CREATE INDEX IF NOT EXISTS j ON t(b)' WHERE name = 'j';
            UPDATE sqlite_schema SET sql = 'CREATE VIEW IF NOT EXISTS v AS SELECT a FROM t' WHERE name = 'v';
            UPDATE sqlite_schema SET sql = 'CREATE TRIGGER /* x */ g AFTER DELETE ON t BEGIN SELECT 1; END'
              WHERE name = 'g';
            PRAGMA writable_schema = RESET;
            """),
        Hazard(
            "more text behind a definition than SQLite reads",
            """
            CREATE TABLE q(x); INSERT INTO q VALUES (5); CREATE TABLE p(a, b DEFAULT ';'); INSERT INTO p VALUES (1, 2);
            CREATE TABLE r(a); CREATE INDEX i ON p(a); CREATE VIEW v AS SELECT a FROM p;
            CREATE TRIGGER g AFTER DELETE ON p BEGIN SELECT 1; SELECT 2; END;
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = sql || ';' || char(10) || 'DELETE FROM q;' || char(10) || '--' WHERE name = 'p';
            UPDATE sqlite_schema SET sql = sql || ';' WHERE name IN ('r', 'i');
            UPDATE sqlite_schema SET sql = sql || ' ; DROP TABLE q' WHERE name = 'v';
            UPDATE sqlite_schema SET sql = sql || '; DROP TABLE q; END' WHERE name = 'g';
            PRAGMA writable_schema = RESET;
            """),
        Hazard(
            "a comment between NOT NULL and GENERATED, and rows that violate it",
            """
            CREATE TABLE p(a, c TEXT GENERATED ALWAYS AS (a) STORED, d TEXT /* int */ GENERATED ALWAYS AS (a));
            INSERT INTO p(a) VALUES ('12'), ('007'), (NULL);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE TABLE p(a, c TEXT NOT NULL -- as printed' || char(10)
              || ' GENERATED ALWAYS AS (a) STORED, d TEXT NOT NULL/* int */ GENERATED ALWAYS AS (a))' WHERE name = 'p';
            PRAGMA writable_schema = RESET;
            """),
        Hazard(
            "views on views, on missing tables, in circles, with column lists",
            """
            CREATE VIEW early AS SELECT * FROM later; CREATE VIEW missing AS SELECT x, nofunction(x) FROM nowhere;
            CREATE TABLE base(a, b); INSERT INTO base VALUES (1, 2), (3, 4);
            CREATE VIEW later(p, "q r") AS SELECT a, b FROM base;
            CREATE VIEW third AS SELECT "q r" + p AS s FROM early;
            CREATE VIEW one AS SELECT * FROM two; CREATE VIEW two AS SELECT * FROM one;
            CREATE VIEW broken AS SELECT nocolumn FROM base; CREATE VIEW dqs AS SELECT "not a column" AS x,
              'it''s' AS y;
            CREATE VIEW cte AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i
            FROM n;
            CREATE VIEW "vals" AS VALUES (1, 'a'), (2, 'b');
            """
        ).querying(
            "SELECT s FROM third", "SELECT * FROM dqs", "SELECT * FROM cte", "SELECT * FROM vals", "SELECT * FROM two"),
        Hazard(
            "odd white space and cases in statements",
            """
            create table Mixed ( ID integer primary key , "A"text ) ;
            insert into mixed values (1, 'a');
            CREATE UNIQUE INDEX    spaced
              ON
              MIXED ( a ) ;
            Create View  V  As  Select  *  From  mIXED ;
            CREATE TABLE tight(a,b,PRIMARY KEY(a,b))WITHOUT ROWID;
            INSERT INTO tight VALUES(1,2);
            CREATE TABLE "tabbed"(\ta\t,\tb\t);
            """),
        Hazard(
            "byte order marks, white space where a word might begin and part of the word elsewhere",
            """
            CREATE TABLE \u{FEFF}t(a unique\u{FEFF}, \u{FEFF}b \u{FEFF}UNIQUE, "c"\u{FEFF}not \u{FEFF}null,
              d\u{FEFF} INT);
            INSERT INTO t VALUES (1, 1, 1, '5'), (1, 2, 2, 'x');
            CREATE \u{FEFF}UNIQUE \u{FEFF}INDEX i ON t(\u{FEFF}c, d\u{FEFF}); CREATE VIEW v AS \u{FEFF}SELECT a FROM t;
            """
        ).querying("SELECT * FROM v"),
        Hazard("a schema only") { database in
            try database.execute(
                """
                CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t(a); CREATE VIEW v AS SELECT a FROM t;
                CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t WHERE a = new.a - 1; END; CREATE TABLE u(b);
                """)
        },
        Hazard("1,500 small tables") { database in
            try database.inTransaction {
                for number in 1...1500 {
                    try database.execute("CREATE TABLE t\(number)(id INTEGER PRIMARY KEY, a)")
                    try database.execute("INSERT INTO t\(number)(a) VALUES (\(number))")
                }
            }
        },
        Hazard("a statement of half a megabyte") { database in
            let list = (1...40_000).map { "'\($0)''x'" }.joined(separator: ",")
            try database.execute("CREATE TABLE t(a)")
            try database.execute("INSERT INTO t VALUES ('1''x')")
            try database.execute("CREATE VIEW v AS SELECT a FROM t WHERE a IN (\(list))")
        }.querying("SELECT * FROM v"),
    ]

    static let triggers: [Hazard] = [
        Hazard(
            "triggers that would change data during an import",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE log(what, at);
            INSERT INTO t VALUES (1, 'one'), (2, 'two'); INSERT INTO log VALUES ('before', 0);
            CREATE TRIGGER t1 AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('inserted ' || new.id,
              CURRENT_TIMESTAMP); END;
            CREATE TRIGGER t2 BEFORE INSERT ON t BEGIN DELETE FROM t WHERE id < new.id; END;
            CREATE TRIGGER t3 BEFORE INSERT ON log WHEN new.what LIKE 'b%' BEGIN SELECT RAISE(ABORT,
              'it''s forbidden; END'); END;
            CREATE TRIGGER t4 AFTER UPDATE OF a ON t FOR EACH ROW BEGIN UPDATE t SET a = upper(a) WHERE id = old.id;
            END;
            CREATE TRIGGER "t 5" AFTER DELETE ON t BEGIN SELECT 1; SELECT ';'; DELETE FROM missing_table; END;
            """),
        Hazard(
            "INSTEAD OF triggers on views",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'x'); CREATE VIEW v AS SELECT id,
              a FROM t;
            CREATE TRIGGER vi INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.id, new.a || '!'); END;
            CREATE TRIGGER vu INSTEAD OF UPDATE OF a ON v BEGIN UPDATE t SET a = new.a WHERE id = old.id; END;
            CREATE TRIGGER vd INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.id; END;
            """),
    ]
}
