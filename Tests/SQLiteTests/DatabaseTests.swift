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

    @Test("Functions that nobody has are stood in for")
    func functions() throws {
        let database = try Database.inMemory()
        let text = Array("CREATE TABLE t(a); CREATE INDEX i ON t(theirs(a)); INSERT INTO t VALUES (1);".utf8) + [0]
        try text.withUnsafeBytes { bytes in
            try ScriptRunner(database) { name in
                (try? database.createFunction(name) { _ in .null }) != nil
            }.run(bytes)
        }
        #expect(try database.integer("SELECT count(*) FROM t") == 1)
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
