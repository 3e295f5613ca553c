import Foundation
import SQLite
import TestSupport
import Testing

@Suite("A schema that needs its application is backed up, proved and restored")
struct ApplicationTests {
    /// Tables named `p` with columns `a` and `b`, of which only the application knows that they are unique.
    private static let uniqueTables: [String] = [
        "CREATE TABLE p(a, b AS (coalesce(app_double(a), 0)) UNIQUE)",
        "CREATE TABLE p(a, b AS (coalesce(app_double(a), 0)) UNIQUE ON CONFLICT REPLACE)",
        "CREATE TABLE p(a, b AS (coalesce(app_double(a), 0)) UNIQUE ON CONFLICT IGNORE)",
        "CREATE TABLE p(a, b UNIQUE NOT NULL AS (coalesce(app_double(a), 0)) STORED)",
        "CREATE TABLE p(a, b NOT NULL AS (app_double(a)) UNIQUE)",
        "CREATE TABLE \"p\"([a], `b` AS (coalesce(app_double([a]), 0))UNIQUE-- UNIQUE\n/* ( */ON/**/CONFLICT\tFAIL)",
        """
        CREATE TABLE p(a, b AS (coalesce(app_double(a), 0)), c DEFAULT 'UNIQUE (', "unique" DEFAULT ')',
          CONSTRAINT "UNIQUE" UNIQUE /* ) */ (b DESC, c COLLATE NOCASE, "unique") ON CONFLICT IGNORE)
        """,
        """
        CREATE TABLE p(x UNIQUE, a PRIMARY KEY, b AS (coalesce(app_double(a), 0)) UNIQUE, y UNIQUE,
          CHECK (a IN (1, 2, 3)) UNIQUE (b), UNIQUE (y, x), UNIQUE (b, a))
        """,
        """
        CREATE TABLE p(x UNIQUE, b AS (coalesce(app_double(a), 0)) UNIQUE, a INT PRIMARY KEY, UNIQUE (x, b))
          WITHOUT ROWID
        """,
        """
        CREATE TABLE p(b INT AS (coalesce(app_double(a), 0)) STORED UNIQUE, a INTEGER PRIMARY KEY, x TEXT,
          UNIQUE (b, x), UNIQUE (a)) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE p(a INTEGER PRIMARY KEY AUTOINCREMENT, b AS (coalesce(app_double(a), 0)) UNIQUE)",
        """
        CREATE TABLE p(a, t COLLATE app_fold DEFAULT 'x', b AS (coalesce(app_double(a), 0)),
          UNIQUE (t COLLATE app_length, b))
        """,
        "CREATE TABLE p(a, b AS (a * 2), c AS (CASE WHEN 'x' = 'X' COLLATE app_fold THEN a ELSE 0 END) UNIQUE)",
        "CREATE TABLE p(a,\r\n b AS (coalesce(app_double(a), 'none\r\n'))\r\nUNIQUE)",
        "CREATE TABLE p(a, z unique\u{FEFF}, \u{FEFF}b AS (coalesce(app_double(a), 0))\u{FEFF}UNIQUE)",
        """
        CREATE TABLE p(a, b AS (coalesce(app_double(a), 0)) STORED UNIQUE, c AS (app_double(a)) UNIQUE);
        CREATE UNIQUE INDEX i ON p(b, c); CREATE INDEX j ON p(a) WHERE c > 2
        """,
        "CREATE TABLE p(a UNIQUE PRIMARY KEY DESC, b AS (app_double(a)))",
        "CREATE TABLE p(a, b AS (app_double(a)), UNIQUE (a), PRIMARY KEY (a DESC))",
        "CREATE TABLE p(a UNIQUE, c, b AS (app_double(a)), PRIMARY KEY (a DESC)) WITHOUT ROWID",
        """
        CREATE TABLE p(x UNIQUE, b AS (coalesce(app_double(a), 0)) UNIQUE, a UNIQUE PRIMARY KEY DESC, y UNIQUE,
          UNIQUE (x), UNIQUE (y, 'B' COLLATE NOCASE DESC), UNIQUE (y, x), UNIQUE (((b)), a), UNIQUE (b))
        """,
        """
        CREATE TABLE p(x, b AS (coalesce(app_double(a), 0)) UNIQUE, a UNIQUE, y UNIQUE, UNIQUE (x, [b]),
          UNIQUE (x), PRIMARY KEY (a DESC)) WITHOUT ROWID
        """,
        "CREATE TABLE p(a PRIMARY KEY DESC, b AS (coalesce(app_double(a), 0)) UNIQUE) WITHOUT ROWID",
        """
        CREATE TABLE p(a, c DEFAULT 'c', b AS (coalesce(app_double(a), 0)) UNIQUE,
          PRIMARY KEY (c COLLATE NOCASE DESC, a DESC), UNIQUE (b DESC, c)) WITHOUT ROWID
        """,
        "CREATE TABLE p(a INT UNIQUE, b INT AS (coalesce(app_double(a), 'none'))) STRICT",
        "CREATE TABLE p(a ANY UNIQUE, b INT NOT NULL AS (coalesce(app_double(a), 'none')) STORED) STRICT",
    ]

    @Test("UNIQUE constraints that only the application can check come back as they were", arguments: uniqueTables)
    func uniqueConstraints(definition: String) async throws {
        try await withWorkbench { bench in
            let source = try Self.open(bench.source)
            try source.execute("\(definition); INSERT INTO p(a) VALUES (1), (2), (3)")
            let restored = try await Self.restored(bench, Self.open)
            try Self.expectSame(
                source, restored, queries: ["SELECT a, b FROM p WHERE b = 4", "SELECT a FROM p WHERE a > 1 ORDER BY a"])

            // What is unique is so again.
            for database in [source, restored] { try? database.execute("INSERT INTO p(a) VALUES (2)") }
            #expect(try restored.rows("SELECT a, b FROM p NOT INDEXED ORDER BY a").count == 3)
            #expect(try restored.rows(Self.rows) == source.rows(Self.rows))
        }
    }

    static let rows = "SELECT * FROM p NOT INDEXED ORDER BY a"

    @Test("one such table comes back by itself")
    func oneTable() async throws {
        try await withWorkbench { bench in
            let source = try Self.open(bench.source)
            try source.execute(
                """
                CREATE TABLE p(a, b AS (coalesce(app_double(a), 0)) UNIQUE); INSERT INTO p(a) VALUES (1), (2), (3);
                CREATE UNIQUE INDEX i ON p(coalesce(app_double(b), 0)); CREATE TABLE other(a);
                """)
            let restored = try await Self.restoredTable(bench, Self.open)
            try Self.expectSameTable(source, restored)
        }
    }

    @Test("one table comes back by itself with an index that only a collation of the application's keeps unique")
    func oneTableWithCollation() async throws {
        try await withWorkbench { bench in
            let source = try Self.open(bench.source)
            try source.execute(
                """
                CREATE TABLE p(a, b AS (CASE WHEN 'x' = 'X' COLLATE app_fold THEN a ELSE 0 END) STORED);
                INSERT INTO p(a) VALUES (1), (2), (3); CREATE UNIQUE INDEX i ON p(b);
                """)
            let restored = try await Self.restoredTable(bench, Self.open)
            try restored.execute("UPDATE p SET a = a; REINDEX")
            try Self.expectSame(source, restored, queries: ["SELECT b FROM p INDEXED BY i ORDER BY b"])
        }
    }

    @Test("whether a foreign key of a generated column is violated is left to the application")
    func foreignKeys() async throws {
        try await Self.expectRestored(
            """
            CREATE TABLE p(a, b AS (app_double(a)) UNIQUE); INSERT INTO p(a) VALUES (1), (2);
            CREATE TABLE c(x REFERENCES p(b)); INSERT INTO c VALUES (2), (4);
            CREATE TABLE q(a PRIMARY KEY); CREATE TABLE d(x REFERENCES q); INSERT INTO d VALUES (1);
            """, Self.open, queries: ["PRAGMA foreign_key_check"]
        ) { notes in
            #expect(notes.contains { $0.hasPrefix("2 foreign key violations") && $0.contains("cannot be told") })
            #expect(notes.contains("1 foreign key violation found, which the source has too."), "\(notes)")
        }
    }

    @Test("a NULL that the source has in a NOT NULL column is told beside what is stood in for")
    func sourceViolation() async throws {
        try await withWorkbench { bench in
            let source = try Self.open(bench.source)
            source.allowWritingSchema()
            try source.execute(
                """
                CREATE TABLE p(a); CREATE INDEX i ON p(app_double(a));
                CREATE TABLE nn(b); INSERT INTO nn VALUES (NULL);
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE TABLE nn(b NOT NULL)' WHERE name = 'nn';
                PRAGMA writable_schema = RESET;
                """)
            _ = try await Self.restored(bench, Self.open) { notes in
                #expect(notes.contains("integrity_check: NULL value in nn.b (so it is in the source)"), "\(notes)")
            }
        }
    }

    @Test("a collation with CR LF in its name is told once")
    func collationWithReturn() async throws {
        try await Self.expectRestored(
            "CREATE TABLE p(a); CREATE INDEX i ON p(a COLLATE \"c\r\nd\"); INSERT INTO p VALUES (1), (2)", Self.open
        ) { notes in
            #expect(notes.contains { $0.contains("collations c\r\nd, which") }, "\(notes)")
        }
    }

    @Test(
        "functions in the place of SQLite's own, which takes none of its own there, are stood in for",
        arguments: [
            ("match", "CREATE TABLE p(a, b); CREATE INDEX i ON p(a) WHERE b MATCH a"),
            ("changes", "CREATE TABLE p(a, b AS (coalesce(a + changes(), 0)) UNIQUE)"),
            ("random", "CREATE TABLE p(a, b AS (RANDOM()) STORED); CREATE UNIQUE INDEX i ON p(a, random())"),
            ("total", "CREATE TABLE p(a, b); CREATE INDEX i ON p(a, total(b)) WHERE total(a) > 1"),
        ])
    func replacedFunctions(name: String, definition: String) async throws {
        try await Self.expectRestored(
            "\(definition); INSERT INTO p(a) VALUES (1), (2)", Self.openReplacing,
            queries: ["SELECT a FROM p WHERE a = 2"]
        ) { notes in
            #expect(notes.contains { $0.contains("functions \(name), ") }, "\(notes)")
        }
    }

    @Test(
        "functions with CR LF in their names are stood in for",
        arguments: [
            "CREATE TABLE p(a); CREATE INDEX i ON p(\"a\r\nb\"(a))",
            "CREATE TABLE p(a, g AS (\"a\r\nb\"(a)), s AS (\"a\r\nb\"(a)) STORED); CREATE INDEX i ON p(g, s)",
            "CREATE TABLE p(a CHECK (\"a\r\nb\"(a) > 0), g AS (coalesce(\"a\r\nb\"(a), 0)) UNIQUE)",
            """
            CREATE TABLE p(a, "x\r\ny" AS (a));
            CREATE UNIQUE INDEX i ON p(coalesce([a\r\nb]("x\r\ny"), 'x\r\ny'))
            """,
        ])
    func functionsWithReturns(definition: String) async throws {
        try await Self.expectRestored(
            "\(definition); INSERT INTO p(a) VALUES (1), (2)", Self.open, queries: ["SELECT a FROM p WHERE a = 2"]
        ) { notes in
            #expect(notes.contains { $0.contains("functions a\r\nb, ") }, "\(notes)")
        }
    }

    @Test("stored columns that only the application can compute come back as they were")
    func storedByTheApplication() async throws {
        try await Self.expectRestored(
            """
            CREATE TABLE p(id INTEGER PRIMARY KEY, a, g AS (coalesce(app_double(a), 0)) STORED,
              h AS (a + 1) STORED);
            INSERT INTO p(a) VALUES (1), (0), (2);
            CREATE UNIQUE INDEX i ON p(g); CREATE INDEX j ON p(app_double(a));
            CREATE TABLE same(a, g AS (a + 1) STORED UNIQUE); INSERT INTO same VALUES (1);
            """, Self.open, queries: ["SELECT g FROM p INDEXED BY i ORDER BY g"]
        ) { notes in
            #expect(!notes.contains { $0.contains("UPDATE") }, "nothing has to be computed again: \(notes)")
        }
    }

    @Test("stored columns that SQLite's own functions compute otherwise come back as they were, with a note")
    func storedOtherwise() async throws {
        // The application's `upper` leaves letters as they are.
        try await Self.expectRestored(
            """
            CREATE TABLE f(a, g AS (app_double(a)) UNIQUE); INSERT INTO f VALUES (1), (2);
            CREATE TABLE p(a, b NOT NULL AS (nullif(upper(a), 'X')) STORED); INSERT INTO p(a) VALUES ('x');
            CREATE TABLE same(a, g AS (a + 1) STORED UNIQUE); INSERT INTO same VALUES (1);
            """, Self.open, queries: ["SELECT a, b FROM p"]
        ) { notes in
            let told = notes.filter { $0.contains("functions nullif, upper would not give all") }
            #expect(told.count == 1, "the other table's columns are as they would be: \(notes)")
            #expect(!notes.contains { $0.contains("UPDATE") }, "nothing has to be computed again: \(notes)")
        }
    }

    @Test("a schema that nothing can stand in for is not called corrupt")
    func unreadableSchema() async throws {
        try await withWorkbench { bench in
            // As an application would leave it that has put its own `likelihood` in the place of SQLite's.
            try bench.makeSource(
                """
                CREATE TABLE t(a, b); INSERT INTO t VALUES ('x', 'xy'); CREATE INDEX i ON t(a) WHERE b > a;
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t(a) WHERE likelihood(a, b)' WHERE name = 'i';
                """)
            let outcome = try await bench.nightjar("backup", Workbench.database)
            #expect(outcome.exitCode == 74, "\(outcome)")
            #expect(outcome.standardError.contains("only its application can read"), "\(outcome)")
            #expect(!outcome.standardError.contains("is corrupt"), "\(outcome)")
            #expect(bench.objects == [])
        }
    }

    // MARK: Tools

    /// A connection of the application's.
    private static func open(_ path: String) throws -> Database {
        let database = try Database(path: path, access: .create)
        try TestApplication.register(on: database)
        try database.createFunction("a\r\nb") { $0.first ?? .null }
        try database.createCollation("c\r\nd") { left, right in
            left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        }
        return database
    }

    /// A connection of an application that replaces functions of SQLite's own.
    private static func openReplacing(_ path: String) throws -> Database {
        let database = try Database(path: path, access: .create)
        for name in ["changes", "random", "total"] { try database.createFunction(name) { $0.first ?? .integer(10) } }
        try database.standIn(for: FunctionStandIn(name: "match", argumentCount: 2))
        return database
    }

    /// Backs up a source that is made by `definition`, and expects that what is restored is the same.
    /// - Parameter check: Sees the notes of the restore.
    static func expectRestored(
        _ definition: String, _ open: (String) throws -> Database, queries: [String] = [],
        notes check: ([String]) -> Void
    ) async throws {
        try await withWorkbench { bench in
            let source = try open(bench.source)
            try source.execute(definition)
            let restored = try await Self.restored(bench, open, notes: check)
            try expectSame(source, restored, queries: queries)
        }
    }

    /// Backs the source up, restores it, and does in the application what the notes say.
    static func restored(
        _ bench: Workbench, _ open: (String) throws -> Database, notes check: ([String]) -> Void = { _ in }
    ) async throws -> Database {
        let result = try await bench.backUp()
        #expect(result.state == "proved")
        let target = bench.target + "/restored.db"
        let outcome = try await bench.nightjar("restore", result.backup, "--to", target, "--json")
        try #require(outcome.exitCode == 0, "\(outcome)")
        #expect(bench.leftovers == [])
        let notes = try outcome.answer(RestoreAnswer.self).notes
        check(notes)
        let database = try open(target)
        if notes.contains(where: { $0.contains("run REINDEX in the application") }) {
            try database.execute("REINDEX; REINDEX")
        }
        for note in notes where note.contains("UPDATE") {
            let statements = try #require(note.split(separator: "run: ").last?.split(separator: " (triggers").first)
            try database.execute(String(statements))
        }
        return database
    }

    /// Backs the source up, and restores its table `p` alone.
    static func restoredTable(_ bench: Workbench, _ open: (String) throws -> Database) async throws -> Database {
        let result = try await bench.backUp()
        let target = bench.target + "/restored.db"
        let outcome = try await bench.nightjar("restore", result.backup, "--table", "p", "--to", target)
        try #require(outcome.exitCode == 0, "\(outcome)")
        return try open(target)
    }

    /// Whether the table `p` is the same once its indexes are made anew, as its application would do it.
    static func expectSameTable(_ source: Database, _ restored: Database) throws {
        try restored.execute("REINDEX")
        #expect(try restored.text("PRAGMA integrity_check") == "ok")
        let schema = "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 'p' ORDER BY rowid"
        for query in [schema, rows] { #expect(try restored.rows(query) == source.rows(query), "\(query)") }
    }

    /// Whether the whole schema is the same, and what a table `p` holds, in its pages and through its indexes.
    static func expectSame(_ source: Database, _ restored: Database, queries: [String]) throws {
        #expect(try restored.text("PRAGMA integrity_check") == "ok")
        let schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
        for query in [schema, rows] + queries {
            #expect(try restored.rows(query) == source.rows(query), "\(query)")
        }
    }
}
