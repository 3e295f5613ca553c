import Foundation
import Glibc
import Model
import Pipeline
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("A dump for Cloudflare D1", .timeLimit(.minutes(30)))
struct DumpForD1Tests {
    /// Children before their parents, keys that an index makes unique, and literals of all kinds.
    private static let script = """
        CREATE TABLE "the children"(id INTEGER PRIMARY KEY, parent TEXT REFERENCES parents(code), t TEXT);
        CREATE TABLE parents(id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL, n REAL, CHECK(n < 1e6));
        CREATE UNIQUE INDEX by_code ON parents(code);
        CREATE INDEX by_parent ON "the children"(parent);
        CREATE TABLE keyless(a, b BLOB);
        CREATE TABLE ordered(k TEXT, n INT, v, PRIMARY KEY(k, n)) WITHOUT ROWID;
        CREATE TABLE computed(a INT, b AS (a * 2) STORED, c AS (a + 1));
        CREATE VIEW families AS SELECT p.code, c.t FROM parents p JOIN "the children" c ON c.parent = p.code;
        INSERT INTO parents(code, n) VALUES ('a', 0.1), ('it''s;', -1e300), ('c' || char(13,10), NULL);
        DELETE FROM parents WHERE code LIKE 'c%';
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
          INSERT INTO "the children"(parent, t) SELECT iif(i % 2, 'a', 'it''s;'), 'child; ' || i FROM n;
        INSERT INTO keyless(rowid, a, b) VALUES (-5, NULL, X'00FF'), (7, 'a' || char(0) || 'b', zeroblob(3)),
          (9, 9223372036854775807, ''), (10, 'line' || char(13,10) || 'line', NULL);
        INSERT INTO ordered VALUES ('b', 1, 1.5), ('a', 2, 'text'), ('a', 1, NULL);
        INSERT INTO computed(a) VALUES (1), (2);
        CREATE TRIGGER log AFTER INSERT ON keyless BEGIN INSERT INTO computed(a) VALUES (99); END;
        """

    /// Rows that need more than one statement: text with quotes, characters of several bytes and CR, blobs, bytes that
    /// are no text.
    private static let longRows = """
        CREATE TABLE long(id INTEGER PRIMARY KEY, t TEXT, b BLOB, u);
        CREATE TABLE keyed(k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID;
        CREATE TABLE plain(a TEXT);
        INSERT INTO long VALUES (1, replace(hex(zeroblob(60000)), '00', 'ä'''), NULL, 7),
          (2, replace(hex(zeroblob(45000)), '00', 'é' || char(13, 10)), randomblob(70001), randomblob(300000)),
          (3, CAST(randomblob(150001) AS TEXT), zeroblob(99999), replace(hex(zeroblob(90001)), '0', '''')),
          (4, 'short', X'00', 'too'), (5, replace(hex(zeroblob(600000)), '0', ''''), NULL, NULL);
        INSERT INTO keyed VALUES ('it''s', replace(hex(zeroblob(70000)), '0', '7')), ('other', 'x');
        INSERT INTO plain(rowid, a) VALUES (-3, replace(hex(zeroblob(70000)), '0', '7')), (12, 'y');
        """

    private static func dump(
        _ script: String, in path: String, _ compression: Compression = .zstd(level: 3),
        _ configure: (inout Export.Options) -> Void = { _ in }
    ) async throws -> ExportedDump {
        try Database(path: path + "/source.db", access: .create).execute(script)
        return try await ExportedDump(of: path + "/source.db", in: path, compression, configure)
    }

    /// The dump's text as D1 gets it, or as it is where there is no plan.
    private static func text(of dump: ExportedDump, _ plan: DumpForD1?, in path: String) async throws -> String {
        let file = "\(path)/\(UUID().uuidString).sql"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let form = plan.map { DumpDownload.Form.textForD1($0) } ?? .text
        try await DumpDownload(store: dump.store, manifest: dump.manifest, form: form, progress: nil)
            .run(to: descriptor)
        return String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
    }

