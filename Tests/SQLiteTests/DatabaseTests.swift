import SQLite
import TestSupport
import Testing

@Suite struct DatabaseTests {
    @Test(
        "File names may hold any character", arguments: ["plain.db", "a b?c#d%41.db", "ü☃ .db", "file:x.db", "it's.db"])
    func names(name: String) throws {
        try withTemporaryDirectory { folder in
            let path = "\(folder)/\(name)"
            try Database(path: path, access: .create).execute("CREATE TABLE t(a); INSERT INTO t VALUES (5)")
            #expect(try Database(path: path, access: .readOnly).integer("SELECT a FROM t") == 5)
            #expect(try Database(path: path, access: .immutable).integer("SELECT a FROM t") == 5)
        }
    }

    @Test(
        "Values come back as they were bound",
        arguments: [
            SQLValue.null, .integer(.min), .real(-0.0), .real(.infinity), .text(""), .text([0x61, 0, 0xFF]), .blob([]),
            .blob([0, 1]),
        ])
    func values(value: SQLValue) throws {
        let row = try Database.inMemory().rows("SELECT ?1", value)
        #expect(row == [[value]])
    }

    @Test("A read-only connection writes nothing")
    func readOnly() throws {
        try withTemporaryDirectory { folder in
            let path = "\(folder)/x.db"
            try Database(path: path, access: .create).execute("CREATE TABLE t(a)")
            #expect(throws: SQLiteError.self) { try Database(path: path, access: .readOnly).execute("DROP TABLE t") }
        }
    }

    @Test("A missing file is not made by reading")
    func missing() throws {
        try withTemporaryDirectory { folder in
            let error = #expect(throws: SQLiteError.self) { try Database(path: "\(folder)/x", access: .readOnly) }
            #expect(error?.cannotOpen == true)
        }
    }

    @Test("The file's header is read without a lock")
    func header() throws {
        try withTemporaryDirectory { folder in
            let path = "\(folder)/x.db"
            let writer = try Database(path: path, access: .create)
            try writer.execute("PRAGMA journal_mode=WAL; CREATE TABLE t(a)")
            let header = try #require(try Database(path: path, access: .readOnly).fileHeader())
            #expect(header.starts(with: Array("SQLite format 3\0".utf8)))
            #expect(header[18] == 2)
        }
    }

    @Test("An interrupted statement says so")
    func interrupt() throws {
        let database = try Database.inMemory()
        let interrupter = database.interrupter
        try database.createFunction("stop") { _ in
            interrupter.interrupt()
            return .null
        }
        let error = #expect(throws: SQLiteError.self) {
            _ = try database.integer(
                "WITH RECURSIVE n(x) AS (SELECT stop() UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n")
        }
        #expect(error?.isInterrupted == true)
    }
}

@Suite struct ScriptRunnerTests {
    private static func run(_ text: String, on database: Database) throws {
        try (Array(text.utf8) + [0]).withUnsafeBytes { try ScriptRunner(database).run($0) }
    }

    @Test("SQLite finds where statements end, triggers and comments included")
    func statements() throws {
        let database = try Database.inMemory()
        try Self.run(
            """
            CREATE TABLE t(a); -- one; two
            CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; SELECT ';'; END;
            INSERT INTO t VALUES ('a;b'), (2); /* end; */

            """, on: database)
        #expect(try database.integer("SELECT count(*) FROM t") == 2)
    }

