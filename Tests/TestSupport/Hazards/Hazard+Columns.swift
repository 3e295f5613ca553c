import SQLite

extension Hazard {
    static let columns: [Hazard] = [
        Hazard(
            "STRICT tables, ANY included",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, i INT, j INTEGER, r REAL, x TEXT, b BLOB, a ANY) STRICT;
            INSERT INTO t VALUES (1, 1, -1, 1.5, 'x', x'00', '12'), (2, 2, 3, 4, 'it''s', x'', 12), (3, 0, 0, 0.0,
              '', x'FF', 12.0),
              (4, NULL, NULL, NULL, NULL, NULL, NULL), (5, 9223372036854775807, 0, 9e999, '5', x'35', x'3132'),
              (6, 0, 0, -1e300, '1e3', x'00', '1e3'), (7, 0, 0, 1e300, '0.10', x'00', ' 7 ');
            CREATE TABLE w(k ANY PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID;
            INSERT INTO w VALUES (1, '1'), ('1', 1), (x'31', 1.0), (1.5, '1.50');
            """),
        Hazard("minus zero where a column keeps it") { database in
            try database.execute("CREATE TABLE t(a ANY, b ANY) STRICT")
            try database.execute("CREATE TABLE n(bare, b BLOB, x NUMERIC)")
            try database.run("INSERT INTO t VALUES (?1, ?1)", .real(-0.0))
            try database.run("INSERT INTO n VALUES (?1, ?1, ?1)", .real(-0.0))
            try database.run("INSERT INTO n VALUES (?1, ?1, ?1)", .real(5.0))
        },
        Hazard(
            "generated columns, stored and virtual, in every place",
            """
            CREATE TABLE t(v1 AS (a + 1), a INTEGER, s1 INTEGER GENERATED ALWAYS AS (a * 2) STORED, b TEXT,
              v2 TEXT GENERATED ALWAYS AS (b || '/' || a) VIRTUAL, c, s2 AS (s1 + v1) STORED UNIQUE,
                v3 AS (length(c)));
            INSERT INTO t(a, b, c) VALUES (1, 'x', 'hello'), (2, 'it''s', NULL), (-3, NULL, x'0102');
            CREATE INDEX ti ON t(v2, s1);
            CREATE TABLE k(id INTEGER PRIMARY KEY, v AS (id * 10), s AS (id * 100) STORED);
            INSERT INTO k(id) VALUES (-1), (5);
            CREATE TABLE only(a, g AS (a) STORED); INSERT INTO only(rowid, a) VALUES (9, 'z'), (-9, NULL);
            CREATE TABLE w(g AS (k || 'g'), k TEXT PRIMARY KEY, h AS (upper(k)) STORED) WITHOUT ROWID;
            INSERT INTO w(k) VALUES ('a'), ('b');
            CREATE TABLE s(i INTEGER, d TEXT AS (printf('%05d', i)) STORED, j ANY) STRICT;
            INSERT INTO s(i, j) VALUES (7, '7'), (8, 8);
            """),
        Hazard("2,000 columns with a rowid that has to be kept") { database in
            let columns = (1...2000).map { "c\($0)" }
            try database.execute("CREATE TABLE t(\(columns.joined(separator: ",")))")
            let values = (1...2000).map { "'v\($0)'" }.joined(separator: ",")
            try database.execute("INSERT INTO t VALUES (\(values))")
            try database.execute("INSERT INTO t(c1, c1000, c2000) VALUES (NULL, 1.5, x'00')")
            try database.execute("UPDATE t SET rowid = rowid * 1000 - 3000")
            try database.execute("INSERT INTO t SELECT * FROM t")
        },
        Hazard("2,000 columns, one of them the key, and 2,000 without rowid") { database in
            let columns = (2...2000).map { "c\($0)" }
            let list = columns.joined(separator: ",")
            try database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, \(list))")
            try database.execute("CREATE TABLE w(id PRIMARY KEY, \(list)) WITHOUT ROWID")
            let values = columns.map { "'\($0)'" }.joined(separator: ",")
            try database.execute("INSERT INTO t VALUES (-5, \(values)), (77, \(values))")
            try database.execute("INSERT INTO w SELECT * FROM t")
        },
        Hazard("2,000 columns full of line ends and doubles") { database in
            let columns = (1...2000).map { "c\($0)" }.joined(separator: ",")
            try database.execute("CREATE TABLE t(\(columns))")
            let values = (1...2000).map { $0 % 2 == 0 ? "'a' || char(13,10)" : "\($0) / 7.0" }
            try database.execute("INSERT INTO t VALUES (\(values.joined(separator: ",")))")
        },
        Hazard(
            "NOT NULL, defaults and rows older than a column",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT 'it''s', b DEFAULT (random()),
              c DEFAULT CURRENT_TIMESTAMP,
              d DEFAULT -5, e DEFAULT +1e3, f DEFAULT x'00FF', g DEFAULT (1 + 2), h DEFAULT NULL, i DEFAULT TRUE,
                j DEFAULT "dq");
            INSERT INTO t(id) VALUES (1), (2);
            INSERT INTO t(id, a, b, c, d, e, f, g, h, i, j) VALUES (3, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
              NULL, NULL);
            ALTER TABLE t ADD COLUMN k DEFAULT 'later'; ALTER TABLE t ADD COLUMN l NOT NULL DEFAULT 0;
            ALTER TABLE t ADD COLUMN m REAL DEFAULT 5; ALTER TABLE t ADD COLUMN n;
            INSERT INTO t(id, k, n) VALUES (4, 'own', 'n');
            CREATE TABLE lean(a); INSERT INTO lean VALUES (1), (2);
            ALTER TABLE lean ADD COLUMN b TEXT DEFAULT 'old' COLLATE NOCASE;
            CREATE TABLE dropped(a, b, c); INSERT INTO dropped VALUES (1, 2, 3); ALTER TABLE dropped DROP COLUMN b;
            """),
        Hazard(
            "declared types that mislead",
            """
            CREATE TABLE t(a CHARINT, b FLOATING POINT, c "BLOB INT", d STRING, e DATETIME, f BOOLEAN,
              g DECIMAL(10,2), h VARCHAR(3),
              i "weird "" type", j XYZ, k NVARCHAR(1) NULL, l JSON);
            INSERT INTO t VALUES ('1', '1', '1', '1', '1', '1', '1.10', 'longer than three', '1', '1', 1, '{"a": 1}'),
              (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0), (1.5, 'a', x'61', NULL, '2020-01-01',
                'true', 9e99, 5, '5',
              '05', '05', 5), (1e20, '1e20', 1e20, '1e20', 1e20, '1e20', 1e20, 1e20, 1e20, '007', 7, x'7B7D');
            """),
        Hazard(
            "values in tables that CREATE TABLE AS made",
            """
            CREATE TABLE base(a TEXT, b REAL, c BLOB); INSERT INTO base VALUES ('1', 2, x'03'), ('x', 9e999, NULL);
            CREATE TABLE made AS SELECT a, b, c, a || b AS "d e", 5 AS five, 'x' AS "x""y" FROM base;
            CREATE TABLE "made twice" AS SELECT * FROM made WHERE 0;
            """),
    ]

