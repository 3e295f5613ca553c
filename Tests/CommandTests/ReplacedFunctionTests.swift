import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("A schema whose application has its own functions in the place of SQLite's is backed up, proved and restored")
struct ReplacedFunctionTests {
    @Test("rows come back that SQLite's own functions refuse", arguments: Case.all)
    func refused(_ example: Case) async throws {
        try await ApplicationTests.expectRestored(example.definition, Self.open) { notes in
            #expect(notes.contains { $0.contains("functions \(example.functions) are SQLite's own") }, "\(notes)")
            #expect(!notes.contains { $0.contains("UPDATE") }, "nothing has to be computed again: \(notes)")
        }
    }

    @Test("stored columns come back that SQLite's own functions compute otherwise", arguments: Case.stored)
    func stored(_ example: Case) async throws {
        try await ApplicationTests.expectRestored(example.definition, Self.open) { notes in
            #expect(
                notes.contains { $0.contains("own functions \(example.functions) would not give all") }, "\(notes)")
            #expect(!notes.contains { $0.contains("UPDATE") }, "nothing has to be computed again: \(notes)")
        }
    }

    @Test(
        "stored columns that SQLite's own functions compute alike come back beside what these refuse",
        arguments: Case.spared)
    func spared(_ example: Case) async throws {
        try await ApplicationTests.expectRestored(example.definition, Self.open) { notes in
            #expect(notes.contains { $0.contains("functions \(example.functions) are SQLite's own") }, "\(notes)")
            #expect(!notes.contains { $0.contains("UPDATE") }, "nothing has to be computed again: \(notes)")
            #expect(!notes.contains { $0.contains("columns that use these functions") }, "\(notes)")
        }
    }

    @Test("so they do in another table than the one that refuses its rows")
    func sparedElsewhere() async throws {
        try await ApplicationTests.expectRestored(
            """
            CREATE TABLE p(a); CREATE UNIQUE INDEX i ON p(upper(a)); INSERT INTO p VALUES ('x'), ('X');
            CREATE TABLE q(a, b AS (upper(a)) STORED UNIQUE); INSERT INTO q(a) VALUES ('X'), ('Y');
            """, Self.open, queries: ["SELECT a, b FROM q ORDER BY a"]
        ) { notes in
            #expect(!notes.contains { $0.contains("UPDATE") }, "nothing has to be computed again: \(notes)")
        }
    }

    @Test("stored columns that are NULL because the rows are refused otherwise are told, with what mends them")
    func emptied() async throws {
        // SQLite computes `v` with each row, although `b` does not need it.
        try await ApplicationTests.expectRestored(
            """
            CREATE TABLE p(a, v AS (json_extract(a, '$.x')),
              b AS (CASE WHEN a IS NULL THEN v ELSE lower(a) END) STORED UNIQUE);
            INSERT INTO p(a) VALUES ('x'), ('y');
            """, Self.open
        ) { notes in
            let told = notes.filter { $0.contains("UPDATE") }
            #expect(told.count == 1 && told[0].hasPrefix("p: "), "\(notes)")
            #expect(told.allSatisfy { $0.contains("(json_extract, lower)") }, "\(notes)")
            #expect(notes.contains { $0.contains("columns that use these functions") }, "\(notes)")
        }
    }

    @Test("stored columns that SQLite's own functions compute alike are left to them")
    func alike() async throws {
        try await withWorkbench { bench in
            try bench.configure(["compression: none"])
            let source = try Self.open(bench.source)
            try source.execute(
                """
                CREATE TABLE p(a, b AS (upper(a)) STORED, c REAL AS (abs(-a)) STORED, d INT AS (a || '') STORED,
                  e AS (coalesce(a, date('now'))) STORED);
                INSERT INTO p(a) VALUES ('7'), (8), (9.5);
                """)
            // Not what the application's `abs` gives.
            let plain = try Database(path: bench.source, access: .readWrite)
            try plain.execute("UPDATE p SET a = a")
            let id = try await bench.backUp().backup
            let object = try bench.manifest(of: id).objects[0]
            let dump = try String(contentsOfFile: bench.objectPath(object), encoding: .utf8)
            #expect(!dump.contains("CHECK(1)"), "\(dump)")
        }
    }

    @Test("what SQLite's own functions violate is not said to be in the source")
    func violations() async throws {
        try await ApplicationTests.expectRestored(
            """
            CREATE TABLE p(a, b AS (upper(a)) UNIQUE, n NOT NULL AS (nullif(upper(a), 'X')));
            INSERT INTO p(a) VALUES ('x'), ('y');
            CREATE TABLE c(x REFERENCES p(b)); INSERT INTO c VALUES ('x');
            CREATE TABLE q(a PRIMARY KEY); CREATE TABLE d(x REFERENCES q); INSERT INTO d VALUES (1);
            """, Self.open, queries: ["PRAGMA foreign_key_check"]
        ) { notes in
            #expect(notes.contains { $0.hasPrefix("1 foreign key violation") && $0.contains("cannot be told") })
            #expect(notes.contains("1 foreign key violation found, which the source has too."), "\(notes)")
            #expect(notes.contains { $0.contains("NULL value in p.n") && !$0.contains("so it is in") }, "\(notes)")
        }
    }

    @Test("CHECKs are not asked while a backup is imported")
    func checks() async throws {
        try await ApplicationTests.expectRestored(
            """
            CREATE TABLE p(a CHECK (upper(a) = a AND json_extract(a, '$.x') = a));
            INSERT INTO p VALUES ('x'), ('{');
            """, Self.open
        ) { notes in
            #expect(!notes.contains { $0.contains("stand-ins") }, "\(notes)")
        }
    }

    @Test("one such table comes back by itself")
    func oneTable() async throws {
        try await withWorkbench { bench in
            let source = try Self.open(bench.source)
            try source.execute(
                """
                CREATE TABLE p(a, b AS (upper(a)) UNIQUE, c AS (coalesce(a, 0)) STORED);
                INSERT INTO p(a) VALUES ('x'), ('X');
                CREATE UNIQUE INDEX i ON p(json_extract(a, '$.x')); CREATE UNIQUE INDEX j ON p(coalesce(c, 0));
                CREATE TABLE other(a);
                """)
            let restored = try await ApplicationTests.restoredTable(bench, Self.open)
            try ApplicationTests.expectSameTable(source, restored)
        }
    }

    @Test(
        "a dump that does not say what its manifest says is found different all the same",
        arguments: [
            "CREATE TABLE p(a); CREATE UNIQUE INDEX i ON p(upper(a))",
            "CREATE TABLE p(a, b NOT NULL AS (upper(a)) UNIQUE, c AS (a || 'c') UNIQUE)",
            "CREATE TABLE p(a, b AS (upper(a)) STORED UNIQUE)",
            "CREATE TABLE p(a, b AS (coalesce(a, 0)) STORED, c AS (upper(a)) UNIQUE ON CONFLICT IGNORE)",
            "CREATE TABLE p(a, b AS (coalesce(a, 0)) STORED); CREATE UNIQUE INDEX i ON p(lower(a))",
            "CREATE TABLE p(a TEXT, b INT AS (quote(a))) STRICT",
        ])
    func forged(definition: String) async throws {
        try await withWorkbench { bench in
            try bench.configure(["compression: none"])
            let source = try Self.open(bench.source)
            try source.execute("\(definition); INSERT INTO p(a) VALUES ('x'), ('X'), ('y')")
            let id = try await bench.backUp().backup
            try source.execute("UPDATE p SET a = 'z' WHERE a = 'y'")
            let second = try await bench.backUp().backup
            let other = try bench.manifest(of: second).objects[0]

            // The other dump in the place of this one, as somebody would put it there who can seal a manifest.
            var manifest = try bench.manifest(of: id)
            manifest.objects[0].size = other.size
            manifest.objects[0].uncompressedSize = other.uncompressedSize
            manifest.objects[0].parts = other.parts
            let path = bench.objectPath(manifest.objects[0])
            _ = chmod(path, 0o600)
            try Data(contentsOf: URL(fileURLWithPath: bench.objectPath(other))).write(to: URL(fileURLWithPath: path))
            let bytes = try ManifestDocument.encode(manifest)
            try Data(bytes).write(to: URL(fileURLWithPath: bench.manifestPath(of: id)))
            try bench.forgetManifests()

            let differences = try await findDifferences(id, "restore", bench, "another dump")
            #expect(differences.contains { $0.table == "p" }, "\(differences)")
            try await expectRefused(id, bench)
        }
    }

    @Test("an index that calls no function refuses rows that are not unique as ever")
    func plainIndex() async throws {
        try await withWorkbench { bench in
            let source = try Self.open(bench.source)
            source.allowWritingSchema()
            try source.execute(
                """
                CREATE TABLE p(a); INSERT INTO p VALUES (1), (1);
                CREATE INDEX i ON p(a); CREATE INDEX j ON p(upper(a));
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX i ON p(a)' WHERE name = 'i';
                PRAGMA writable_schema = RESET;
                """)
            let outcome = try await bench.nightjar("backup", Workbench.database)
            #expect(outcome.exitCode == 65, "\(outcome)")
            #expect(bench.leftovers == [])
        }
    }

    // MARK: Names that are not UTF-8

    @Test("functions and collations whose names are not UTF-8 are stood in for")
    func invalidNames() async throws {
        try await withWorkbench { bench in
            let source = try Self.openWithInvalidNames(bench.source)
            for statement in [
                "CREATE TABLE p(a CHECK (f~(a) IS NULL), b AS (f~(a)), c AS (coalesce(\"f~\"(a), a + 1)) STORED)",
                "CREATE INDEX i ON p(F~(a), b)", "CREATE UNIQUE INDEX j ON p(a COLLATE \"c~\")",
                "CREATE UNIQUE INDEX l ON p(c)",
                "CREATE UNIQUE INDEX k ON p(coalesce(f~(b, a), a)) WHERE [f~](b) IS NULL",
                "INSERT INTO p(a) VALUES (1), (2)",
            ] {
                _ = try source.prepare(Self.invalid(statement)).step()
            }
            let restored = try await ApplicationTests.restored(bench, Self.openWithInvalidNames) { notes in
                #expect(notes.contains { $0.contains("f\u{FFFD}") && $0.contains("collations c\u{FFFD}") }, "\(notes)")
                #expect(!notes.contains { $0.contains("UPDATE") }, "stored columns come back as they were: \(notes)")
            }
            try ApplicationTests.expectSame(source, restored, queries: ["SELECT c FROM p ORDER BY c"])
        }
    }

    /// The text with a byte that no UTF-8 has in the place of each tilde.
    private static func invalid(_ sql: String) -> [UInt8] {
        sql.utf8.map { $0 == UInt8(ascii: "~") ? 0xFF : $0 }
    }

    // MARK: Tools

    /// A connection of an application that replaces functions of SQLite's own: by one that gives its first argument;
    /// with `like` everything is alike, `quote` gives 1 and `abs` one more, and `date` gives its last argument.
    private static func open(_ path: String) throws -> Database {
        let database = try Database(path: path, access: .create)
        try TestApplication.register(on: database)
        for name in ["json_extract", "->", "replace"] { try database.createFunction(name) { $0.first ?? .null } }
        for name in ["like", "quote"] { try database.createFunction(name) { _ in .integer(1) } }
        try database.createFunction("abs") { arguments in
            guard case .integer(let number)? = arguments.first else { return .null }
            return .integer(number &+ 1)
        }
        try database.createFunction("date") { $0.last ?? .null }
        return database
    }

    /// A connection of an application whose function gives NULL and whose collation is BINARY.
    private static func openWithInvalidNames(_ path: String) throws -> Database {
        let database = try Database(path: path, access: .create)
        database.standInForTheApplication()
        try database.standIn(for: FunctionStandIn(nameBytes: invalid("f~"), argumentCount: -1))
        return database
    }
}
