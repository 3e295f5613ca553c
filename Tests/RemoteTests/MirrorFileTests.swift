import Foundation
import Model
import SQLite
import TestSupport
import Testing

@testable import Dump
@testable import Remote

@Suite("The file of a mirror", .timeLimit(.minutes(10)))
struct MirrorFileTests {
    @Test("has settings, page size and encoding of the source", arguments: ["UTF-8", "UTF-16le", "UTF-16be"])
    func settings(encoding: String) throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(
                in: directory,
                """
                PRAGMA encoding='\(encoding)'; PRAGMA page_size=8192; PRAGMA auto_vacuum=1;
                PRAGMA user_version=-7; PRAGMA application_id=42;
                CREATE TABLE t(a TEXT PRIMARY KEY, b) WITHOUT ROWID;
                INSERT INTO t VALUES ('é', 'ü' || char(0) || '𝄞'), (CAST(x'00d8' AS TEXT), CAST(x'' AS TEXT));
                CREATE TABLE u(a INTEGER PRIMARY KEY, b TEXT);
                INSERT INTO u VALUES (-9223372036854775808, CAST(x'dc00' AS TEXT)), (9223372036854775807, NULL);
                """, service: .libsql)
            try trial.mirror()
            let differences = try trial.differences(.restore)
            #expect(differences == [])
        }
    }

    @Test("keeps rows that violate a NOT NULL which their table was given later")
    func laterNotNull() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(
                in: directory,
                """
                CREATE TABLE t(a, b UNIQUE);
                INSERT INTO t VALUES (NULL, 1), (2, 2);
                PRAGMA writable_schema=ON;
                UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a NOT NULL, b UNIQUE)' WHERE name = 't';
                PRAGMA writable_schema=RESET;
                """)
            try trial.mirror()
            let differences = try trial.differences()
            #expect(differences == [])
        }
    }

    @Test("says how many rows hold what their column's type converts")
    func laterType() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(
                in: directory,
                """
                CREATE TABLE t(a);
                INSERT INTO t VALUES ('5'), (6), ('seven'), (8.0);
                PRAGMA writable_schema=ON;
                UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a INTEGER)' WHERE name = 't';
                PRAGMA writable_schema=RESET;
                """)
            let notes = try trial.mirror().origin.notes
            #expect(notes.contains { $0.hasPrefix("t: 2 rows hold values at odds with their column's type") })
        }
    }

    @Test("has tables as wide as SQLite allows, with and without a rowid of their own")
    func wide() throws {
        try withTemporaryDirectory { directory in
            let columns = (1...2000).map { "c\($0)" }
            let values = (1...2000).map { $0 % 3 == 0 ? "NULL" : "\($0)" }.joined(separator: ",")
            let trial = try MirrorTrial(
                in: directory,
                """
                CREATE TABLE wide(\(columns.joined(separator: ",")) NOT NULL);
                INSERT INTO wide VALUES (\(values)); DELETE FROM wide;
                INSERT INTO wide(rowid, c1, c2000) VALUES (-7, 'a', 'z'), (12, x'00', 0.5);
                CREATE TABLE keyed(c1 INTEGER PRIMARY KEY, \(columns.dropFirst().joined(separator: ",")));
                INSERT INTO keyed VALUES (\(values));
                """, service: .libsql)
            try trial.mirror()
            let differences = try trial.differences()
            #expect(differences == [])
        }
    }

    @Test("has names that its stage has, too, and statistics as they were")
    func names() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(
                in: directory,
                """
                CREATE TABLE t1(head, pieces); CREATE TABLE stage(t0, rid); CREATE TABLE pieces(a INTEGER PRIMARY KEY);
                INSERT INTO t1 VALUES (1, 2); INSERT INTO stage VALUES (3, 4); INSERT INTO pieces VALUES (5);
                CREATE INDEX t0 ON t1(head); CREATE VIEW head AS SELECT * FROM stage;
                ANALYZE;
                UPDATE sqlite_stat1 SET stat = '1000 10';
                CREATE TABLE gone(a INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO gone VALUES (41); DROP TABLE gone;
                """)
            try trial.mirror()
            let differences = try trial.differences()
            #expect(differences == [])
        }
    }
}