    static let constraints: [Hazard] = [
        Hazard(
            "foreign keys in circles, deferred, to themselves, and violated",
            """
            PRAGMA foreign_keys = OFF;
            CREATE TABLE a(id INTEGER PRIMARY KEY, b_id REFERENCES b(id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TABLE b(id INTEGER PRIMARY KEY, a_id NOT NULL REFERENCES a(id) ON DELETE CASCADE);
            CREATE TABLE tree(id INTEGER PRIMARY KEY, parent REFERENCES tree ON DELETE CASCADE ON UPDATE SET NULL);
            INSERT INTO a VALUES (1, 2), (2, 1), (3, 99); INSERT INTO b VALUES (1, 2), (2, 1), (3, -5);
            INSERT INTO tree VALUES (1, 2), (2, 3), (3, 1), (4, 444);
            CREATE TABLE orphan(x REFERENCES nowhere(y)); INSERT INTO orphan VALUES (1), (NULL);
            CREATE TABLE pair(x, y, FOREIGN KEY (x, y) REFERENCES target(p, q)); CREATE TABLE target(p, q,
              UNIQUE (p, q));
            INSERT INTO target VALUES (1, 2); INSERT INTO pair VALUES (1, 2), (1, 3), (NULL, 3);
            CREATE TABLE w(k PRIMARY KEY, x REFERENCES w(k)) WITHOUT ROWID; INSERT INTO w VALUES (1, 2), (2, 3);
            """),
        Hazard(
            "rows that violate a CHECK",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, age INTEGER CHECK (age >= 0), name TEXT CHECK (length(name) < 5),
              CONSTRAINT both CHECK (age < 200 OR name <> 'x'));
            INSERT INTO t VALUES (1, 5, 'ok');
            PRAGMA ignore_check_constraints = ON;
            INSERT INTO t VALUES (2, -5, 'bad'), (3, 5, 'far too long'), (4, 500, 'x');
            """),
        Hazard(
            "NULL in a NOT NULL column, made behind SQLite's back",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
            INSERT INTO t VALUES (1, 'x', 1), (2, NULL, 2), (3, NULL, NULL);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE TABLE t(id INTEGER PRIMARY KEY, a NOT NULL, b)' WHERE name = 't';
            PRAGMA writable_schema = RESET;
            """),
        Hazard(
            "NULLs in a UNIQUE column that was made NOT NULL",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE UNIQUE INDEX i ON t(a);
            INSERT INTO t VALUES (1, NULL), (2, NULL), (3, 'x');
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE TABLE t(id INTEGER PRIMARY KEY, a NOT NULL)' WHERE name = 't';
            PRAGMA writable_schema = RESET;
            """),
        Hazard(
            "NULL in generated columns that were made NOT NULL",
            """
            CREATE TABLE t(a, b AS (a), c AS (a) STORED); INSERT INTO t VALUES (NULL), (1);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a, b AS (a) NOT NULL, c NOT NULL AS (a) STORED)'
              WHERE name = 't';
            PRAGMA writable_schema = RESET;
            """),
        Hazard(
            "UNIQUE with many NULLs, conflict clauses, and text keys that are NULL",
            """
            CREATE TABLE t(a UNIQUE ON CONFLICT REPLACE, b TEXT PRIMARY KEY ON CONFLICT IGNORE, c, UNIQUE (a,
              c) ON CONFLICT FAIL);
            INSERT INTO t VALUES (NULL, NULL, 1), (NULL, NULL, 1), (1, 'x', 2), ('1', 'y', 2), (1.5, 'X', NULL);
            CREATE TABLE n(a NOT NULL ON CONFLICT REPLACE DEFAULT 'd', b COLLATE NOCASE UNIQUE);
            INSERT INTO n VALUES (1, 'a'), (2, 'b'), (3, NULL), (4, NULL);
            """),
        Hazard(
            "indexes: partial, on expressions, DESC, COLLATE, UNIQUE",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b REAL, c);
            INSERT INTO t VALUES (1, 'a', 1.5, NULL), (2, 'B', 2.5, 'x'), (3, NULL, -1, x'00'), (4, 'b', 9e999,
              'X'), (5, 'ä', 0, '');
            CREATE INDEX i1 ON t(a) WHERE b > 0 AND a IS NOT NULL; CREATE INDEX i2 ON t(lower(a), b * 2);
            CREATE INDEX i3 ON t(a COLLATE NOCASE DESC, b ASC); CREATE UNIQUE INDEX i4 ON t(a, c);
            CREATE UNIQUE INDEX i5 ON t(id, abs(b)) WHERE c = 'x'; CREATE INDEX i6 ON t(a COLLATE RTRIM,
              c COLLATE BINARY DESC);
            CREATE INDEX i7 ON t(substr(a, 1, 1) || '''' || char(13,10)); CREATE INDEX "i 8" ON t("a" DESC, 'c');
            CREATE INDEX IF NOT EXISTS i9 ON t(CASE WHEN a IS NULL THEN b ELSE c END);
            """
        ).querying("SELECT id FROM t INDEXED BY i1 WHERE b > 0 AND a IS NOT NULL ORDER BY a"),
    ]
}
