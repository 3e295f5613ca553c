import SQLite

extension Hazard {
    private static let someRows = """
        CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b REAL);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
          INSERT INTO t SELECT i, 'row ' || i, i / 3.0 FROM n;
        CREATE INDEX i ON t(a);
        """

    static let files: [Hazard] = pageSizes + modes + journals + compressions

    /// What tells neither in the schema nor in the rows: through a service's API there is nothing to see of it.
    package static let unseenByClients = Set((journals + compressions).map(\.name))

    private static let pageSizes: [Hazard] = [512, 1024, 2048, 8192, 16384, 32768, 65536].map { size in
        Hazard("pages of \(size) bytes", "PRAGMA page_size = \(size);\n\(someRows)")
    }

    private static let modes: [Hazard] = [
        Hazard("auto_vacuum full", "PRAGMA auto_vacuum = FULL;\n\(someRows)DELETE FROM t WHERE id > 500;"),
        Hazard(
            "auto_vacuum incremental", "PRAGMA auto_vacuum = INCREMENTAL;\n\(someRows)DELETE FROM t WHERE id > 500;"),
        Hazard("many free pages", "\(someRows)DELETE FROM t WHERE id <> 1000; CREATE TABLE u(a); DROP TABLE u;"),
        Hazard(
            "user_version and application_id",
            "PRAGMA user_version = 42; PRAGMA application_id = 252006673;\n\(someRows)"),
        Hazard(
            "the least user_version and application_id",
            "PRAGMA user_version = -2147483648; PRAGMA application_id = -2147483648; CREATE TABLE t(a);"),
        Hazard(
            "the greatest user_version and application_id, and nothing else",
            "PRAGMA user_version = 2147483647; PRAGMA application_id = 2147483647;"),
        Hazard("a file of 0 bytes", "SELECT count(*) FROM sqlite_schema;"),
        Hazard("a database whose only table was dropped", "CREATE TABLE t(a); DROP TABLE t;"),
    ]

    private static let journals: [Hazard] = [
        Hazard("WAL, checkpointed and closed", "PRAGMA journal_mode = WAL;\n\(someRows)"),
        Hazard(
            "WAL not yet checkpointed, its writer still there",
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;\n\(someRows)"
        ).keptOpen(),
        Hazard("WAL with part of it checkpointed, odd pages and its writer still there") { database in
            try database.execute(
                "PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; \(someRows)")
            try database.execute("PRAGMA wal_checkpoint(PASSIVE)")
            try database.execute(
                "UPDATE t SET a = a || ' changed' WHERE id % 2; CREATE TABLE late(x); INSERT INTO late VALUES (1)")
        }.keptOpen(),
        Hazard(
            "WAL read in one transaction",
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 3;\n\(someRows)"
        ).keptOpen().configured("snapshot: transaction"),
        Hazard(
            "WAL of an application that stopped, read in one transaction", "PRAGMA journal_mode = WAL;\n\(someRows)"
        ).configured("snapshot: transaction"),
        Hazard("WAL in UTF-16", "PRAGMA encoding = 'UTF-16be'; PRAGMA journal_mode = WAL;\n\(someRows)").keptOpen(),
        Hazard("a rollback journal, its writer still there", someRows).keptOpen(),
        Hazard("a rollback journal that persists", "PRAGMA journal_mode = PERSIST;\n\(someRows)").keptOpen(),
        Hazard("a rollback journal that is cut", "PRAGMA journal_mode = TRUNCATE;\n\(someRows)").keptOpen(),
        Hazard("no journal at all", "PRAGMA journal_mode = OFF;\n\(someRows)"),
    ]

    private static let compressions: [Hazard] = [
        "gzip", "none", "{zstd: 19}", "{zstd: 1}", "{gzip: 9}",
    ].map { compression in
        Hazard(
            "compression \(compression)",
            """
            \(someRows)
            CREATE TABLE w(k PRIMARY KEY, b) WITHOUT ROWID;
            INSERT INTO w SELECT id, randomblob(500) FROM t;
            """
        ).configured("compression: \(compression)")
    }

    /// What takes long for its amount alone.
    package static let large = Set(sizes.map(\.name)).union(["1,500 small tables"])

    static let sizes: [Hazard] = [
        Hazard(
            "50,000 rows",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, price REAL, data BLOB, flag);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
              INSERT INTO t SELECT i * 3, 'name ' || i, i * 1.1, CASE WHEN i % 10 = 0 THEN randomblob(40) END,
                i % 2 FROM n;
            CREATE INDEX i ON t(name);
            """),
        Hazard(
            "rows over 100 KB and over 1 MiB",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT, b BLOB); CREATE TABLE w(k TEXT PRIMARY KEY,
              b) WITHOUT ROWID;
            INSERT INTO t(x, b) VALUES (printf('%.*c', 150000, 'x'), randomblob(120000)), ('small', x'00'),
              (replace(printf('%.*c', 200000, 'x'), 'x', 'é'' '), NULL), (NULL, randomblob(1048577)),
              (CAST(randomblob(300000) AS TEXT), NULL), (printf('%.*c', 3000000, 'y'), zeroblob(2000000)), ('end',
                '');
            INSERT INTO w SELECT 'k' || id, b FROM t;
            """),
        Hazard(
            "thousands of rows of a few kilobytes",
            """
            CREATE TABLE t(a, b);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
              INSERT INTO t SELECT hex(randomblob(i % 1500)), randomblob(i * 3) FROM n;
            """),
    ]
}
