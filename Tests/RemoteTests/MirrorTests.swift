import Foundation
import Model
import Pipeline
import SQLite
import TestSupport
import Testing

@testable import Dump
@testable import Remote

@Suite("A mirror of a remote source", .timeLimit(.minutes(10)))
struct MirrorTests {
    /// `first` is read before `orders`, and by one SELECT.
    private static let shop = """
        CREATE TABLE first(a);
        INSERT INTO first VALUES ('only');
        CREATE TABLE orders(id INTEGER PRIMARY KEY, number INTEGER UNIQUE, text TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
          INSERT INTO orders SELECT i * 10, i, 'order ' || i FROM n;
        """

    private static let everything = """
        CREATE TABLE parents(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE ON CONFLICT REPLACE,
          CHECK(length(name) < 9));
        INSERT INTO parents(name) VALUES ('first'), ('second'), ('third');
        DELETE FROM parents WHERE id = 3;
        PRAGMA ignore_check_constraints=ON;
        INSERT INTO parents(id, name) VALUES (1000, 'longer than it may be');
        CREATE TABLE "key ""less"(a, b REAL, c BLOB, d AS (a || b) STORED, e AS (b) VIRTUAL);
        INSERT INTO "key ""less"(rowid, a, b, c) VALUES (-5, NULL, 0.1, x'00FF'),
          (7, 'a' || char(0) || 'b', 1e300, NULL), (9, 9223372036854775807, 9e999, zeroblob(3)),
          (10, CAST(x'ff' AS TEXT), 1.0, '');
        CREATE TABLE ordered(k TEXT COLLATE NOCASE, n INT, v ANY, PRIMARY KEY(k, n DESC)) STRICT, WITHOUT ROWID;
        INSERT INTO ordered SELECT char(97 + value % 26), value, value / 7.0 FROM generate_series_stand_in;
        CREATE TABLE empty(x);
        CREATE TABLE hidden(rowid, _rowid_, oid);
        INSERT INTO hidden VALUES (1, 2, 3), (1, 2, 3);
        CREATE VIRTUAL TABLE words USING fts5(body);
        INSERT INTO words VALUES ('quick fox'), ('lazy dog');
        CREATE UNIQUE INDEX by_c ON "key ""less"(c) WHERE c IS NOT NULL;
        CREATE INDEX by_name ON parents(name COLLATE NOCASE DESC, id + 1);
        CREATE VIEW families AS SELECT name FROM parents /* and a comment */;
        CREATE TRIGGER after_insert AFTER INSERT ON parents BEGIN INSERT INTO empty VALUES (new.id); END;
        ANALYZE;
        """.replacingOccurrences(
            of: "generate_series_stand_in",
            with: "(WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 300) "
                + "SELECT value FROM s)")

