import SQLite

extension Hazard {
    private static let documents = """
        (1, 'the quick brown fox', 'it''s a fox'), (2, 'lazy dog', 'brown'), (30, 'Ünïcödé 😀', NULL),
          (-5, 'quick ' || char(13,10) || ' lines', '')
        """

    static let virtualTables: [Hazard] = [
        Hazard(
            "FTS3 and FTS4",
            #"""
            CREATE VIRTUAL TABLE f3 USING fts3(title, body, tokenize=porter);
            INSERT INTO f3(docid, title, body) VALUES \#(documents);
            CREATE VIRTUAL TABLE f4 USING fts4(title, body, notindexed=body, prefix="2,3",
              tokenize=unicode61 "remove_diacritics=0");
            INSERT INTO f4(docid, title, body) VALUES \#(documents);
            DELETE FROM f4 WHERE docid = 2; INSERT INTO f4(f4) VALUES ('optimize');
            CREATE TABLE own(id INTEGER PRIMARY KEY, title, body); INSERT INTO own VALUES \#(documents);
            CREATE VIRTUAL TABLE fx USING fts4(content="own", title, body); INSERT INTO fx(fx) VALUES ('rebuild');
            CREATE VIRTUAL TABLE fc USING fts4(content="", title, body);
            INSERT INTO fc(docid, title, body) VALUES \#(documents);
            CREATE VIRTUAL TABLE "odd ""name""" USING fts4(a); INSERT INTO "odd ""name"""(a) VALUES ('quick');
            """#
        ).querying(
            "SELECT docid, title FROM f3 WHERE f3 MATCH 'foxes OR dog' ORDER BY docid",
            "SELECT docid, snippet(f4) FROM f4 WHERE f4 MATCH 'qu*' ORDER BY docid",
            "SELECT docid, title FROM fx WHERE fx MATCH 'body:brown' ORDER BY docid",
            "SELECT docid FROM fc WHERE fc MATCH 'lazy' ORDER BY docid",
            "SELECT a FROM \"odd \"\"name\"\"\" WHERE a MATCH 'quick'"),
        Hazard(
            "FTS5: plain, contentless, external content, deleted and odd ones",
            #"""
            CREATE VIRTUAL TABLE plain USING fts5(title, body UNINDEXED, tokenize = 'porter unicode61',
              prefix = '2 3');
            INSERT INTO plain(rowid, title, body) VALUES \#(documents);
            DELETE FROM plain WHERE rowid = 2; INSERT INTO plain(plain, rank) VALUES ('automerge', 2);
            CREATE VIRTUAL TABLE bare USING fts5(title, body, content = '');
            INSERT INTO bare(rowid, title, body) VALUES \#(documents);
            CREATE TABLE own(id INTEGER PRIMARY KEY, title, body); INSERT INTO own VALUES \#(documents);
            CREATE VIRTUAL TABLE outer USING fts5(title, body, content = 'own', content_rowid = 'id');
            INSERT INTO outer(outer) VALUES ('rebuild');
            CREATE TRIGGER own_insert AFTER INSERT ON own BEGIN
              INSERT INTO outer(rowid, title, body) VALUES (new.id, new.title, new.body); END;
            CREATE VIRTUAL TABLE vocabulary USING fts5vocab('plain', 'row');
            CREATE VIRTUAL TABLE "it's ""odd""" USING fts5("a b"); INSERT INTO "it's ""odd""" VALUES ('fox');
            """#
        ).querying(
            "SELECT rowid, title, body FROM plain WHERE plain MATCH 'quick' ORDER BY rank, rowid",
            "SELECT rowid FROM bare WHERE bare MATCH 'brown' ORDER BY rowid",
            "SELECT rowid, highlight(outer, 0, '<', '>') FROM outer WHERE outer MATCH 'title:quick OR dog' ORDER BY 1",
            "SELECT * FROM vocabulary ORDER BY term", "SELECT v FROM plain_config WHERE k = 'automerge'",
            "SELECT \"a b\" FROM \"it's \"\"odd\"\"\" WHERE \"it's \"\"odd\"\"\" MATCH 'fox'"),
        Hazard(
            "FTS5 with thousands of documents",
            """
            CREATE VIRTUAL TABLE f USING fts5(body);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
              INSERT INTO f SELECT 'word' || (i % 50) || ' number ' || i || ' ' || hex(i * 7919) FROM n;
            DELETE FROM f WHERE rowid % 5 = 0;
            """
        ).querying(
            "SELECT count(*), sum(rowid) FROM f WHERE f MATCH 'word7'",
            "SELECT rowid FROM f WHERE f MATCH '\"number 77\"'"),
        Hazard(
            "rtree and rtree_i32, with further columns",
            """
            CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, y0, y1, +name TEXT, +data);
            INSERT INTO r VALUES (1, 0.5, 1.25, -3, 4, 'it''s', x'00'), (-7, -1e30, 1e30, 0.1, 0.2, NULL, 1.5),
              (900, 5, 5, 5, 5, '', '');
            CREATE VIRTUAL TABLE i USING rtree_i32(id, a0, a1);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO i SELECT i,
              i * 3, i * 3 + 2 FROM n;
            DELETE FROM i WHERE id % 7 = 0;
            """
        ).querying(
            "SELECT id, name, data FROM r WHERE x0 <= 1 AND x1 >= 1 ORDER BY id", "SELECT rtreecheck('i')",
            "SELECT rtreecheck('r')",
            "SELECT count(*), sum(id) FROM i WHERE a0 > 100 AND a1 < 2000"),
        Hazard(
            "a virtual table whose module is not there",
            """
            CREATE TABLE t(a); INSERT INTO t VALUES (1);
            PRAGMA writable_schema = ON;
            INSERT INTO sqlite_schema VALUES ('table', 'ghost', 'ghost', 0,
              'CREATE VIRTUAL TABLE ghost USING nosuchmodule(a, ''it''''s'')');
            PRAGMA writable_schema = RESET;
            CREATE TABLE ghost_data(id INTEGER PRIMARY KEY, block BLOB); INSERT INTO ghost_data VALUES (1, x'0102');
            """),
    ]

    static let statistics: [Hazard] = [
        Hazard(
            "ANALYZE tables, one row of them deleted and one added",
            """
            CREATE TABLE t(a, b); CREATE INDEX ia ON t(a); CREATE INDEX ib ON t(b, a);
            CREATE TABLE u(x PRIMARY KEY) WITHOUT ROWID;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
            INSERT INTO t SELECT i % 7, i FROM n;
            INSERT INTO u SELECT DISTINCT a FROM t;
            ANALYZE;
            DELETE FROM sqlite_stat1 WHERE idx = 'ib'; INSERT INTO sqlite_stat1 VALUES ('t', 'ia', '9 9 unordered'),
              ('gone', NULL, '5');
            """),
        Hazard(
            "ANALYZE of an empty database",
            """
            CREATE TABLE t(a); CREATE INDEX i ON t(a); ANALYZE;
            """),
    ]

    static let applications: [Hazard] = [
        Hazard(
            "a collation of the application's in columns, keys and indexes",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT COLLATE app_length UNIQUE, b TEXT);
            INSERT INTO t(a, b) VALUES ('zz', 'x'), ('a', 'yy'), ('bbb', ''), (NULL, NULL), ('c', 'x');
            CREATE INDEX i ON t(b COLLATE app_length DESC, a);
            CREATE TABLE w(k TEXT COLLATE app_length PRIMARY KEY, v) WITHOUT ROWID;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
            INSERT INTO w SELECT hex(i * i * 31), i FROM n;
            CREATE VIEW v AS SELECT a FROM t ORDER BY b COLLATE app_length;
            """
        ).withApplication().configured("chunk_rows: 7"),
        Hazard(
            "a function of the application's in indexes, CHECKs, views and triggers",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER CHECK (app_double(a) > a OR a <= 0),
              g AS (app_double(a)) VIRTUAL);
            INSERT INTO t(a) VALUES (1), (2), (0), (-5), (NULL);
            CREATE INDEX i ON t(app_double(a)); CREATE INDEX p ON t(a) WHERE app_double(a) > 2;
            CREATE UNIQUE INDEX gi ON t(g);
            CREATE VIEW v AS SELECT app_double(a) AS d FROM t;
            CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t SET a = app_double(a); END;
            CREATE TABLE d(a, b DEFAULT (app_double(4))); INSERT INTO d(a) VALUES (1);
            """
        ).withApplication(),
        Hazard(
            "a stored generated column that only the application can compute",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, g INTEGER AS (app_double(a)) STORED);
            INSERT INTO t(a) VALUES (1), (2), (30);
            """
        ).withApplication(),
        Hazard(
            "a stored generated column that is NOT NULL and that only the application can compute",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, g INTEGER NOT NULL AS (app_double(a)) STORED);
            INSERT INTO t(a) VALUES (1), (2), (30);
            """
        ).withApplication(),
        Hazard(
            "UNIQUE indexes whose keys only the application can tell apart",
            """
            CREATE TABLE p(a, b AS (coalesce(app_double(a), 0))); INSERT INTO p(a) VALUES (1), (2), (3);
            CREATE UNIQUE INDEX i ON p(b); CREATE UNIQUE INDEX e ON p(ifnull(app_double(a), 'x'), 1);
            CREATE UNIQUE INDEX plain ON p(a); CREATE UNIQUE INDEX "partial" ON p(1) WHERE app_double(a) > 5;
            CREATE UNIQUE INDEX "cr" ON p(coalesce(app_double(a), 'x' || char(13, 10))) WHERE a <> 'x
            y';
            """
        ).withApplication(),
        Hazard(
            "UNIQUE indexes that a collation of the application's decides",
            """
            CREATE TABLE u(email TEXT, status TEXT COLLATE app_fold);
            INSERT INTO u VALUES ('a@x', 'deleted'), ('a@x', 'Deleted'), ('a@x', 'live');
            CREATE UNIQUE INDEX iu ON u(email) WHERE status <> 'DELETED';
            CREATE TABLE p(a, b); INSERT INTO p VALUES ('x', 'X'), ('x', 'y');
            CREATE UNIQUE INDEX ip ON p((a = b COLLATE app_fold));
            """
        ).withApplication(),
        Hazard(
            "functions of the application's with the names of SQLite's own",
            """
            CREATE TABLE t(a CHECK (lower(a, 'tr') <> 'x')); INSERT INTO t VALUES (1);
            CREATE TABLE u(a, b); INSERT INTO u VALUES ('x', 'y'), ('z', 'y');
            CREATE INDEX i ON u(upper(a, b)); CREATE INDEX j ON u(a) WHERE lower(a, b) <> 'x';
            """
        ).withApplication(),
        Hazard("UNIQUE indexes of the application's with CR LF") { database in
            try database.execute("CREATE TABLE p(a, b AS (coalesce(app_double(a), '\r\n')))")
            try database.execute("INSERT INTO p(a) VALUES (1), (2), (3)")
            try database.execute("CREATE UNIQUE INDEX i ON p(\r\nb)")
            try database.execute("CREATE UNIQUE INDEX j ON p(coalesce(app_double(a), 'x\r\ny'))")
        }.withApplication(),
    ]
}
