import SQLite

extension Hazard {
    static let rowids: [Hazard] = [
        Hazard(
            "rowids with gaps, negatives and extremes",
            """
            CREATE TABLE t(a);
            INSERT INTO t(rowid, a) VALUES (-9223372036854775808, 'least'), (-9223372036854775807, 'next'), (-5,
              'minus five'),
              (0, 'zero'), (7, 'seven'), (1000000, 'million'), (9223372036854775806, 'last but one'),
              (9223372036854775807, 'last');
            CREATE TABLE k(id INTEGER PRIMARY KEY, a);
            INSERT INTO k SELECT rowid, a FROM t;
            """),
        Hazard(
            "rows deleted in the middle of several chunks",
            """
            CREATE TABLE t(a, b);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i,
              -i FROM n;
            DELETE FROM t WHERE a % 3 = 0 OR a BETWEEN 900 AND 2100;
            """),
        Hazard(
            "exactly one chunk, one row less and one row more",
            """
            CREATE TABLE less(a); CREATE TABLE even(a); CREATE TABLE more(a); CREATE TABLE double(a);
            CREATE TABLE none(a);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) INSERT INTO even SELECT i
            FROM n;
            INSERT INTO less SELECT a FROM even WHERE a < 10;
            INSERT INTO more SELECT a FROM even UNION ALL SELECT 11;
            INSERT INTO double SELECT a FROM even UNION ALL SELECT a FROM even;
            """
        ).configured("chunk_rows: 10"),
        Hazard(
            "chunks of one row",
            """
            CREATE TABLE t(a); CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID;
            INSERT INTO t(rowid, a) VALUES (-3, 'a'), (9, 'b'), (10, 'c'), (9223372036854775807, 'd');
            INSERT INTO w VALUES (1, 'a'), ('1', 'b'), (x'31', 'c'), (1.5, 'd');
            """
        ).configured("chunk_rows: 1"),
        Hazard(
            "a column named rowid",
            """
            CREATE TABLE a(rowid, x); INSERT INTO a(_rowid_, rowid, x) VALUES (5, 'shadow', 1), (-9, NULL, 2), (77,
              3, 3);
            CREATE TABLE b(RowID TEXT PRIMARY KEY, x); INSERT INTO b(oid, RowID, x) VALUES (8, 'k', 1), (6, 'l', 2);
            CREATE TABLE c(rowid INTEGER PRIMARY KEY, x); INSERT INTO c VALUES (-4, 1), (12, 2);
            CREATE TABLE d(_rowid_, x); INSERT INTO d(rowid, _rowid_, x) VALUES (5, 's', 1), (50, 's', 2);
            CREATE TABLE e(oid, x); INSERT INTO e(rowid, oid, x) VALUES (3, 's', 1), (30, 's', 2);
            CREATE TABLE f(a, rowid AS (a * 2)); INSERT INTO f(oid, a) VALUES (4, 1), (44, 2);
            """),
        Hazard(
            "two columns named like the rowid",
            """
            CREATE TABLE a(rowid, _rowid_, x); INSERT INTO a(oid, rowid, _rowid_, x) VALUES (21, 'p', 'q', 1), (-2,
              'r', 's', 2);
            CREATE TABLE b(oid, ROWID, x); INSERT INTO b(_rowid_, oid, rowid, x) VALUES (31, 'p', 'q', 1), (-3, 'r',
              's', 2);
            CREATE TABLE c(_ROWID_, OID, x); INSERT INTO c(rowid, _rowid_, oid, x) VALUES (41, 'p', 'q', 1), (-4,
              'r', 's', 2);
            """),
        Hazard(
            "three columns named like the rowid",
            """
            CREATE TABLE t(rowid, _rowid_, oid, x);
            INSERT INTO t VALUES ('a', 'b', 'c', 1), ('d', 'e', 'f', 2), ('g', 'h', 'i', 3), (NULL, NULL, NULL, 4);
            DELETE FROM t WHERE x = 2;
            CREATE TABLE k(id INTEGER PRIMARY KEY, rowid, _rowid_, oid);
            INSERT INTO k VALUES (-7, 1, 2, 3), (700, 4, 5, 6);
            """
        ).configured("chunk_rows: 2"),
        Hazard(
            "keys that look like the rowid and are not",
            """
            CREATE TABLE a(id INTEGER PRIMARY KEY DESC, x); INSERT INTO a(rowid, id, x) VALUES (9, 1, 'p'), (2, 5,
              'q'), (4, NULL, 'r');
            CREATE TABLE b(id INT PRIMARY KEY, x); INSERT INTO b(rowid, id, x) VALUES (9, 1, 'p'), (2, 5, 'q'), (3,
              NULL, 'r');
            CREATE TABLE c(id "INTEGER" PRIMARY KEY, x); INSERT INTO c VALUES (9, 1), (2, 5);
            CREATE TABLE d(id INTEGER, x, PRIMARY KEY(id)); INSERT INTO d VALUES (9, 1), (-2, 5);
            CREATE TABLE e(id INTEGER, x, PRIMARY KEY(id DESC)); INSERT INTO e VALUES (9, 1), (-2, 5);
            CREATE TABLE f(id BIGINT PRIMARY KEY, x); INSERT INTO f(rowid, id, x) VALUES (8, 2, 'p');
            CREATE TABLE g(id INTEGER PRIMARY KEY ASC, x); INSERT INTO g VALUES (6, 2);
            CREATE TABLE h(a INTEGER, b, PRIMARY KEY(a, b)); INSERT INTO h(rowid, a, b) VALUES (6, 2, NULL), (3, 2,
              NULL);
            """),
        Hazard(
            "a table with nothing but a key",
            """
            CREATE TABLE k(id INTEGER PRIMARY KEY); INSERT INTO k VALUES (-1), (0), (5), (9223372036854775807);
            CREATE TABLE n(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO n DEFAULT VALUES;
            CREATE TABLE w(a PRIMARY KEY) WITHOUT ROWID; INSERT INTO w VALUES (1), ('a'), (x'');
            """),
        Hazard(
            "AUTOINCREMENT with a sequence above the largest rowid, and one that was dropped",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO t(a) VALUES (1), (2), (3);
            INSERT INTO t VALUES (500, 'high'); DELETE FROM t WHERE id > 2;
            CREATE TABLE empty(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO empty VALUES (40);
            DELETE FROM empty;
            CREATE TABLE fresh(id INTEGER PRIMARY KEY AUTOINCREMENT);
            CREATE TABLE last(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO last VALUES (9223372036854775807);
            CREATE TABLE gone(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO gone VALUES (9); DROP TABLE gone;
            """),
        Hazard(
            "sqlite_sequence with odd rows",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (3);
            INSERT INTO sqlite_sequence VALUES ('nobody', 77), ('t', 9), (NULL, NULL), ('text', 'seven'), (5,
              x'00'), ('it''s', -1.5);
            """),
        Hazard(
            "sqlite_sequence without any AUTOINCREMENT table",
            """
            CREATE TABLE gone(id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE gone;
            INSERT INTO sqlite_sequence VALUES ('kept', 12);
            CREATE TABLE t(a); INSERT INTO t VALUES (1);
            """),
    ]

    static let withoutRowid: [Hazard] = [
        Hazard(
            "WITHOUT ROWID: composite keys, DESC and collations",
            """
            CREATE TABLE a(x TEXT COLLATE NOCASE, y INTEGER, z, PRIMARY KEY (x, y DESC)) WITHOUT ROWID;
            INSERT INTO a VALUES ('a', 1, 1), ('A', 2, 2), ('b', 1, 3), ('B', 3, 4), ('ä', 1, 5), ('Ä', 1, 6);
            CREATE TABLE b(x TEXT COLLATE RTRIM PRIMARY KEY DESC, y) WITHOUT ROWID;
            INSERT INTO b VALUES ('a  ', 1), ('b', 2), ('', 3);
            CREATE TABLE c(v, k2, k1, PRIMARY KEY (k1 COLLATE NOCASE DESC, k2)) WITHOUT ROWID;
            INSERT INTO c VALUES (1, 2, 'a'), (2, 1, 'A'), (3, 1, 'b');
            CREATE TABLE d(a, b, PRIMARY KEY (a, b, a)) WITHOUT ROWID;
            INSERT INTO d VALUES (1, 2), (1, 3), (2, 2);
            CREATE INDEX ci ON c(v DESC); CREATE UNIQUE INDEX bi ON b(y) WHERE y > 1;
            """
        ).configured("chunk_rows: 2"),
        Hazard(
            "WITHOUT ROWID: keys of every class over many chunks",
            """
            CREATE TABLE t(k, j, v, PRIMARY KEY (k, j)) WITHOUT ROWID;
            INSERT INTO t VALUES (-9223372036854775808, 1, 'a'), (9223372036854775807, 1, 'b'), (9007199254740993,
              0, 'c'),
              (9007199254740992.0, 0, 'd'), (1e300, 0, 'e'), (-1e300, 0, 'f'), (9e999, 0, 'g'), (-9e999, 0, 'h'),
                (0, 0, 'i'),
              (0.5, 0, 'j'), ('', 0, 'k'), ('a', '', 'l'), ('a', 'b', 'm'), ('A', x'', 'n'), (x'', 0, 'o'), (x'00',
                0, 'p'),
              (x'61', 0, 'q'), (CAST(x'6100' AS TEXT), 0, 'r'), (CAST(x'61FF' AS TEXT), 0, 's'),
                ('a' || char(13,10), 0, 't'),
              ('it''s', 0, 'u'), (1e-320, 0, 'v'), (0.1, 0, 'w'), (0.30000000000000004, 0, 'x');
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
              INSERT INTO t SELECT 'same', i, i FROM n;
            """
        ).configured("chunk_rows: 3"),
        Hazard(
            "WITHOUT ROWID: thousands of rows under few leading keys",
            """
            CREATE TABLE t(tenant TEXT, day INTEGER, id INTEGER, note, PRIMARY KEY (tenant, day DESC,
              id)) WITHOUT ROWID;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
              INSERT INTO t SELECT 'tenant ' || (i % 3), i / 1000, i, 'note ' || i FROM n;
            """),
    ]
}