    @Test("The statement that fails is named, and what stands before it is done")
    func failure() throws {
        let database = try Database.inMemory()
        let error = #expect(throws: SQLiteError.self) {
            try Self.run("CREATE TABLE t(a); INSERT INTO nowhere VALUES (1);", on: database)
        }
        #expect(error?.operation.contains("INSERT INTO nowhere") == true)
        #expect(try database.integer("SELECT count(*) FROM t") == 0)
    }

    @Test("A NUL in the middle is an error, not an end")
    func zero() throws {
        let database = try Database.inMemory()
        #expect(throws: SQLiteError.self) { try Self.run("CREATE TABLE t(a);\0CREATE TABLE u(a);", on: database) }
    }

    @Test("A function that nobody has is an error where nobody stands in for it")
    func unknownFunction() throws {
        let database = try Database.inMemory()
        let error = #expect(throws: SQLiteError.self) {
            try Self.run("CREATE TABLE t(a); CREATE INDEX i ON t(theirs(a));", on: database)
        }
        #expect(error?.message.contains("theirs") == true)
        #expect(!database.hasStandIns)
    }

    @Test(
        "Functions that SQLite lacks, or has otherwise, are stood in for by name",
        arguments: [
            ("theirs(a)", ["theirs"]), ("\"the irs\"(a, theirs())", ["the irs", "theirs"]),
            ("upper(a, 'tr')", ["upper"]), ("coalesce(a)", ["coalesce"]), ("b MATCH a", ["match"]),
            ("Random() + changes()", ["changes", "random"]), ("sum(a)", ["sum"]), ("rank()", ["rank"]),
            ("upper(a)", []),
        ] as [(String, [String])])
    func functions(expression: String, names: [String]) throws {
        let database = try Database.inMemory()
        database.standInForTheApplication()
        try Self.run(
            """
            CREATE TABLE t(a, b); INSERT INTO t VALUES ('offsets', 2); CREATE INDEX i ON t(\(expression));
            CREATE TABLE g(a, b, c AS (\(expression)) UNIQUE); INSERT INTO g VALUES ('bm25', 'snippet');
            """, on: database)
        #expect(Set(database.functionStandIns.map(\.name)).sorted() == names)
        // Whatever is stood in for, SQLite's own functions with other arguments stay what they are.
        #expect(try database.text("SELECT upper('x') || coalesce(NULL, 'y') || max(1, 2)") == "Xy2")
    }

    @Test("A schema that only its application can read is read with stand-ins")
    func schema() throws {
        try withTemporaryDirectory { folder in
            let path = "\(folder)/x.db"
            let writer = try Database(path: path, access: .create)
            for name in ["match", "random", "sum", "upper"] {
                try writer.standIn(for: FunctionStandIn(name: name, argumentCount: name == "random" ? 0 : 2))
            }
            try writer.standIn(for: FunctionStandIn(name: "total", argumentCount: 1))
            try writer.execute(
                """
                CREATE TABLE t(a, b AS (random()), c AS (sum(a, a))); CREATE INDEX i ON t(a) WHERE a MATCH a;
                CREATE INDEX j ON t(total(a)); CREATE INDEX k ON t(upper(a, a));
                """)
            let plain = try Database(path: path, access: .readOnly)
            #expect(throws: SQLiteError.self) { try plain.integer("SELECT rowid FROM sqlite_schema") }
            let reader = try Database(path: path, access: .readOnly)
            reader.standInForTheApplication()
            #expect(try reader.rows("SELECT name FROM sqlite_schema").count == 4)
            #expect(try reader.text("PRAGMA integrity_check") == "ok")
        }
    }
}

@Suite struct OnlineBackupTests {
    @Test("A copy in steps is the same database")
    func copy() throws {
        try withTemporaryDirectory { folder in
            let source = try Database(path: "\(folder)/a.db", access: .create)
            try source.execute(
                """
                CREATE TABLE t(a);
                WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 5000)
                INSERT INTO t SELECT randomblob(100) FROM n
                """)
            let target = try Database(path: "\(folder)/b.db", access: .create)
            let backup = try OnlineBackup(from: source, to: target)
            var steps = 0
            while try backup.step(pages: 10) == .more { steps += 1 }
            try backup.finish()
            #expect(steps > 5)
            let query = "SELECT group_concat(hex(a)) FROM t"
            #expect(try source.text(query) == target.text(query))
        }
    }
}