    @Test("has the schema and the rows of a source at rest, which is consistent", arguments: RemoteService.allCases)
    func mirrorsEverything(service: RemoteService) throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.everything, service: service)
            let snapshot = try trial.mirror()
            let differences = try trial.differences()
            #expect(differences == [])
            #expect(snapshot.facts.consistency == Consistency(.consistent, readings: service == .libsql ? 1 : 2))
            #expect(snapshot.facts.consistent)
            // Until the snapshot is on the disk.
            #expect(FileManager.default.fileExists(atPath: trial.folder + "/mirror.db"))
        }
    }

    @Test("leaves out what is excluded, and says so")
    func excludes() throws {
        try withTemporaryDirectory { directory in
            let log = "CREATE TABLE tmp_log(a); CREATE INDEX i ON tmp_log(a);"
            let trial = try MirrorTrial(in: directory, Self.shop + log)
            let snapshot = try trial.mirror(exclude: [Glob("tmp_*")])
            #expect(snapshot.origin.excluded.map(\.name) == ["tmp_log"])
            let names = try snapshot.database.rows(
                "SELECT name FROM sqlite_schema WHERE name LIKE 'tmp%' OR name = 'i'")
            #expect(names.isEmpty)
        }
    }

    @Test("takes the count of a table that is left out for no change", arguments: [RemoteService.starbasedb, .d1])
    func countsOfLogs(service: RemoteService) throws {
        try withTemporaryDirectory { directory in
            let more = """
                CREATE TABLE kept(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO kept VALUES (3);
                CREATE TABLE tmp_log(id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO tmp_log(a) VALUES (0);
                """
            let trial = try MirrorTrial(in: directory, Self.shop + more, service: service)
            trial.remote.refusal = { _ in
                try trial.write("INSERT INTO tmp_log(a) VALUES (1)")
                return nil
            }
            let snapshot = try trial.mirror(exclude: [Glob("tmp_*")])
            #expect(snapshot.facts.consistency == Consistency(.consistent, readings: 2))
            let sequences = try snapshot.database.rows("SELECT name, seq FROM sqlite_sequence")
            #expect(sequences == [[.text("kept"), .integer(3)]])
        }
    }

    @Test("keeps a source without tables")
    func empty() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, "CREATE TABLE a(b); DROP TABLE a;")
            let consistency = try trial.consistency()
            #expect(consistency?.kind == .consistent)
            let differences = try trial.differences()
            #expect(differences == [])
        }
    }

    // MARK: Writers

    @Test("takes over what changed between two readings, in each table by itself")
    func changesOnce() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.shop)
            trial.beforeRows(of: "first") { time in
                guard time == 2 else { return }
                // Less, more than a chunk, other rows, and rows at the end.
                try trial.write(
                    """
                    DELETE FROM orders WHERE id BETWEEN 800 AND 2200;
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                      INSERT INTO orders SELECT 3000000 + i, 10000 + i, 'end' FROM n;
                    WITH RECURSIVE n(i) AS (SELECT 800 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)
                      INSERT INTO orders SELECT i, 20000 + i, 'middle' FROM n;
                    UPDATE orders SET text = 'changed' WHERE id = 3000;
                    """)
            }
            let consistency = try trial.consistency()
            #expect(consistency == Consistency(.eachTable, readings: 3))
            let differences = try trial.differences()
            #expect(differences == [])
        }
    }

    @Test("names the tables that change whenever they are read", arguments: [1, 2])
    func changesAlways(rereads: Int) throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.shop)
            trial.beforeRows(of: "orders") { time in
                try trial.write("UPDATE orders SET text = 'change \(time)' WHERE id = 10")
            }
            let consistency = try trial.consistency(rereads: rereads)
            #expect(consistency == Consistency(.changed, tables: ["orders"], readings: 2 + rereads))
        }
    }

    @Test("takes a table that one SELECT reads for consistent, however often it changes")
    func changesSmallTable() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.shop)
            trial.beforeRows(of: "first") { time in try trial.write("UPDATE first SET a = \(time)") }
            let consistency = try trial.consistency()
            #expect(consistency == Consistency(.eachTable, readings: 2))
        }
    }

    @Test("proves nothing where nothing is read twice")
    func readsOnce() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.shop)
            let consistency = try trial.consistency(rereads: 0)
            #expect(consistency == Consistency(.unchecked, readings: 1))
        }
    }

    @Test("reads a table again whose rows, from different moments, its own constraint refuses", arguments: [0, 2])
    func rereadsRefusedRows(rereads: Int) throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(
                in: directory, Self.shop + "CREATE UNIQUE INDEX by_text ON orders(text);")
            trial.beforeRows(of: "orders") { time in
                guard time == 2 else { return }
                // What the first chunk holds already comes once more at the end.
                try trial.write(
                    """
                    UPDATE orders SET number = -1, text = 'other' WHERE id = 10;
                    UPDATE orders SET number = 1, text = 'order 1' WHERE id = 5000;
                    """)
            }
            try trial.mirror(rereads: rereads)
            let differences = try trial.differences()
            #expect(differences == [])
        }
    }

    @Test("gives up where the schema refuses rows that do not move", arguments: [RemoteService.starbasedb, .libsql])
    func givesUp(service: RemoteService) throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(
                in: directory,
                """
                CREATE TABLE t(a);
                INSERT INTO t VALUES ('no number');
                PRAGMA writable_schema=ON;
                UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a INTEGER) STRICT';
                PRAGMA writable_schema=RESET;
                """, service: service)
            let error = #expect(throws: NightjarError.self) { _ = try trial.mirror() }
            // They will not fit later either.
            #expect(error?.code == .io)
            #expect(error?.isTransient == false)
            #expect(error?.message.contains("table t ") == true)
        }
    }

    @Test("gives up for now where the rows move in each reading, so that they never fit together")
    func givesUpForNow() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(
                in: directory, Self.shop + "CREATE UNIQUE INDEX by_text ON orders(text);")
            let readings = Statements()
            trial.beforeRows { statement in
                guard statement.contains("FROM \"orders\" AS t") else { return }
                // One text is in the first row while that is read, and in the last one afterwards.
                let isOfTheFirst = !statement.contains(#"t."id">"#)
                if isOfTheFirst { readings.append(statement) }
                try trial.write(
                    """
                    UPDATE orders SET text = 'order ' || number WHERE id IN (10, 5000);
                    UPDATE orders SET text = 'moved \(readings.all.count)' WHERE id = \(isOfTheFirst ? 10 : 5000);
                    """)
            }
            let error = #expect(throws: NightjarError.self) { _ = try trial.mirror() }
            #expect(error?.code == .busy)
            #expect(error?.isTransient == true)
            #expect(error?.message.contains("table orders ") == true)
        }
    }

    // MARK: Schemas

    @Test(
        "begins anew where the schema changes",
        arguments: ["ALTER TABLE orders ADD COLUMN more DEFAULT 'yes'", "DROP TABLE orders", "CREATE TABLE added(a)"])
    func beginsAnew(change: String) throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.shop)
            trial.beforeRows(of: "orders") { time in
                if time == 4 { try trial.write(change) }
            }
            let consistency = try trial.consistency()
            #expect(consistency == Consistency(.consistent, readings: 2))
            let differences = try trial.differences()
            #expect(differences == [])
        }
    }

    @Test("asks for the columns of each table once, however often it is read")
    func columns() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.shop)
            try trial.mirror()
            let questions = trial.remote.statements.filter { $0.contains("table_xinfo") }
            #expect(questions.count == 2)
        }
    }

    @Test("gives up for now where the schema changes all the time")
    func schemaNeverRests() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.shop)
            trial.beforeRows(of: "first") { time in try trial.write("CREATE TABLE added\(time)(a)") }
            let error = #expect(throws: NightjarError.self) { _ = try trial.mirror() }
            #expect(error?.code == .busy)
            #expect(error?.isTransient == true)
            #expect(error?.message.contains("schema") == true)
        }
    }

    // MARK: A state that a service holds

    @Test("begins anew where the service loses the state, and ends after the fourth time", arguments: [1, 4])
    func losesState(times: Int) throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.shop, service: .libsql)
            let lost = Times()
            trial.beforeRows(of: "orders") { time in
                if time % 4 == 3, lost.next() <= times { throw RemoteError(.stateLost, "expired") }
            }
            if times == 1 {
                let consistency = try trial.consistency()
                #expect(consistency == Consistency(.consistent, readings: 1))
                let differences = try trial.differences()
                #expect(differences == [])
            } else {
                let error = #expect(throws: NightjarError.self) { _ = try trial.mirror() }
                #expect(error?.code == .busy)
                #expect(error?.isTransient == true)
            }
        }
    }

    @Test("of a state that a service holds does not see what is written meanwhile")
    func holdsState() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, "PRAGMA journal_mode=WAL;" + Self.shop, service: .libsql)
            try FileManager.default.copyItem(atPath: trial.path, toPath: directory + "/before.db")
            trial.beforeRows(of: "orders") { time in
                try trial.write("UPDATE orders SET text = 'change \(time)'; DELETE FROM orders WHERE id = \(time * 10)")
            }
            let consistency = try trial.consistency()
            #expect(consistency == Consistency(.consistent, readings: 1))
            let differences = try LogicalComparison(.dump).differences(
                between: directory + "/before.db", and: trial.folder + "/snapshot.db")
            #expect(differences == [])
        }
    }
}