    /// Runs the text as D1 does: in one transaction, with foreign keys checked and short statements.
    private static func importLikeD1(_ text: String, to path: String) throws {
        let database = try Database(path: path, access: .create)
        // With the semicolon.
        database.setLimit(.sqlLength, to: 100_001)
        database.setLimit(.columns, to: 100)
        database.setLimit(.instructions, to: 25_000)
        try database.execute("PRAGMA foreign_keys=ON; BEGIN")
        try database.execute(text)
        try database.execute("COMMIT")
    }

    /// The first words of each statement.
    private static func openings(of text: String) -> Set<String> {
        var splitter = StatementSplitter()
        let block = ByteBlock(capacity: text.utf8.count)
        block.append(Array(text.utf8))
        var start = 0
        var openings: Set<String> = []
        while let end = splitter.nextBoundary(in: block.bytes) {
            let words = SQLTokens(Array(block.bytes[start..<end])).prefix(2).map(\.word)
            openings.insert(words.joined(separator: " "))
            start = end
        }
        return openings
    }

    @Test(
        "is imported with foreign keys checked, in one transaction",
        arguments: [Compression.zstd(level: 3), .gzip(level: 6), .none])
    func imports(_ compression: Compression) async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.dump(Self.script, in: path, compression)
            let plan = try DumpForD1(of: dump.manifest)
            #expect(plan.notes == [])
            let text = try await Self.text(of: dump, plan, in: path)
            let allowed: Set<String> = [
                "pragma defer_foreign_keys", "pragma ignore_check_constraints", "create table", "create unique",
                "create index", "create view", "create trigger", "insert into", "delete from", "drop table",
            ]
            #expect(Self.openings(of: text).subtracting(allowed) == [])
            #expect(!text.contains("sqlite_master"))
            try Self.importLikeD1(text, to: path + "/d1.db")
            let differences = try LogicalComparison(.dump).differences(
                between: path + "/source.db", and: path + "/d1.db")
            #expect(differences == [])
        }
    }

    @Test("has rows that are longer than a statement in pieces")
    func longRows() async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.dump(Self.longRows, in: path)
            let text = try await Self.text(of: dump, try DumpForD1(of: dump.manifest), in: path)
            // The name in quotes is no word.
            #expect(Self.openings(of: text).contains("update "))
            try Self.importLikeD1(text, to: path + "/d1.db")
            let differences = try LogicalComparison(.dump).differences(
                between: path + "/source.db", and: path + "/d1.db")
            #expect(differences == [])
        }
    }

    /// Statements that are short, and too much for D1 all the same.
    static let dense = [
        "CREATE TABLE t(\((1...100).map { "c\($0)" }.joined(separator: ","))); \(rows("1", 100))",
        "CREATE TABLE t(\((1...95).map { "c\($0)" }.joined(separator: ","))); \(rows("1", 95))",
        "CREATE TABLE t(\((1...20).map { "c\($0)" }.joined(separator: ","))); \(rows("'a' || char(13) || ',('", 20))",
    ]

    private static func rows(_ value: String, _ columns: Int) -> String {
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
          INSERT INTO t SELECT \(Array(repeating: value, count: columns).joined(separator: ",")) FROM n
        """
    }

    @Test("has no statement of more values than D1 takes", arguments: dense.indices)
    func denseRows(_ index: Int) async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.dump(Self.dense[index], in: path) { $0.chunkRows = 1000 }
            let text = try await Self.text(of: dump, try DumpForD1(of: dump.manifest), in: path)
            try Self.importLikeD1(text, to: path + "/d1.db")
            let differences = try LogicalComparison(.dump).differences(
                between: path + "/source.db", and: path + "/d1.db")
            #expect(differences == [])
        }
    }

    @Test("appends the pieces of a row to that row alone, and meets no constraint on the way")
    func longRowsBesideOthers() async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.dump(
                """
                CREATE TABLE cased(k TEXT COLLATE NOCASE, v TEXT, PRIMARY KEY(k COLLATE BINARY)) WITHOUT ROWID;
                INSERT INTO cased VALUES ('A', 'short'), ('a', replace(hex(zeroblob(70000)), '0', '7'));
                CREATE TABLE replaced(id INTEGER PRIMARY KEY, k TEXT UNIQUE ON CONFLICT REPLACE, v TEXT);
                INSERT INTO replaced VALUES (1, '', 'short'),
                  (2, hex(zeroblob(400)), replace(hex(zeroblob(70000)), '0', '7'));
                """, in: path)
            let text = try await Self.text(of: dump, try DumpForD1(of: dump.manifest), in: path)
            try Self.importLikeD1(text, to: path + "/d1.db")
            let differences = try LogicalComparison(.dump).differences(
                between: path + "/source.db", and: path + "/d1.db")
            #expect(differences == [])
        }
    }

    @Test("leaves out what D1 has to make itself, and says so")
    func leavesOut() async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.dump(
                """
                CREATE TABLE notes(id INTEGER PRIMARY KEY, t); INSERT INTO notes(t) VALUES ('quick fox');
                CREATE INDEX by_t ON notes(t);
                CREATE VIRTUAL TABLE words USING fts5(body); INSERT INTO words VALUES ('quick fox');
                CREATE TABLE _cf_KV(a); INSERT INTO _cf_KV VALUES (1);
                ANALYZE; PRAGMA user_version=7;
                """, in: path)
            let plan = try DumpForD1(of: dump.manifest)
            for words in ["words is a virtual table", "_cf_KV is left out", "ANALYZE", "user_version=7"] {
                #expect(plan.notes.contains { $0.contains(words) }, "\(words)")
            }
            let text = try await Self.text(of: dump, plan, in: path)
            for words in ["words", "_cf_", "sqlite_stat", "user_version", "writable_schema"] {
                #expect(!text.contains(words), "\(words)")
            }
            try Self.importLikeD1(text, to: path + "/d1.db")
            let copy = try Database(path: path + "/d1.db", access: .readOnly)
            #expect(try copy.text("SELECT t FROM notes") == "quick fox")
        }
    }

    @Test("of rows alone has no schema either")
    func rowsAlone() async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.dump(Self.script, in: path) { $0.includesSchema = false }
            let text = try await Self.text(of: dump, try DumpForD1(of: dump.manifest), in: path)
            #expect(!text.contains("CREATE "))
            let allowed: Set<String> = [
                "pragma defer_foreign_keys", "pragma ignore_check_constraints", "insert into", "delete from",
            ]
            #expect(Self.openings(of: text) == allowed)
        }
    }

    struct Impossible: Sendable, CustomStringConvertible {
        let description: String
        let script: String
    }

    static let impossible = [
        Impossible(description: "text of 16 bits", script: "PRAGMA encoding='UTF-16le'; CREATE TABLE t(a)"),
        Impossible(
            description: "columns",
            script: "CREATE TABLE wide(\((0...100).map { "c\($0)" }.joined(separator: ",")))"),
        Impossible(
            description: "name with a carriage return",
            script: "CREATE TABLE \"a\r\nb\"(c); INSERT INTO \"a\r\nb\" VALUES (1)"),
        Impossible(
            description: "no such table: main.gone",
            script: "CREATE TABLE t(a REFERENCES gone(x)); INSERT INTO t VALUES (NULL)"),
        Impossible(
            description: "foreign key mismatch",
            script: """
                CREATE TABLE t(a REFERENCES parents(x)); CREATE TABLE parents(x);
                CREATE UNIQUE INDEX few ON parents(x) WHERE x > 1; INSERT INTO t VALUES (1);
                """),
        Impossible(
            description: "2,000,000 bytes", script: "CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(2000001))"),
        Impossible(
            description: "generated columns",
            script: "CREATE TABLE t(a, b AS (length(a)) STORED); INSERT INTO t(a) VALUES (zeroblob(100001))"),
        Impossible(
            description: "no short key",
            script: "CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES (zeroblob(100001))"),
        Impossible(
            description: "column of numbers",
            script: "CREATE TABLE t(a INT); INSERT INTO t VALUES (replace(hex(zeroblob(60000)), '0', 'x'))"),
        Impossible(
            description: "NOT NULL",
            script: """
                CREATE TABLE t(a); INSERT INTO t VALUES (NULL);
                PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql='CREATE TABLE t(a NOT NULL)' WHERE name='t';
                PRAGMA writable_schema=RESET;
                """),
    ]

    @Test("is refused with the reason where D1 cannot hold it", arguments: impossible)
    func refuses(_ impossible: Impossible) async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.dump(impossible.script, in: path)
            let error = await #expect(throws: NightjarError.self) {
                let plan = try DumpForD1(of: dump.manifest)
                _ = try await Self.text(of: dump, plan, in: path)
            }
            #expect(error?.code == .usage)
            let isNamed = ["columns": "instead of up to 100", "text of 16 bits": "UTF-16le"]
            let words = isNamed[impossible.description] ?? impossible.description
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "no error")")
        }
    }

    @Test("is refused where its schema calls what only the application has")
    func applicationFunctions() async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.createFunction("app_fold") { $0[0] }
            try database.execute("CREATE TABLE t(a, CHECK(app_fold(a) IS a)); CREATE INDEX i ON t(app_fold(a))")
            let dump = try await ExportedDump(of: path + "/source.db", in: path, .none)
            let error = #expect(throws: NightjarError.self) { _ = try DumpForD1(of: dump.manifest) }
            #expect(error?.code == .usage)
            #expect(error?.message.contains("app_fold") == true, "\(error?.message ?? "no error")")
        }
    }

    @Test("may call what D1 has, and an older SQLite here has not")
    func newerFunctions() async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.createFunction("octet_length") { _ in .integer(1) }
            try database.execute("CREATE TABLE t(a, CHECK(octet_length(a) < 10)); CREATE INDEX i ON t(OCTET_LENGTH(a))")
            let dump = try await ExportedDump(of: path + "/source.db", in: path, .none)
            #expect(throws: Never.self) { _ = try DumpForD1(of: dump.manifest) }
        }
    }

    @Test("may have foreign keys that lead nowhere as long as no row has them")
    func emptyTables() async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.dump("CREATE TABLE t(a REFERENCES gone(x)); CREATE TABLE u(b)", in: path)
            let text = try await Self.text(of: dump, try DumpForD1(of: dump.manifest), in: path)
            try Self.importLikeD1(text, to: path + "/d1.db")
        }
    }

    @Test("of what is not one state tells that its foreign keys may be refused")
    func moved() async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.dump(Self.script, in: path)
            var manifest = dump.manifest
            manifest.snapshot = .init(
                method: .mirror, consistency: Consistency(.eachTable, readings: 3),
                begunAt: manifest.snapshot.begunAt, takenAt: manifest.snapshot.takenAt)
            let notes = try DumpForD1(of: manifest).notes
            #expect(notes.contains { $0.contains("NOT one state") })
            #expect(notes.contains { $0.contains("foreign key leads nowhere") })
        }
    }

    @Test("calls unistr() no more than any dump does, which is never")
    func noUnistr() async throws {
        try await withTemporaryDirectory { path in
            let characters = "char(1, 8, 9, 10, 13, 27, 127, 133, 8232, 65279, 128512)"
            let dump = try await Self.dump(
                """
                CREATE TABLE t(a, b DEFAULT '\u{7}');
                INSERT INTO t VALUES (\(characters), 'line' || char(13, 10) || 'line'),
                  (char(0) || \(characters), CAST(X'FFFE' AS TEXT)), ('\\u0041', \(characters) || char(10));
                """, in: path)
            let plans: [DumpForD1?] = [nil, try DumpForD1(of: dump.manifest)]
            for plan in plans {
                let text = try await Self.text(of: dump, plan, in: path)
                #expect(!text.lowercased().contains("unistr"))
            }
        }
    }
}
