import SQLite

extension Hazard {
    static let numbers: [Hazard] = [
        Hazard(
            "integers at the edges of every stored size",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b, c NUMERIC, d BLOB, e TEXT, f REAL);
            INSERT INTO t(a) VALUES
              (-9223372036854775808), (9223372036854775807), (-9223372036854775807), (9223372036854775806),
              (0), (1), (-1), (2), (127), (128), (-128), (-129), (255), (256), (32767), (32768), (-32768), (-32769),
              (8388607), (8388608), (-8388608), (-8388609), (2147483647), (2147483648), (-2147483648), (-2147483649),
              (140737488355327), (140737488355328), (-140737488355328), (-140737488355329),
              (9007199254740991), (9007199254740992), (9007199254740993), (-9007199254740993);
            UPDATE t SET b = a, c = a, d = a, e = a, f = a;
            """),
        Hazard("doubles at the edges, minus zero and infinities") { database in
            try database.execute("CREATE TABLE t(bare, r REAL, n NUMERIC, i INTEGER, x TEXT, b BLOB)")
            for value in Hazard.edgeDoubles {
                try database.run("INSERT INTO t VALUES (?1, ?1, ?1, ?1, ?1, ?1)", .real(value))
            }
        },
        Hazard("10,000 random bit patterns of doubles") { database in
            var generator = SeededGenerator(seed: 20_260_315)
            try database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, r REAL, bare)")
            let insert = try database.prepare("INSERT INTO t(r, bare) VALUES (?1, ?1)")
            try database.inTransaction {
                for _ in 0..<10_000 {
                    try insert.bind(.real(Double(bitPattern: generator.next())), at: 1)
                    _ = try insert.step()
                    insert.reset()
                }
            }
        },
        Hazard("every power of two and of ten, and their neighbours") { database in
            try database.execute("CREATE TABLE t(r REAL, bare)")
            let insert = try database.prepare("INSERT INTO t VALUES (?1, ?1)")
            var values = (-1074...1023).map { Double(sign: .plus, exponent: $0, significand: 1) }
            values += (-323...308).compactMap { Double("1e\($0)") }
            try database.inTransaction {
                for value in values {
                    for near in [value, value.nextUp, value.nextDown, -value] {
                        try insert.bind(.real(near), at: 1)
                        _ = try insert.step()
                        insert.reset()
                    }
                }
            }
        },
        Hazard(
            "prices, shares and sums",
            """
            CREATE TABLE prices(id INTEGER PRIMARY KEY, amount REAL, share REAL, total NUMERIC);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
              INSERT INTO prices SELECT i, i / 100.0, 1.0 / i, i * 0.1 + i * 1000.01 FROM n;
            """),
        Hazard(
            "integers stored in REAL columns",
            """
            CREATE TABLE t(r REAL, d DOUBLE PRECISION, f FLOAT);
            INSERT INTO t VALUES (5, 5.0, '5'), (0, -0.0, 0.0), (-1, 1e15, 1e16), (9007199254740993, 1e18, 1e19),
              (9223372036854775807, -9223372036854775808, 9223372036854775808), (1e308, -1e308, 140737488355328);
            """),
        Hazard(
            "numbers written as text, and text that looks like numbers",
            """
            CREATE TABLE t(bare, x TEXT, b BLOB, n NUMERIC, i INTEGER, r REAL);
            CREATE TABLE samples(s);
            INSERT INTO samples VALUES ('12'), ('1e3'), ('0x10'), (' 12 '), ('+5'), ('-0'), ('1.0'), ('.5'), ('5.'),
              ('1e'),
              ('9223372036854775807'), ('9223372036854775808'), ('1e400'), ('Inf'), ('NaN'), ('nan'), ('-Infinity'),
              ('1_000'), ('1,5'), ('00012'), ('12abc'), ('0.1'), ('TRUE'), ('NULL');
            INSERT INTO t SELECT s, s, s, s, s, s FROM samples;
            INSERT INTO t SELECT CAST(s AS BLOB), CAST(s AS BLOB), CAST(s AS BLOB), CAST(s AS BLOB), CAST(s AS BLOB),
              CAST(s AS BLOB) FROM samples;
            """),
        Hazard(
            "NULL, empty text and empty blob in every kind of column",
            """
            CREATE TABLE t(bare, x TEXT, b BLOB, n NUMERIC, i INTEGER, r REAL);
            INSERT INTO t VALUES (NULL, NULL, NULL, NULL, NULL, NULL), ('', '', '', '', '', ''),
              (x'', x'', x'', x'', x'', x''), (zeroblob(3), zeroblob(3), zeroblob(3), zeroblob(3), zeroblob(3),
                zeroblob(3));
            """),
        Hazard(
            "values at odds with a column's type, made behind SQLite's back",
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
            INSERT INTO t VALUES (1, '12', 'x'), (2, 3.0, 'y'), (3, 4, 5), (4, 'word', 'z'), (5, NULL, NULL), (6, 7,
              x'00');
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT)' WHERE name = 't';
            PRAGMA writable_schema = RESET;
            """
        ).changing(rows: 3),
    ]

    private static let edgeDoubles: [Double] = magnitudes.flatMap { [$0, -$0] }

    private static let magnitudes: [Double] = [
        0, Double.infinity, Double.leastNonzeroMagnitude, Double.leastNormalMagnitude,
        Double.leastNormalMagnitude.nextDown,
        Double.greatestFiniteMagnitude, Double.pi, Double.ulpOfOne, 0.1, 0.2, 0.3, 0.3333333333333333,
        0.6666666666666666,
        1, 1.5, 4.35, 2.5e-5, 0.0001, 0.00001, 123456789.12345679, 999999999999999.9, 9007199254740994,
        9.2233720368547758e18, 1.8446744073709552e19, 9.2e18, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e23, 3.4e38,
        1.1754943508222875e-38, 6.125082604576892e-300, 8.98e307, Double(bitPattern: 2024),
        Double(bitPattern: 0x000F_0000_0000_0001),
    ]
}
